#pragma once
// load_weights: the reader of io/safetensors.hpp, where its contract stands.
#include <tenon/io/file.hpp>
#include <tenon/io/json.hpp>
#include <tenon/io/safetensors.hpp>

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#define TENON_IO_MAP 1
#else
#define TENON_IO_MAP 0
#endif

namespace tenon::inline v0::io {

struct load_options {
  bool map = false;                    // where the system cannot map files, they are read
};

namespace detail::safetensors {

// One member of the header, before its elements are at hand.
struct description {
  std::string_view name, type_name;
  const safetensors::type_name* type = nullptr;            // null: not even the size of its elements is known
  shape extents;
  bool fits_rank = true;
  index_t numel = 1;                                       // of the extents that are not 0
  bool empty = false;
  index_t first = 0, last = 0;                             // bytes [first, last) of the data
};

// A name as far as it belongs into a message.
inline std::string_view shown(std::string_view name) { return part_of(name, 0, 200); }

template <class T>
result<void> append(const char* op, list<T>& l, T value) {
  if (l.push_back(value)) return {};
  TENON_TRY(auto grown, list<T>::make(op, l.size() < 16 ? 32 : 2 * l.size()));
  for (T& old : l) grown.push_back(old);
  grown.push_back(value);
  l = std::move(grown);
  return {};
}

class header_parser {
 public:
  header_parser(const char* op, const file_path& path, std::span<char> text, index_t data_bytes)
      : op_(op),
        path_(path),
        json_(text.data(), text.size()),
        data_bytes_(data_bytes),
        first_(text.empty() ? '\0' : text[0]) {}

  list<description> descriptions;
  list<metadata_entry> metadata;

  result<void> parse() {
    std::string_view name;
    if (first_ != '{') return malformed(op_, path_, "the header does not start with '{'");
    if (json_.begin_object())
      while (json_.next_member(name)) {
        if (name == "__metadata__") {
          TENON_TRY_VOID(read_metadata());
        } else {
          TENON_TRY_VOID(read_tensor(name));
        }
      }
    if (!json_.finish()) return malformed_json();
    TENON_TRY_VOID(check_cover());
    return check_names();
  }

 private:
  error malformed_json() const {
    return malformed(op_, path_, "the header is malformed at byte ", json_.position(), ": ", json_.problem());
  }

  result<void> read_metadata() {
    std::string_view key, value;
    if (has_metadata_) return malformed(op_, path_, "'__metadata__' stands there twice");
    has_metadata_ = true;
    if (json_.begin_object())
      while (json_.next_member(key) && json_.string(value))
        TENON_TRY_VOID(append(op_, metadata, metadata_entry{key, value}));
    if (json_.problem()) return malformed_json();
    return {};
  }

  // {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}; members that are not known are left aside.
  result<void> read_tensor(std::string_view name) {
    description d;
    d.name = name;
    bool type = false, extents = false, offsets = false;
    std::string_view key;
    if (json_.begin_object())
      while (json_.next_member(key)) {
        bool* const seen = key == "dtype"          ? &type
                           : key == "shape"        ? &extents
                           : key == "data_offsets" ? &offsets
                                                   : nullptr;
        if (seen == nullptr) {
          json_.skip();
          continue;
        }
        if (*seen) return malformed(op_, path_, "'", shown(name), "' has '", key, "' twice");
        *seen = true;
        if (seen == &type) json_.string(d.type_name);
        if (seen == &extents) TENON_TRY_VOID(read_shape(d));
        if (seen == &offsets) read_offsets(d);
      }
    if (json_.problem()) return malformed_json();
    if (!type || !extents || !offsets)
      return malformed(op_, path_, "'", shown(name), "' lacks one of 'dtype', 'shape' and 'data_offsets'");
    for (const safetensors::type_name& t : type_names)
      if (t.name == d.type_name) d.type = &t;
    TENON_TRY_VOID(check_size(d));
    return append(op_, descriptions, d);
  }

  result<void> read_shape(description& d) {
    index_t extent = 0;
    if (json_.begin_array())
      while (json_.next_item() && json_.integer(extent)) {
        d.empty = d.empty || extent == 0;
        if (extent != 0 && !checked_multiply(d.numel, extent, d.numel))
          return error(error_code::size_overflow, op_,
                       make_text(path_, ": the shape of '", shown(d.name), "' does not fit 63 bits"));
        d.fits_rank = d.extents.push_back(extent) && d.fits_rank;
      }
    return {};
  }

  void read_offsets(description& d) {
    if (json_.begin_array() && json_.next_item() && json_.integer(d.first) && json_.next_item() &&
        json_.integer(d.last) && json_.next_item())
      json_.begin_object();            // a third number stands where the array should end: this fails
  }

  result<void> check_size(const description& d) const {
    if (d.first > d.last || d.last > data_bytes_)
      return malformed(op_, path_, "'", shown(d.name), "' has the bytes ", d.first, " .. ", d.last, " of ",
                       data_bytes_);
    if (d.type == nullptr) return {};
    index_t bytes = 0;
    if (!checked_multiply(d.numel, d.type->bytes, bytes))
      return error(error_code::size_overflow, op_,
                   make_text(path_, ": the shape of '", shown(d.name), "' does not fit 63 bits"));
    if (d.empty) bytes = 0;
    if (d.last - d.first != bytes)
      return malformed(op_, path_, "'", shown(d.name), "' has ", d.last - d.first, " bytes where ", d.type_name, " ",
                       d.extents, " needs ", bytes);
    return {};
  }

  // Every byte of the data belongs to exactly one tensor.
  result<void> check_cover() {
    std::sort(descriptions.begin(), descriptions.end(), [](const description& a, const description& b) {
      return a.first != b.first ? a.first < b.first : a.last < b.last;
    });
    index_t covered = 0;
    for (const description& d : descriptions) {
      if (d.first != covered)
        return malformed(op_, path_, "'", shown(d.name), "' starts at byte ", d.first,
                         d.first < covered ? " and overlaps" : " and leaves a gap behind", " what ends at ", covered);
      covered = d.last;
    }
    if (covered != data_bytes_)
      return malformed(op_, path_, "the file has ", data_bytes_, " bytes of data, its tensors ", covered);
    return {};
  }

  result<void> check_names() {
    std::sort(descriptions.begin(), descriptions.end(),
              [](const description& a, const description& b) { return a.name < b.name; });
    for (index_t i = 1; i < descriptions.size(); ++i)
      if (descriptions[i].name == descriptions[i - 1].name)
        return malformed(op_, path_, "'", shown(descriptions[i].name), "' stands there twice");
    return {};
  }

  const char* op_;
  const file_path& path_;
  json_reader json_;
  index_t data_bytes_;
  char first_;
  bool has_metadata_ = false;
};

// The file's data as one tensor of bytes, read from where `file` stands.
inline result<any_tensor> read_data(const char* op, input_file& file, index_t data_bytes) {
  TENON_TRY(auto data, allocate_tensor(op, shape(data_bytes), dtype::uint8));
  TENON_TRY_VOID(file.read(data.bytes(), data_bytes));
  return data;
}

// The same without reading it: the file's pages.
inline result<any_tensor> map_data(const char* op, const file_path& path, index_t file_bytes, index_t data_bytes) {
#if TENON_IO_MAP
  struct mapping {
    void* start;
    std::size_t bytes;
  };
  const auto release = [](void* owner) {
    auto* m = static_cast<mapping*>(owner);
    ::munmap(m->start, m->bytes);
    std::free(m);
  };
  const auto bytes = static_cast<std::size_t>(file_bytes);
  errno = 0;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return file_error(op, path, "open");
  void* const start = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  if (start == MAP_FAILED) return file_error(op, path, "map");
  auto* owner = static_cast<mapping*>(std::malloc(sizeof(mapping)));
  storage_ptr memory;
  if (owner)
    memory = adopt_storage(start, bytes, false, release, ::new (static_cast<void*>(owner)) mapping{start, bytes});
  if (!memory) {
    std::free(owner);
    ::munmap(start, bytes);
    return error(error_code::out_of_memory, op, make_text("no memory to map ", path));
  }
  return any_tensor(std::move(memory), static_cast<std::byte*>(start) + (file_bytes - data_bytes), shape(data_bytes),
                    {{1}}, dtype::uint8);
#else
  (void)file_bytes;
  (void)data_bytes;
  return error(error_code::unsupported, op, make_text("this system does not map ", path));
#endif
}

// The tensor that `d` describes, as a view of the data where its bytes can stay as they are.
inline result<any_tensor> view_of(const char* op, const any_tensor& data, const description& d) {
  const dtype type = d.type->type;
  std::byte* const bytes = const_cast<std::byte*>(data.bytes()) + d.first;
  const index_t length = d.last - d.first, align = scalar_bytes(type);
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes) % static_cast<std::uintptr_t>(align) == 0;
  bool as_it_is = little_endian || align == 1;
  if (type == dtype::boolean)
    for (index_t i = 0; i < length; ++i) as_it_is = as_it_is && bytes[i] <= std::byte{1};
  any_tensor x(data.memory(), bytes, d.extents, dense_strides(d.extents), type);
  if (!aligned || (!as_it_is && !data.writable())) {
    TENON_TRY(x, allocate_tensor(op, d.extents, type));
    std::memcpy(x.bytes(), bytes, static_cast<std::size_t>(length));
  }
  if (!little_endian) swap_bytes(x.bytes(), length, align);
  if (type == dtype::boolean && !as_it_is) normalize_bools(x.bytes(), length);
  return x;
}

}  // namespace detail::safetensors

inline namespace TENON_BUILD {

inline result<weights> load_weights(file_path path, load_options options = {}) {
  namespace st = detail::safetensors;
  constexpr const char* op = "io::load_weights";
  TENON_TRY(auto file, detail::input_file::open(op, path));
  unsigned char length[8];
  if (file.size() < 8)
    return detail::malformed(op, path, "a file of ", file.size(), " bytes is too short for safetensors");
  TENON_TRY_VOID(file.read(length, 8));
  std::uint64_t n = 0;
  for (int i = 7; i >= 0; --i) n = n << 8 | length[i];
  if (n > static_cast<std::uint64_t>(file.size() - 8) || n > static_cast<std::uint64_t>(st::longest_header))
    return detail::malformed(op, path, "a header of ", n, " bytes in a file of ", file.size());
  const auto header_bytes = static_cast<index_t>(n), data_bytes = file.size() - 8 - header_bytes;
  TENON_TRY(auto header, allocate_tensor(op, shape(header_bytes), dtype::uint8));
  TENON_TRY_VOID(file.read(header.bytes(), header_bytes));
  st::header_parser parser(op, path, {reinterpret_cast<char*>(header.bytes()), static_cast<std::size_t>(header_bytes)},
                           data_bytes);
  TENON_TRY_VOID(parser.parse());

  TENON_TRY(const auto data, options.map&& TENON_IO_MAP ? st::map_data(op, path, file.size(), data_bytes)
                                                        : st::read_data(op, file, data_bytes));
  TENON_TRY(auto entries, list<weights::entry>::make(op, parser.descriptions.size()));
  for (const st::description& d : parser.descriptions) {
    any_tensor x;
    if (d.type != nullptr && d.type->held && d.fits_rank) {
      TENON_TRY(x, st::view_of(op, data, d));
    }
    entries.push_back({d.name, d.type_name, std::move(x)});
  }
  return weights(std::move(entries), std::move(parser.metadata), std::move(header));
}

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::io
