// The bridge to mdspan: the same addresses, strides and extents on both sides; layouts and index types that cannot hold
// the tensor are refused. Runs against the standard library's mdspan, kokkos/mdspan, or a stand-in, as is there.
#include <tenon/io/mdspan.hpp>

#include "io/files.hpp"

#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_mdspan)
#include <mdspan>
namespace tenon_test::mdspan_test { namespace md = std; }
#elif __has_include(<mdspan/mdspan.hpp>)
#include <mdspan/mdspan.hpp>
namespace tenon_test::mdspan_test { namespace md = Kokkos; }
#else
#include "io/mdspan_stand_in.hpp"
namespace tenon_test::mdspan_test { namespace md = stand_in; }
#endif

namespace tenon_test::mdspan_test {
using tenon::any_tensor;
using tenon::dtype;
using tenon::error_code;
using tenon::index_t;
using tenon::shape;
using tenon::tensor;
namespace io = tenon::io;

namespace {

template <class T, std::size_t Rank, class Layout = md::layout_right, class Index = std::size_t>
using span_of = md::mdspan<T, md::dextents<Index, Rank>, Layout>;

tensor<float> numbers(const shape& s) { return tensor<float>::unchecked(counting(s, dtype::float32)); }

template <class M, class X> concept convertible = requires(X&& x) { io::to_mdspan<M>(std::forward<X>(x)).has_value(); };
static_assert(convertible<span_of<float, 2>, tensor<float>&> && !convertible<span_of<float, 2>, const tensor<float>&>);
static_assert(convertible<span_of<const float, 2>, const tensor<float>&> &&
              !convertible<span_of<const float, 2>, tensor<float>>);
static_assert(!convertible<span_of<double, 2>, tensor<float>&>);

}  // namespace

TEST_CASE("layout_stride takes every view with positive strides, and gives it back", "[mdspan]") {
  auto x = numbers({4, 6});
  tensor<float> views[] = {x,
                           tenon::unwrap(x.transpose(0, 1)),
                           tenon::unwrap(x.slice(1, {.step = 2})),
                           tenon::unwrap(x.narrow(0, 1, 2)),
                           tenon::unwrap(x.narrow(0, 3, 1)),
                           tenon::unwrap(x.narrow(1, 2, 0))};
  for (auto& v : views) {
    const auto m = tenon::unwrap(io::to_mdspan<span_of<float, 2, md::layout_stride>>(v));
    CHECK(m.data_handle() == v.data());
    for (std::size_t d = 0; d < 2; ++d) {
      CHECK(static_cast<index_t>(m.extent(d)) == v.size(static_cast<index_t>(d)));
      if (m.extent(d) > 1 && v.numel() > 0)
        CHECK(static_cast<index_t>(m.stride(d)) == v.stride(static_cast<index_t>(d)));
    }
    const auto back = tenon::unwrap(io::from_mdspan(m));
    check_same(back, v);
    CHECK(back.data() == v.data());
    CHECK(back.writable());
  }
}

TEST_CASE("dense layouts take what is dense in their order", "[mdspan]") {
  auto x = numbers({4, 6});
  auto t = tenon::unwrap(x.transpose(0, 1));
  auto part = tenon::unwrap(x.narrow(1, 0, 3));
  CHECK(io::to_mdspan<span_of<float, 2>>(x).has_value());
  CHECK(io::to_mdspan<span_of<float, 2>>(t).error() == error_code::invalid_argument);
  CHECK(io::to_mdspan<span_of<float, 2>>(part).error() == error_code::invalid_argument);
  CHECK(io::to_mdspan<span_of<float, 2, md::layout_left>>(x).error() == error_code::invalid_argument);
  check_same(tenon::unwrap(io::from_mdspan(tenon::unwrap(io::to_mdspan<span_of<float, 2, md::layout_left>>(t)))), t);
  auto scalar = numbers({});
  CHECK(tenon::unwrap(io::from_mdspan(tenon::unwrap(io::to_mdspan<span_of<float, 0>>(scalar)))).rank() == 0);
  const auto& read_only = x;
  CHECK_FALSE(
      tenon::unwrap(io::from_mdspan(tenon::unwrap(io::to_mdspan<span_of<const float, 2>>(read_only)))).writable());
}

TEST_CASE("what the mdspan cannot hold is refused", "[mdspan]") {
  auto x = numbers({4, 6});
  using strided = span_of<float, 2, md::layout_stride>;
  CHECK(io::to_mdspan<span_of<float, 3>>(x).error() == error_code::shape_mismatch);
  CHECK(io::to_mdspan<md::mdspan<float, md::extents<int, 4, 7>>>(x).error() == error_code::shape_mismatch);
  CHECK(io::to_mdspan<md::mdspan<float, md::extents<int, 4, 6>>>(x).has_value());
  auto backwards = tenon::unwrap(x.slice(0, {.step = -1}));
  CHECK(io::to_mdspan<strided>(backwards).error() == error_code::invalid_argument);
  auto repeated = tenon::unwrap(tenon::unwrap(x.narrow(0, 0, 1)).expand({3, 6}));
  CHECK(io::to_mdspan<strided>(repeated).error() == error_code::invalid_argument);
  auto large = numbers({16, 16});
  CHECK(io::to_mdspan<span_of<float, 2, md::layout_right, unsigned char>>(large).error() == error_code::size_overflow);
  auto diagonal = tenon::unwrap(numbers({40, 40}).diagonal());       // 40 elements, but 41 apart
  CHECK(io::to_mdspan<span_of<float, 1, md::layout_stride, signed char>>(diagonal).error() ==
        error_code::size_overflow);
  CHECK(io::to_mdspan<span_of<float, 1, md::layout_stride, short>>(diagonal).has_value());
  tensor<float> nothing;
  CHECK(io::to_mdspan<span_of<float, 1>>(nothing).error() == error_code::invalid_argument);
}

}  // namespace tenon_test::mdspan_test
