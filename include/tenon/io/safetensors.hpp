#pragma once
// safetensors: named tensors in one file. 8 bytes of header length, a JSON header, the elements.
//
//   load_weights(path, {.map = false}) -> weights   The file is read in one go into one block of memory whose views the
//                                                   tensors are. With map the block is the file itself, read-only and
//                                                   loaded page by page as it is used; it must then not be shortened
//                                                   while a tensor lives (the system ends a program that reads a page
//                                                   which is gone). A tensor that the file does not align is copied.
//   save_safetensors(path, {{"w", w}, ...}, metadata)   Any strides. The order in the file is by element size, then name.
//
// dtypes: BOOL U8 I8 I16 I32 I64 F16 BF16 F32 F64 C64. A tensor of another dtype, or of more than 8 dimensions, does not
// stop the others: `get` of that one is the error.
// The file is not trusted: names must differ, offsets must cover the data without gap or overlap and agree with shape and
// dtype, the header is at most 100 MB and the file's real size bounds every allocation. Errors: not_found, io_failure,
// invalid_format, size_overflow, out_of_memory. After an error while saving, the file may be incomplete.
#include <tenon/core/tensor.hpp>
#include <tenon/io/near_miss.hpp>

#include <algorithm>
#include <span>

namespace tenon::inline v0::io {

struct metadata_entry {
  std::string_view key, value;
};

// The tensors of a file by name. Looking one up costs a binary search and a handle.
class weights {
 public:
  struct entry {
    std::string_view name;
    std::string_view type_name;        // as the file spells it
    any_tensor value;                  // undefined where the library cannot hold it: dtype, or more than 8 dimensions
  };

  index_t size() const { return entries_.size(); }
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  // In the order of their names.
  const entry* begin() const { return entries_.begin(); }
  const entry* end() const { return entries_.end(); }
  std::span<const metadata_entry> metadata() const {
    return {metadata_.begin(), static_cast<std::size_t>(metadata_.size())};
  }

  result<any_tensor> get(std::string_view name) const {
    const entry* e = find(name);
    if (e == nullptr) {
      detail::near_miss near(name);
      for (const entry& other : entries_) near.offer(other.name);
      return error(error_code::not_found, op, make_text("there is no tensor '", name, "' among ", size(), near));
    }
    if (!e->value.defined())
      return error(error_code::unsupported, op,
                   make_text("'", name, "' is of a kind that Tenon does not hold: ", part_of(e->type_name, 0, 32),
                             ", or more than ", max_rank, " dimensions"));
    return e->value;
  }
  result<any_tensor> get(std::string_view name, const shape& expected) const {
    TENON_TRY(auto x, get(name));
    if (!(x.shape() == expected))
      return error(error_code::shape_mismatch, op,
                   make_text("'", name, "' has shape ", x.shape(), ", expected ", expected));
    return x;
  }
  template <element T>
  result<tensor<T>> get(std::string_view name) const {
    TENON_TRY(auto x, get(name));
    return typed<T>(name, std::move(x));
  }
  template <element T>
  result<tensor<T>> get(std::string_view name, const shape& expected) const {
    TENON_TRY(auto x, get(name, expected));
    return typed<T>(name, std::move(x));
  }

  // For the reader: entries sorted by name, and the text that the names lie in.
  weights(list<entry> entries, list<metadata_entry> metadata, any_tensor header)
      : header_(std::move(header)), entries_(std::move(entries)), metadata_(std::move(metadata)) {}

 private:
  static constexpr const char* op = "io::weights::get";

  template <class T>
  static result<tensor<T>> typed(std::string_view name, any_tensor x) {
    if (x.dtype() != dtype_of<T>)
      return error(error_code::dtype_mismatch, op,
                   make_text("'", name, "' holds ", x.dtype(), ", not ", dtype_of<T>,
                             "; get it without a type and convert with to<T>(x)"));
    return tensor<T>::unchecked(std::move(x));
  }
  const entry* find(std::string_view name) const {
    const entry* e =
        std::lower_bound(begin(), end(), name, [](const entry& a, std::string_view b) { return a.name < b; });
    return e != end() && e->name == name ? e : nullptr;
  }

  any_tensor header_;
  list<entry> entries_;
  list<metadata_entry> metadata_;
};

namespace detail::safetensors {

struct type_name {
  std::string_view name;
  index_t bytes;
  bool held;                           // the library has it
  dtype type;
};
inline constexpr type_name type_names[] = {
    {"BOOL", 1, true, dtype::boolean}, {"U8", 1, true, dtype::uint8},     {"I8", 1, true, dtype::int8},
    {"I16", 2, true, dtype::int16},    {"I32", 4, true, dtype::int32},    {"I64", 8, true, dtype::int64},
    {"F16", 2, true, dtype::float16},  {"BF16", 2, true, dtype::bfloat16}, {"F32", 4, true, dtype::float32},
    {"F64", 8, true, dtype::float64},  {"C64", 8, true, dtype::complex64}, {"U16", 2, false, {}},
    {"U32", 4, false, {}},             {"U64", 8, false, {}},             {"F8_E4M3", 1, false, {}},
    {"F8_E5M2", 1, false, {}}};

inline constexpr index_t longest_header = 100'000'000;     // the limit of the format's own library

}  // namespace detail::safetensors

}  // namespace tenon::inline v0::io

#include <tenon/io/safetensors_read.hpp>
#include <tenon/io/safetensors_write.hpp>
