#pragma once
// DLPack: tensors to and from other libraries without a copy. The structs of version 1 of the protocol, in our own words
// but with its layout; nobody needs dlpack.h for this, and who has it can pass and ask for its structs as well.
//
//   to_dlpack(x)        -> dlpack::managed_tensor_versioned*   Shares x's memory until its deleter has run. Memory that must
//                                                              not be written carries the read-only flag.
//   to_dlpack<M>(x)     -> M*                                  M: any struct of that layout, DLManagedTensor for instance; the
//                                                              unversioned one has no flag, so read-only memory is refused.
//   from_dlpack(m)      -> any_tensor                          Takes m over: its deleter runs with the last tensor on it.
//                                                              After an error m is still the caller's.
// Refused: null pointers, a protocol of another major version, more than 8 dimensions, negative extents, sizes and strides
// that do not fit 63 bits, vector types (lanes > 1), element types Tenon has not, addresses not aligned for their type,
// devices other than the CPU and its CUDA-pinned memory.
#include <tenon/core/any_tensor.hpp>

namespace tenon::inline v0::io {

namespace dlpack {

enum device_type : std::int32_t { cpu = 1, cuda = 2, cuda_host = 3 };
enum type_code : std::uint8_t {
  signed_integer = 0,
  unsigned_integer = 1,
  floating = 2,
  bfloat = 4,
  complex = 5,
  boolean = 6
};
inline constexpr std::uint64_t read_only = 1;              // flag
inline constexpr std::uint32_t major_version = 1, minor_version = 0;

struct version_number {
  std::uint32_t major;
  std::uint32_t minor;
};
struct device_id {
  std::int32_t device_type;
  std::int32_t device_id;
};
struct data_type {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};
struct tensor {
  void* data;
  device_id device;
  std::int32_t ndim;
  data_type dtype;
  std::int64_t* shape;
  std::int64_t* strides;               // in elements; null: dense in C order
  std::uint64_t byte_offset;
};
struct managed_tensor {
  tensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(managed_tensor* self);
};
struct managed_tensor_versioned {
  version_number version;
  void* manager_ctx;
  void (*deleter)(managed_tensor_versioned* self);
  std::uint64_t flags;
  tensor dl_tensor;
};

}  // namespace dlpack

// Ours, or the structs of dlpack.h.
template <class M>
concept managed_tensor = requires(M* m) {
  m->dl_tensor.byte_offset;
  m->manager_ctx;
  m->deleter(m);
};
template <class M>
concept versioned_managed_tensor = managed_tensor<M> && requires(M* m) {
  m->version.major;
  m->flags;
};

namespace detail::dl {

struct type_entry {
  dtype type;
  std::uint8_t code, bits;
};
inline constexpr type_entry types[] = {
    {dtype::boolean, dlpack::boolean, 8},       {dtype::uint8, dlpack::unsigned_integer, 8},
    {dtype::int8, dlpack::signed_integer, 8},   {dtype::int16, dlpack::signed_integer, 16},
    {dtype::int32, dlpack::signed_integer, 32}, {dtype::int64, dlpack::signed_integer, 64},
    {dtype::float16, dlpack::floating, 16},     {dtype::bfloat16, dlpack::bfloat, 16},
    {dtype::float32, dlpack::floating, 32},     {dtype::float64, dlpack::floating, 64},
    {dtype::complex64, dlpack::complex, 64},    {dtype::complex128, dlpack::complex, 128}};

// What an exported struct keeps alive. The struct comes first, so that its address leads here.
template <class M>
struct exported {
  M managed;
  any_tensor tensor;
  std::int64_t shape[max_rank], strides[max_rank];
};

// One block of bytes that covers every element: from the lowest reachable address to the end of the highest element.
struct extent_of_memory {
  index_t below = 0;                   // bytes before the first element, 0 or more
  index_t bytes = 0;
};

inline result<extent_of_memory> reach(const char* op, const shape& s, const strides_list& strides, index_t item) {
  extent_of_memory r;
  if (s.numel() == 0) return r;
  index_t above = item;
  for (int d = 0; d < s.rank(); ++d) {
    index_t distance = 0, bytes = 0;
    index_t& side = strides[d] < 0 ? r.below : above;
    const bool fits = strides[d] != INT64_MIN &&
                      checked_multiply(s[d] - 1, strides[d] < 0 ? -strides[d] : strides[d], distance) &&
                      checked_multiply(distance, item, bytes) && bytes <= INT64_MAX / 2 - side;
    if (s[d] > 1 && !fits)
      return error(error_code::size_overflow, op,
                   make_text("the strides of a tensor of shape ", s, " reach further than 62 bits"));
    if (s[d] > 1) side += bytes;
  }
  r.bytes = r.below + above;
  return r;
}

template <class T>
result<any_tensor> describe(const char* op, const T& t) {
  if (t.ndim < 0 || t.ndim > max_rank)
    return error(error_code::unsupported, op,
                 make_text("a tensor of ", t.ndim, " dimensions; Tenon has at most ", max_rank));
  if (t.ndim > 0 && t.shape == nullptr)
    return error(error_code::invalid_argument, op, make_text("the shape is a null pointer"));
  const type_entry* type = nullptr;
  for (const type_entry& e : types)
    if (e.code == static_cast<std::uint8_t>(t.dtype.code) && e.bits == t.dtype.bits && t.dtype.lanes == 1) type = &e;
  if (type == nullptr)
    return error(error_code::unsupported, op,
                 make_text("there is no dtype for type code ", int{t.dtype.code}, " with ", int{t.dtype.bits},
                           " bits and ", int{t.dtype.lanes}, " lanes"));
  const auto kind = static_cast<std::int32_t>(t.device.device_type);
  if (kind != dlpack::cpu && kind != dlpack::cuda_host)
    return error(error_code::device_unavailable, op,
                 make_text("the tensor is on a device of type ", kind, "; only memory of the CPU is taken"));
  shape s;
  strides_list strides;
  for (int d = 0; d < t.ndim; ++d) s.push_back(t.shape[d]);
  TENON_TRY(const index_t numel, checked_numel(op, s, size_of(type->type)));
  if (t.strides == nullptr) strides = dense_strides(s);
  else
    for (int d = 0; d < t.ndim; ++d) strides[d] = t.strides[d];
  if (t.data == nullptr && numel > 0)
    return error(error_code::invalid_argument, op,
                 make_text("the data of a tensor of shape ", s, " are a null pointer"));
  auto* const data = static_cast<std::byte*>(t.data) + (t.data ? t.byte_offset : 0);
  const auto align =
      static_cast<std::uintptr_t>(is_complex(type->type) ? size_of(type->type) / 2 : size_of(type->type));
  if (numel > 0 && reinterpret_cast<std::uintptr_t>(data) % align != 0)
    return error(error_code::invalid_format, op, make_text("the data are not aligned for ", type->type));
  return any_tensor({}, data, s, strides, type->type);
}

}  // namespace detail::dl

inline namespace TENON_BUILD {

template <managed_tensor M = dlpack::managed_tensor_versioned>
result<M*> to_dlpack(const any_tensor& x) {
  constexpr const char* op = "io::to_dlpack";
  using detail::dl::exported;
  if (!x.defined())
    return error(error_code::invalid_argument, op,
                 make_text("the handle holds no tensor: it was default-constructed or moved from"));
  if (x.device() != device::cpu)
    return error(error_code::device_mismatch, op,
                 make_text("the tensor is on ", x.where(), "; move it with to(x, device::cpu)"));
  if (!versioned_managed_tensor<M> && !x.writable())
    return error(error_code::not_writable, op,
                 make_text("the memory is read-only, which only the versioned struct can say"));
  void* const memory = std::malloc(sizeof(exported<M>));
  if (memory == nullptr)
    return error(error_code::out_of_memory, op, make_text("no memory for a struct of ", sizeof(exported<M>), " bytes"));
  auto* const e = ::new (memory) exported<M>{{}, x, {}, {}};
  for (int d = 0; d < x.rank(); ++d) {
    e->shape[d] = x.size(d);
    e->strides[d] = x.stride(d);
  }
  M& m = e->managed;
  auto& t = m.dl_tensor;
  t.data = e->tensor.bytes();
  t.device = {static_cast<decltype(t.device.device_type)>(dlpack::cpu), 0};
  t.ndim = x.rank();
  t.shape = e->shape;
  t.strides = e->strides;
  t.byte_offset = 0;
  for (const auto& type : detail::dl::types)
    if (type.type == x.dtype()) t.dtype = {type.code, type.bits, 1};
  m.manager_ctx = e;
  m.deleter = [](M* self) {
    auto* const owner = static_cast<exported<M>*>(self->manager_ctx);
    owner->~exported<M>();
    std::free(owner);
  };
  if constexpr (versioned_managed_tensor<M>) {
    m.version = {dlpack::major_version, dlpack::minor_version};
    m.flags = x.writable() ? 0 : dlpack::read_only;
  }
  return &m;
}

template <managed_tensor M>
result<any_tensor> from_dlpack(M* m) {
  constexpr const char* op = "io::from_dlpack";
  if (m == nullptr) return error(error_code::invalid_argument, op, make_text("the pointer is null"));
  bool writable = true;
  if constexpr (versioned_managed_tensor<M>) {
    if (m->version.major != dlpack::major_version)
      return error(error_code::unsupported, op,
                   make_text("DLPack version ", m->version.major, ".", m->version.minor, " is not known; ",
                             dlpack::major_version, ".x is"));
    writable = (m->flags & dlpack::read_only) == 0;
  }
  TENON_TRY(const any_tensor view, detail::dl::describe(op, m->dl_tensor));
  TENON_TRY(const auto reach, detail::dl::reach(op, view.shape(), view.strides(), size_of(view.dtype())));
  auto* const first = const_cast<std::byte*>(view.bytes());
  storage_ptr memory = adopt_storage(
      first ? first - reach.below : nullptr, static_cast<std::size_t>(reach.bytes), writable,
      [](void* owner) {
        auto* const managed = static_cast<M*>(owner);
        if (managed->deleter) managed->deleter(managed);
      },
      m);
  if (!memory) return error(error_code::out_of_memory, op, make_text("no memory for a tensor's header"));
  return any_tensor(std::move(memory), first, view.shape(), view.strides(), view.dtype());
}

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::io
