#pragma once
// NumPy's .npy: one array in a file. Format versions 1.0, 2.0 and 3.0.
//
//   load_npy(path)      -> any_tensor   Dense; C order, or Fortran order as strides (no copy). Either byte order. What
//                                       follows the elements in the file is ignored, as NumPy ignores it.
//   save_npy(path, x)                   Any strides. A tensor that is dense in Fortran order is saved in that order.
// dtypes: b1 u1 i1 i2 i4 i8 f2 f4 f8 c8 c16. The format has no bfloat16; the library has no u2 u4 u8.
// Errors: not_found, io_failure, invalid_format, unsupported (dtype, more than 8 dimensions), size_overflow,
// out_of_memory. Nothing is allocated before the file is known to be long enough. After an error while saving, the file may
// be incomplete.
#include <tenon/io/file.hpp>

namespace tenon::inline v0::io {

namespace detail::npy {

struct header {
  dtype type = dtype::float32;
  bool swapped = false;                // not in this machine's byte order
  bool fortran_order = false;
  shape extents;
};

struct type_name {
  std::string_view name;
  dtype type;
};
inline constexpr type_name type_names[] = {{"b1", dtype::boolean},   {"u1", dtype::uint8},      {"i1", dtype::int8},
                                           {"i2", dtype::int16},     {"i4", dtype::int32},      {"i8", dtype::int64},
                                           {"f2", dtype::float16},   {"f4", dtype::float32},    {"f8", dtype::float64},
                                           {"c8", dtype::complex64}, {"c16", dtype::complex128}};

// Reads the header: the text of a Python dictionary, {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
class parser {
 public:
  parser(const char* op, const file_path& path, std::string_view s) : op_(op), path_(path), rest_(s) {}

  result<header> parse() {
    header h;
    bool descr = false, order = false, extents = false;
    if (!take('{')) return bad("does not start with '{'");
    while (!take('}')) {
      std::string_view key;
      if (!quoted(key) || !take(':')) return bad("is not a dictionary");
      if (key == "descr" && !descr) {
        descr = true;
        TENON_TRY_VOID(read_type(h));
      } else if (key == "fortran_order" && !order) {
        order = true;
        if (!boolean(h.fortran_order)) return bad("has a 'fortran_order' that is neither True nor False");
      } else if (key == "shape" && !extents) {
        extents = true;
        TENON_TRY_VOID(read_shape(h));
      } else {
        return bad("has an unknown or repeated key");
      }
      if (!take(',') && peek() != '}') return bad("is not a dictionary");
    }
    if (peek() != '\0') return bad("goes on after its '}'");
    if (!descr || !order || !extents) return bad("lacks one of 'descr', 'fortran_order' and 'shape'");
    return h;
  }

 private:
  template <class... Parts>
  error bad(const Parts&... parts) const { return malformed(op_, path_, "the header ", parts...); }

  char peek() {                        // the next character that is not blank; 0 at the end
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t' || rest_[0] == '\r'))
      rest_.remove_prefix(1);
    return rest_.empty() ? '\0' : rest_[0];
  }
  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool quoted(std::string_view& s) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return false;
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return false;
    s = part_of(rest_, 1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool boolean(bool& value) {
    value = peek() == 'T';
    const std::string_view word = value ? "True" : "False";
    if (part_of(rest_, 0, word.size()) != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  result<void> read_type(header& h) {
    std::string_view s;
    if (!quoted(s))
      return peek() == '['
                 ? error(error_code::unsupported, op_, make_text(path_, ": an array of records is not a tensor"))
                 : bad("has a 'descr' that is not a string");
    const bool marked = !s.empty() && std::string_view("<>=|").find(s[0]) != std::string_view::npos;
    const char order = marked ? s[0] : '=';
    for (const type_name& t : type_names)
      if (part_of(s, marked ? 1 : 0) == t.name) {
        h.type = t.type;
        h.swapped = scalar_bytes(t.type) > 1 && ((order == '<' && !little_endian) || (order == '>' && little_endian));
        return {};
      }
    return error(error_code::unsupported, op_, make_text(path_, ": there is no dtype for '", part_of(s, 0, 32), "'"));
  }
  result<void> read_shape(header& h) {
    if (!take('(')) return bad("has a 'shape' that is not a tuple");
    while (!take(')')) {
      index_t n = 0;
      bool digits = false;
      for (char c = peek(); c >= '0' && c <= '9'; c = rest_.empty() ? '\0' : rest_[0], digits = true) {
        if (!checked_multiply(n, 10, n) || n > INT64_MAX - (c - '0'))
          return error(error_code::size_overflow, op_, make_text(path_, ": an extent does not fit 63 bits"));
        n += c - '0';
        rest_.remove_prefix(1);
      }
      if (!digits) return bad("has a 'shape' with an entry that is not a number");
      if (!rest_.empty() && rest_[0] == 'L') rest_.remove_prefix(1);       // Python 2 wrote its long integers so
      if (!h.extents.push_back(n))
        return error(error_code::unsupported, op_,
                     make_text(path_, ": the array has more than ", max_rank, " dimensions"));
      if (!take(',') && peek() != ')') return bad("has a 'shape' that is not a tuple");
    }
    return {};
  }

  const char* op_;
  file_path path_;
  std::string_view rest_;
};

inline result<header> read_header(const char* op, const file_path& path, input_file& file, index_t& data_bytes) {
  unsigned char start[12];
  if (file.size() < 10) return malformed(op, path, "a file of ", file.size(), " bytes is too short for .npy");
  TENON_TRY_VOID(file.read(start, 8));
  if (std::memcmp(start, "\x93NUMPY", 6) != 0)
    return malformed(op, path, "this is not an .npy file (it does not start with \\x93NUMPY)");
  const int version = start[6];
  if (version < 1 || version > 3 || start[7] != 0)
    return error(error_code::unsupported, op,
                 make_text(path, ": format version ", version, ".", int{start[7]}, " is not known"));
  const int length_bytes = version == 1 ? 2 : 4;
  index_t length = 0;
  if (file.size() < 8 + length_bytes) return malformed(op, path, "the file ended early");
  TENON_TRY_VOID(file.read(start, length_bytes));
  for (int i = length_bytes - 1; i >= 0; --i) length = length * 256 + start[i];
  constexpr index_t longest = 65536;                       // an array of eight dimensions needs less than 300
  if (length > file.size() - 8 - length_bytes || length > longest)
    return malformed(op, path, "a header of ", length, " bytes in a file of ", file.size());
  data_bytes = file.size() - 8 - length_bytes - length;
  TENON_TRY(auto text_of_header, allocate_tensor(op, shape(length), dtype::uint8));
  TENON_TRY_VOID(file.read(text_of_header.bytes(), length));
  const std::string_view s(reinterpret_cast<const char*>(text_of_header.bytes()), static_cast<std::size_t>(length));
  if (s.find('\0') != std::string_view::npos) return malformed(op, path, "the header holds a zero byte");
  return parser(op, path, s).parse();
}

// Dense with the first index fastest.
inline strides_list fortran_strides(const shape& s) {
  strides_list r;
  index_t step = 1;
  for (int d = 0; d < s.rank(); ++d) {
    r[d] = step;
    if (s[d] > 1) step *= s[d];
  }
  return r;
}

}  // namespace detail::npy

inline namespace TENON_BUILD {

inline result<any_tensor> load_npy(file_path path) {
  constexpr const char* op = "io::load_npy";
  TENON_TRY(auto file, detail::input_file::open(op, path));
  index_t data_bytes = 0;
  TENON_TRY(const auto h, detail::npy::read_header(op, path, file, data_bytes));
  TENON_TRY(const index_t numel, checked_numel(op, h.extents, size_of(h.type)));
  const index_t bytes = numel * size_of(h.type);
  if (bytes > data_bytes)
    return detail::malformed(op, path, h.type, " ", h.extents, " needs ", bytes, " bytes, the file has ", data_bytes);
  TENON_TRY(auto x, allocate_tensor(op, h.extents, h.type));
  TENON_TRY_VOID(file.read(x.bytes(), bytes));
  if (h.swapped) detail::swap_bytes(x.bytes(), bytes, detail::scalar_bytes(h.type));
  if (h.type == dtype::boolean) detail::normalize_bools(x.bytes(), bytes);
  if (!h.fortran_order) return x;
  return any_tensor(x.memory(), x.bytes(), h.extents, detail::npy::fortran_strides(h.extents), h.type);
}

inline result<void> save_npy(file_path path, const any_tensor& x) {
  constexpr const char* op = "io::save_npy";
  TENON_TRY_VOID(detail::check_savable(op, x));
  std::string_view type;
  for (const auto& t : detail::npy::type_names)
    if (t.type == x.dtype()) type = t.name;
  if (type.empty())
    return error(error_code::unsupported, op,
                 make_text(".npy has no ", x.dtype(), "; convert with to<float>(x), or use save_safetensors"));

  // A tensor that is dense once its dimensions are reversed is written as it lies.
  any_tensor in_order = x;
  bool fortran = false;
  if (!x.contiguous()) {
    dim_list reversed;
    for (int d = x.rank() - 1; d >= 0; --d) reversed.push_back(d);
    TENON_TRY(auto r, x.permute(reversed));
    fortran = r.contiguous();
    if (fortran) in_order = std::move(r);
  }

  char dictionary[512];                                    // 8 extents of at most 19 digits: 260 characters
  int n = std::snprintf(dictionary, sizeof dictionary, "{'descr': '%c%.*s', 'fortran_order': %s, 'shape': (",
                        size_of(x.dtype()) == 1 ? '|' : '<', static_cast<int>(type.size()), type.data(),
                        fortran ? "True" : "False");
  const auto print = [&](const char* format, long long value) {
    n += std::snprintf(dictionary + n, sizeof dictionary - static_cast<std::size_t>(n), format, value);
  };
  for (int d = 0; d < x.rank(); ++d)
    print(d == 0 ? "%lld," : d == 1 ? " %lld" : ", %lld", static_cast<long long>(x.size(d)));
  std::memcpy(dictionary + n, "), }", 4);
  n += 4;
  while ((10 + n + 1) % 64 != 0) dictionary[n++] = ' ';    // the elements start at a multiple of 64
  dictionary[n++] = '\n';

  const char start[10] = {
      '\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, static_cast<char>(n & 0xff), static_cast<char>(n >> 8)};
  TENON_TRY(auto file, detail::output_file::create(op, path));
  TENON_TRY_VOID(file.write(start, 10));
  TENON_TRY_VOID(file.write(dictionary, n));
  TENON_TRY_VOID(detail::write_elements(file, in_order));
  return file.finish();
}

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::io
