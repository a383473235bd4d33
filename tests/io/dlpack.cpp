// DLPack: pointers are the same on both sides, memory lives exactly as long as someone holds it, and every field that a
// producer can get wrong is refused with the struct left to its owner. `foreign` stands for the structs of dlpack.h,
// written here from the protocol's definition.
#include <tenon/io/dlpack.hpp>

#include "io/files.hpp"

#include <cstddef>

namespace tenon_test::dlpack_test {
using tenon::any_tensor;
using tenon::dtype;
using tenon::error_code;
using tenon::shape;
namespace io = tenon::io;
namespace dl = tenon::io::dlpack;

extern "C" {
namespace foreign {
typedef enum { kDLCPU = 1, kDLCUDA = 2 } DLDeviceType;
typedef struct { DLDeviceType device_type; int32_t device_id; } DLDevice;
typedef struct { uint8_t code; uint8_t bits; uint16_t lanes; } DLDataType;
typedef struct {
  void* data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t* shape;
  int64_t* strides;
  uint64_t byte_offset;
} DLTensor;
typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(struct DLManagedTensor* self);
} DLManagedTensor;
typedef struct { uint32_t major; uint32_t minor; } DLPackVersion;
typedef struct DLManagedTensorVersioned {
  DLPackVersion version;
  void* manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned* self);
  uint64_t flags;
  DLTensor dl_tensor;
} DLManagedTensorVersioned;
}
}

static_assert(sizeof(dl::managed_tensor) == sizeof(foreign::DLManagedTensor));
static_assert(sizeof(dl::managed_tensor_versioned) == sizeof(foreign::DLManagedTensorVersioned));
static_assert(offsetof(dl::managed_tensor_versioned, dl_tensor) ==
              offsetof(foreign::DLManagedTensorVersioned, dl_tensor));
static_assert(offsetof(dl::tensor, byte_offset) == offsetof(foreign::DLTensor, byte_offset));
static_assert(offsetof(dl::tensor, dtype) == offsetof(foreign::DLTensor, dtype) &&
              offsetof(dl::tensor, shape) == offsetof(foreign::DLTensor, shape));

namespace {

struct producer {                      // six floats, and a count of deletions
  producer() {
    managed.version = {1, 0};
    managed.manager_ctx = this;
    managed.deleter = [](dl::managed_tensor_versioned* self) { ++static_cast<producer*>(self->manager_ctx)->deleted; };
    managed.flags = 0;
    managed.dl_tensor = {data, {dl::cpu, 0}, 2, {dl::floating, 32, 1}, extents, nullptr, 0};
  }
  float data[6] = {0, 1, 2, 3, 4, 5};
  std::int64_t extents[9] = {2, 3, 1, 1, 1, 1, 1, 1, 1}, strides[9] = {3, 1, 1, 1, 1, 1, 1, 1, 1};
  dl::managed_tensor_versioned managed{};
  int deleted = 0;
};

// What from_dlpack answers after `change`; the struct must still be its owner's.
template <class Change>
error_code refused(Change change) {
  producer p;
  change(p, p.managed.dl_tensor);
  const error_code code = io::from_dlpack(&p.managed).error().code();
  CHECK(p.deleted == (code == error_code::none ? 1 : 0));
  return code;
}

}  // namespace

TEST_CASE("what goes out shares memory and keeps it alive", "[dlpack]") {
  for (int type = 0; type < tenon::dtype_count; ++type) {
    any_tensor x = counting({2, 3}, dtype_at(type));
    const std::string want = bytes_of(x);
    const void* const address = x.bytes();
    dl::managed_tensor_versioned* m = tenon::unwrap(io::to_dlpack(x));
    x = any_tensor();
    CHECK(m->version.major == 1);
    CHECK(m->flags == 0);
    CHECK(m->dl_tensor.data == address);
    CHECK(m->dl_tensor.byte_offset == 0);
    CHECK((m->dl_tensor.ndim == 2 && m->dl_tensor.shape[0] == 2 && m->dl_tensor.shape[1] == 3 &&
           m->dl_tensor.strides[0] == 3 && m->dl_tensor.strides[1] == 1));
    CHECK((m->dl_tensor.device.device_type == dl::cpu && m->dl_tensor.dtype.lanes == 1));
    CHECK(m->dl_tensor.dtype.bits == 8 * size_of(dtype_at(type)));
    any_tensor back = tenon::unwrap(io::from_dlpack(m));             // and comes back as the same memory
    CHECK(back.bytes() == address);
    CHECK(back.dtype() == dtype_at(type));
    CHECK(bytes_of(back) == want);
  }
}

TEST_CASE("strides, offsets and read-only memory go through both ways", "[dlpack]") {
  const any_tensor x = counting({4, 5}, dtype::int32);
  const any_tensor views[] = {x,
                              tenon::unwrap(x.transpose(0, 1)),
                              tenon::unwrap(x.slice(1, {.step = -2})),
                              tenon::unwrap(x.select(0, 3)),
                              tenon::unwrap(tenon::unwrap(x.narrow(0, 1, 1)).expand({3, 5})),
                              tenon::unwrap(x.narrow(1, 2, 0)),
                              tenon::unwrap(tenon::unwrap(x.select(0, 2)).select(0, 2))};
  for (const any_tensor& v : views) {
    const any_tensor back = tenon::unwrap(io::from_dlpack(tenon::unwrap(io::to_dlpack(v))));
    check_same(back, v);
    CHECK(back.bytes() == v.bytes());
    for (int d = 0; d < v.rank(); ++d) CHECK(back.stride(d) == v.stride(d));
    CHECK(back.writable());
    CHECK_FALSE(back.memory()->owned);                               // never reused for a result, never resized
  }
  static const float constants[2] = {1, 2};
  const any_tensor fixed(tenon::adopt_storage(const_cast<float*>(constants), sizeof constants, false, nullptr, nullptr),
                         reinterpret_cast<std::byte*>(const_cast<float*>(constants)), {2}, tenon::dense_strides({2}),
                         dtype::float32);
  auto* m = tenon::unwrap(io::to_dlpack(fixed));
  CHECK(m->flags == dl::read_only);
  CHECK_FALSE(tenon::unwrap(io::from_dlpack(m)).writable());
  CHECK(io::to_dlpack<dl::managed_tensor>(fixed).error() == error_code::not_writable);
}

TEST_CASE("the structs of dlpack.h work as well as ours", "[dlpack]") {
  const any_tensor x = counting({3}, dtype::float64);
  auto* plain = tenon::unwrap(io::to_dlpack<foreign::DLManagedTensor>(x));
  CHECK(plain->dl_tensor.device.device_type == foreign::kDLCPU);
  check_same(tenon::unwrap(io::from_dlpack(plain)), x);
  check_same(tenon::unwrap(io::from_dlpack(tenon::unwrap(io::to_dlpack<foreign::DLManagedTensorVersioned>(x)))), x);
  auto* unused = tenon::unwrap(io::to_dlpack<dl::managed_tensor>(x));
  unused->deleter(unused);                                           // a consumer that only looked
}

TEST_CASE("what comes in is deleted once, with the last tensor on it", "[dlpack]") {
  producer p;
  {
    any_tensor view;
    {
      const any_tensor x = tenon::unwrap(io::from_dlpack(&p.managed));
      CHECK(static_cast<const void*>(x.bytes()) == p.data);
      CHECK((x.shape() == shape{2, 3}));
      CHECK(x.stride(0) == 3);
      view = tenon::unwrap(x.select(0, 1));
    }
    CHECK(p.deleted == 0);
    CHECK(*reinterpret_cast<const float*>(view.bytes()) == 3);
  }
  CHECK(p.deleted == 1);

  producer q;
  q.managed.deleter = nullptr;                                       // allowed: nothing is to be done
  CHECK(io::from_dlpack(&q.managed).has_value());
}

TEST_CASE("byte offsets, negative strides and missing pointers of empty tensors are honoured", "[dlpack]") {
  producer p;
  p.managed.dl_tensor.byte_offset = 20;
  p.strides[0] = -3, p.strides[1] = -1;
  p.managed.dl_tensor.strides = p.strides;
  {
    const any_tensor x = tenon::unwrap(io::from_dlpack(&p.managed));
    CHECK(*reinterpret_cast<const float*>(x.bytes()) == 5);
    CHECK(x.memory()->data == reinterpret_cast<std::byte*>(p.data));
    CHECK(x.memory()->bytes == sizeof p.data);
  }
  producer empty;
  empty.extents[1] = 0;
  empty.managed.dl_tensor.data = nullptr;
  empty.managed.dl_tensor.byte_offset = 64;
  const any_tensor e = tenon::unwrap(io::from_dlpack(&empty.managed));
  CHECK((e.shape() == shape{2, 0}));
  CHECK(e.defined());
  producer scalar;
  scalar.managed.dl_tensor.ndim = 0;
  scalar.managed.dl_tensor.shape = nullptr;
  const any_tensor s = tenon::unwrap(io::from_dlpack(&scalar.managed));
  CHECK(s.rank() == 0);
  CHECK(s.numel() == 1);
  CHECK(s.memory()->bytes == 4);
}

TEST_CASE("what is wrong is refused, and stays with its owner", "[dlpack]") {
  using t = dl::tensor;
  CHECK(io::from_dlpack(static_cast<dl::managed_tensor*>(nullptr)).error() == error_code::invalid_argument);
  CHECK(refused([](producer& p, t&) { p.managed.version.major = 2; }) == error_code::unsupported);
  CHECK(refused([](producer& p, t&) { p.managed.version.minor = 99; }) == error_code::none);
  CHECK(refused([](producer&, t& x) { x.ndim = -1; }) == error_code::unsupported);
  CHECK(refused([](producer&, t& x) { x.ndim = 9; }) == error_code::unsupported);
  CHECK(refused([](producer&, t& x) { x.shape = nullptr; }) == error_code::invalid_argument);
  CHECK(refused([](producer&, t& x) { x.data = nullptr; }) == error_code::invalid_argument);
  CHECK(refused([](producer&, t& x) { x.byte_offset = 2; }) == error_code::invalid_format);
  CHECK(refused([](producer&, t& x) { x.dtype.lanes = 4; }) == error_code::unsupported);
  CHECK(refused([](producer&, t& x) { x.dtype.bits = 8; }) == error_code::unsupported);
  CHECK(refused([](producer&, t& x) { x.dtype.code = 3; }) == error_code::unsupported);
  CHECK(refused([](producer&, t& x) { x.device.device_type = dl::cuda; }) == error_code::device_unavailable);
  CHECK(refused([](producer&, t& x) { x.device.device_type = dl::cuda_host; }) == error_code::none);
  CHECK(refused([](producer& p, t&) { p.extents[0] = -1; }) == error_code::invalid_argument);
  CHECK(refused([](producer& p, t&) { p.extents[0] = INT64_MAX; }) == error_code::size_overflow);
  const auto strided = [](std::int64_t stride) {
    return refused([stride](producer& p, t& x) { p.strides[0] = stride, x.strides = p.strides; });
  };
  CHECK(strided(INT64_MAX) == error_code::size_overflow);
  CHECK(strided(INT64_MIN) == error_code::size_overflow);
  CHECK(strided(INT64_MAX / 4) == error_code::size_overflow);
  CHECK(strided(0) == error_code::none);
  CHECK(io::to_dlpack(any_tensor()).error() == error_code::invalid_argument);
}

}  // namespace tenon_test::dlpack_test
