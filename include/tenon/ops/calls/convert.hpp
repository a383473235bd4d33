#pragma once
// Conversion between dtypes that are known at run time only, by the rule of ops/cast.hpp.
//
// 12 x 12 kernels would cost every program that asks for one. Instead a block is loaded into the widest type of its kind
// (int64, double, complex<double>), which is exact, and stored from there: 12 loads and 28 stores.
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

template <class T>
using widest = std::conditional_t<complex_type<T>, std::complex<double>, std::conditional_t<floating<T>, double, std::int64_t>>;

template <class From, class To>
constexpr kernels::elementwise_function conversion() {
  using F = functions::convert_to<To>;
  return kernels::cpu::elementwise_function_of<apply<F, argument<0, From>>, To>();
}
template <class From, class To>
inline constexpr bool convertible = !complex_type<From> || complex_type<To> || std::is_same_v<To, bool>;

struct conversion_plan {
  kernels::elementwise_function load, store;
  index_t from, to;                            // bytes of an element

  static void run(const void* data, void* out, const void* const* in, index_t n) {
    const auto& p = *static_cast<const conversion_plan*>(data);
    constexpr index_t block = 256;
    alignas(64) std::byte wide[block * 16];
    const char none = 0;                       // the functors have no members: their plans are empty
    for (index_t begin = 0; begin < n; begin += block) {
      const index_t count = n - begin < block ? n - begin : block;
      const void* source = static_cast<const std::byte*>(in[0]) + begin * p.from;
      p.load(&none, wide, &source, count);
      source = wide;
      p.store(&none, static_cast<std::byte*>(out) + begin * p.to, &source, count);
    }
  }
};

// A template so that only programs that convert at run time pay for its kernels.
template <class = void>
conversion_plan plan_conversion(dtype from, dtype to) {
  conversion_plan p{nullptr, nullptr, size_of(from), size_of(to)};
  p.load = visit(from, []<class T>(type_tag<T>) { return conversion<T, widest<T>>(); });
  const auto store_from = [&]<class Wide>(type_tag<Wide>) {
    return visit(to, []<class T>(type_tag<T>) -> kernels::elementwise_function {
      if constexpr (convertible<Wide, T>)
        return conversion<Wide, T>();
      else
        return nullptr;
    });
  };
  p.store = is_complex(from)    ? store_from(type_tag<std::complex<double>>{})
            : is_floating(from) ? store_from(type_tag<double>{})
                                : store_from(type_tag<std::int64_t>{});
  return p;
}

// The same on a device: any type is read as the widest of its kind, and written as any other.
template <class T>
inline constexpr kernels::device_function conversion_from = {
    &kernels::device_entry<kernels::elementwise_kernel<functions::identity, T>, device::cuda>,
    [](const void*, kernels::elementwise_arguments& a) {
      static constexpr functions::identity f;
      a.function = &f;
      a.count = a.tensor[0] = 1;
    }};
inline const kernels::device_function* device_conversion(dtype from) {
  return is_complex(from) ? &conversion_from<std::complex<double>> : is_floating(from) ? &conversion_from<double> : &conversion_from<index_t>;
}

// From complex to real there is no conversion.
inline result<void> check_convertible(const char* op, dtype from, dtype to) {
  if (!is_complex(from) || is_complex(to) || to == dtype::boolean) return {};
  return error(error_code::dtype_mismatch, op, make_text("a ", from, " tensor has no one real value: take real(x), imag(x) or abs(x)"));
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls
