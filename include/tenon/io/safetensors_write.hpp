#pragma once
// save_safetensors: the writer of io/safetensors.hpp, where its contract stands.
#include <tenon/io/file.hpp>
#include <tenon/io/json.hpp>
#include <tenon/io/safetensors.hpp>

#include <initializer_list>

namespace tenon::inline v0::io {

// What is to be saved, under its name.
struct named_tensor {
  std::string_view name;
  any_tensor value;
};

namespace detail::safetensors {

// The header's text goes through here twice: once to be counted, once to be written.
class header_sink {
 public:
  explicit header_sink(output_file* file) : file_(file) {}
  void put(std::string_view s) {
    count_ += static_cast<index_t>(s.size());
    if (file_ && outcome_) outcome_ = file_->write(s);
  }
  void put(index_t n) {
    char digits[24];
    put(std::string_view(
        digits, static_cast<std::size_t>(std::snprintf(digits, sizeof digits, "%lld", static_cast<long long>(n)))));
  }
  void put_string(std::string_view s) {
    put("\"");
    for (const char& c : s) {
      char escaped[8];
      if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20)
        put(std::string_view(escaped, static_cast<std::size_t>(std::snprintf(escaped, sizeof escaped, "\\u%04x",
                                                                             static_cast<unsigned>(c)))));
      else
        put(std::string_view(&c, 1));
    }
    put("\"");
  }
  index_t count() const { return count_; }
  result<void> outcome() const { return outcome_; }

 private:
  output_file* file_;
  index_t count_ = 0;
  result<void> outcome_;
};

inline bool valid_text(std::string_view s) {
  const char* const end = s.data() + s.size();
  for (const char* p = s.data(); p != end;) {
    const int n = *p == '\0' ? 0 : utf8_length(p, end);
    if (n == 0) return false;
    p += n;
  }
  return true;
}

// Pointers to the entries in the order of their names, which must be text and differ.
template <class Entry, class Name>
result<list<const Entry*>> in_order(const char* op, std::span<const Entry> entries, Name name_of) {
  TENON_TRY(auto order, list<const Entry*>::make(op, static_cast<index_t>(entries.size())));
  for (const Entry& e : entries) {
    if (!valid_text(name_of(e)))
      return error(error_code::invalid_argument, op, make_text("a name is not UTF-8, or holds a zero"));
    order.push_back(&e);
  }
  std::sort(order.begin(), order.end(), [&](const Entry* a, const Entry* b) { return name_of(*a) < name_of(*b); });
  for (index_t i = 1; i < order.size(); ++i)
    if (name_of(*order[i]) == name_of(*order[i - 1]))
      return error(error_code::invalid_argument, op, make_text("the name '", name_of(*order[i]), "' is given twice"));
  return order;
}

inline const type_name* type_name_of(dtype type) {
  for (const type_name& t : type_names)
    if (t.held && t.type == type) return &t;
  return nullptr;
}

inline void put_header(header_sink& out, const list<const named_tensor*>& tensors,
                       const list<const metadata_entry*>& metadata) {
  out.put("{");
  if (!metadata.empty()) {
    out.put("\"__metadata__\":{");
    for (index_t i = 0; i < metadata.size(); ++i) {
      if (i > 0) out.put(",");
      out.put_string(metadata[i]->key);
      out.put(":");
      out.put_string(metadata[i]->value);
    }
    out.put(tensors.empty() ? "}" : "},");
  }
  index_t offset = 0;
  for (index_t i = 0; i < tensors.size(); ++i) {
    const any_tensor& x = tensors[i]->value;
    if (i > 0) out.put(",");
    out.put_string(tensors[i]->name);
    out.put(":{\"dtype\":\"");
    out.put(type_name_of(x.dtype())->name);
    out.put("\",\"shape\":[");
    for (int d = 0; d < x.rank(); ++d) {
      if (d > 0) out.put(",");
      out.put(x.size(d));
    }
    out.put("],\"data_offsets\":[");
    out.put(offset);
    offset += x.numel() * size_of(x.dtype());
    out.put(",");
    out.put(offset);
    out.put("]}");
  }
  out.put("}");
  while (out.count() % 8 != 0) out.put(" ");               // the data start aligned
}

}  // namespace detail::safetensors

inline namespace TENON_BUILD {

inline result<void> save_safetensors(file_path path, std::span<const named_tensor> tensors,
                                     std::span<const metadata_entry> metadata = {}) {
  namespace st = detail::safetensors;
  constexpr const char* op = "io::save_safetensors";
  TENON_TRY(auto keys, st::in_order(op, metadata, [](const metadata_entry& e) { return e.key; }));
  TENON_TRY(auto order, st::in_order(op, tensors, [](const named_tensor& t) { return t.name; }));
  for (const metadata_entry& e : metadata)
    if (!st::valid_text(e.value))
      return error(error_code::invalid_argument, op,
                   make_text("the metadata '", e.key, "' are not UTF-8, or hold a zero"));
  index_t data_bytes = 0;
  for (const named_tensor* t : order) {
    TENON_TRY_VOID(detail::check_savable(op, t->value));
    if (st::type_name_of(t->value.dtype()) == nullptr)
      return error(error_code::unsupported, op,
                   make_text("'", t->name, "' holds ", t->value.dtype(), ", which the format does not have"));
    if (t->name == "__metadata__")
      return error(error_code::invalid_argument, op, make_text("the name '__metadata__' is taken by the format"));
    const index_t bytes = t->value.numel() * size_of(t->value.dtype());
    if (bytes > INT64_MAX - data_bytes)
      return error(error_code::size_overflow, op, make_text("the tensors have more bytes than 63 bits can count"));
    data_bytes += bytes;
  }
  // Wide elements first, so that all of them lie aligned.
  std::sort(order.begin(), order.end(), [](const named_tensor* a, const named_tensor* b) {
    const index_t m = size_of(a->value.dtype()), n = size_of(b->value.dtype());
    return m != n ? m > n : a->name < b->name;
  });

  st::header_sink counted(nullptr);
  st::put_header(counted, order, keys);
  if (counted.count() > st::longest_header)
    return error(
        error_code::invalid_argument, op,
        make_text("the header would have ", counted.count(), " bytes; the format allows ", st::longest_header));
  TENON_TRY(auto file, detail::output_file::create(op, path));
  char length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(counted.count() >> (8 * i) & 0xff);
  TENON_TRY_VOID(file.write(length, 8));
  st::header_sink header(&file);
  st::put_header(header, order, keys);
  TENON_TRY_VOID(header.outcome());
  for (const named_tensor* t : order) TENON_TRY_VOID(detail::write_elements(file, t->value));
  return file.finish();
}

inline result<void> save_safetensors(file_path path, std::initializer_list<named_tensor> tensors,
                                     std::initializer_list<metadata_entry> metadata = {}) {
  return save_safetensors(path, std::span<const named_tensor>(tensors.begin(), tensors.size()),
                          std::span<const metadata_entry>(metadata.begin(), metadata.size()));
}

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::io
