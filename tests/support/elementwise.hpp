#pragma once
// The test of an elementwise op, written once. A case says what the op computes; `check<T...>(case, forms)` holds it, for
// each dtype, against its reference and against itself:
//
//   values      special ones in every combination, and random ones, within the stated bound of the reference
//   forms       op, op_into, op_ and eval(op(lazy)) give the same bits; op_ keeps its memory and allocates nothing
//   layouts     every layout of every operand and of the result gives the bits of the dense one
//   lengths     1 .. 4 lanes + 3, aligned or not, give the bits of a long tensor, and write nothing behind the last element
//   lanes       a special value in any lane gives what it gives alone, and leaves its neighbours alone
//   emptiness   extents 0 and 1, rank 0
//
// Only the calls themselves depend on the dtype (`form_table`); the rest reads and writes elements as long double, which
// holds every value of every real dtype.
#include <tenon/kernels/cpu/math/bounds.hpp>
#include <tenon/kernels/reference/elementwise.hpp>
#include <tenon/ops/lazy.hpp>

#include "cases.hpp"

#include <cstring>
#include <functional>

namespace tenon_test {

namespace cpu = tn::kernels::cpu;
namespace reference = tn::kernels::reference;
using real = long double;
using reference::wide;
using tn::any_tensor;
using tn::dtype;

// An error bound in units in the last place, of a float and of a double result.
struct ulps {
  double single, twice;
  ulps(double both) : single(both), twice(both) {}
  ulps(double s, double d) : single(s), twice(d) {}
  ulps(tn::kernels::cpu::ulp_bound b) : single(b.float32), twice(b.float64) {}
  friend ulps operator+(ulps a, ulps b) { return {a.single + b.single, a.twice + b.twice}; }
};

// On a GPU the bounds of CUDA's own functions hold (kernels/cuda/lane.cuh): up to these many ulp more than the CPU's, where those are not rounded.
inline const real wider_on_device = test_device == tn::device::cpu ? 0 : 5;

struct op_case {
  const char* name;
  int arity = 1;  // set by check_unary, ...
  std::function<real(const real*)> of = {};  // of floating operands; bools are given and answered as 0 and 1
  std::function<wide(const wide*)> of_integers = {};  // the result is wrapped to its dtype
  ulps bound = 0.5;  // of a half result: float's, and one more rounding
  std::vector<std::pair<double, double>> range = {};  // where random operands come from, [-8, 8) if it is not said
  std::function<real(const real*)> slack = {};  // what the result may be off beside the bound, in units of 2^-digits
  std::function<real(const real*)> grains = {};  // the same in units of the smallest subnormal of float or double
  std::function<bool(const real*)> skip = {};  // operands of which the contract says nothing
  std::vector<double> extra = {};  // further special values
  bool any_zero = false;  // the sign of a zero result is not part of the contract
};

// The ways to call an op, with operands of one dtype. in_place is null where the op has no such form.
struct form_table {
  dtype in, out;
  tn::result<any_tensor> (*eager)(const any_tensor* x) = nullptr;
  tn::result<any_tensor> (*lazy)(const any_tensor* x) = nullptr;
  tn::result<void> (*into)(const any_tensor& out, const any_tensor* x) = nullptr;
  tn::result<void> (*in_place)(const any_tensor* x) = nullptr;  // x[0] is written
};

// op, op_into and op_ as generic functions; further arguments of the op may follow:  TENON_FORMS(clamp, 0, 1)
#define TENON_FORMS(op, ...)        \
  TENON_TWO_FORMS(op, __VA_ARGS__), \
      [](auto& x, const auto&... rest) { return tn::op##_(x, rest... __VA_OPT__(, ) __VA_ARGS__); }
// Of an op that has no form in place.
#define TENON_TWO_FORMS(op, ...)                                            \
  [](const auto&... x) { return tn::op(x... __VA_OPT__(, ) __VA_ARGS__); }, \
      [](auto& out, const auto&... x) { return tn::op##_into(out, x... __VA_OPT__(, ) __VA_ARGS__); }

template <class R>
tn::result<any_tensor> untyped(const R& r) {
  if (!r) return r.error();
  return r->any();
}

template <class T>
tn::tensor<T> at(const any_tensor* x, std::size_t i) {
  return tn::tensor<T>::unchecked(x[i]);
}

template <class T, class Op, class Into, class InPlace, std::size_t First, std::size_t... Rest>
form_table make_forms(std::index_sequence<First, Rest...>) {
  using X = tn::tensor<T>;
  using R = typename decltype(Op{}(X(), (static_cast<void>(Rest), X())...))::value_type;
  form_table t{tn::dtype_of<T>, tn::dtype_of<typename R::value_type>};
  t.eager = [](const any_tensor* x) { return untyped(Op{}(at<T>(x, First), at<T>(x, Rest)...)); };
  t.lazy = [](const any_tensor* x) {
    return untyped(tn::eval(Op{}(tn::lazy(at<T>(x, First)), tn::lazy(at<T>(x, Rest))...)));
  };
  t.into = [](const any_tensor& out, const any_tensor* x) {
    auto o = R::unchecked(out);
    return Into{}(o, at<T>(x, First), at<T>(x, Rest)...);
  };
  if constexpr (!std::is_null_pointer_v<InPlace>)
    t.in_place = [](const any_tensor* x) {
      auto target = at<T>(x, First);
      return InPlace{}(target, at<T>(x, Rest)...);
    };
  return t;
}

// ---- elements as numbers ----------------------------------------------------------------------------------------------
inline real get(dtype d, const std::byte* p) {
  return tn::visit(d, [&]<class T>(tn::type_tag<T>) -> real {
    T v;
    std::memcpy(&v, p, sizeof v);
    if constexpr (tn::complex_type<T>)
      return static_cast<real>(v.real());
    else
      return static_cast<real>(static_cast<tn::compute_t<T>>(v));
  });
}
inline void set(dtype d, std::byte* p, real x) {
  tn::visit(d, [&]<class T>(tn::type_tag<T>) {
    T v;
    if constexpr (tn::half_type<T>)
      v = T(static_cast<double>(x));
    else if constexpr (std::is_same_v<T, bool>)
      v = x != 0;
    else if constexpr (tn::complex_type<T>)
      v = T(static_cast<tn::real_t<T>>(x));
    else if constexpr (std::is_integral_v<T>)              // the nearest that there is; a plain conversion would be undefined
      v = !(x > static_cast<real>(std::numeric_limits<T>::min())) ? (x == x ? std::numeric_limits<T>::min() : T(0))
          : x < static_cast<real>(std::numeric_limits<T>::max()) ? static_cast<T>(x)
                                                                 : std::numeric_limits<T>::max();
    else
      v = static_cast<T>(x);
    std::memcpy(p, &v, sizeof v);
  });
}

// The pointers to the elements in logical order.
inline std::vector<std::byte*> elements(any_tensor x) {
  std::vector<std::byte*> all;
  index_t position[tn::max_rank] = {};
  for (index_t i = 0, n = x.numel(); i < n; ++i) {
    index_t offset = 0;
    for (int d = 0; d < x.rank(); ++d) offset += position[d] * x.stride(d);
    all.push_back(x.bytes() + offset * tn::size_of(x.dtype()));
    for (int d = x.rank() - 1; d >= 0 && ++position[d] >= x.size(d); --d) position[d] = 0;
  }
  return all;
}
inline std::vector<real> read(const any_tensor& x) {
  std::vector<real> v;
  for (const std::byte* p : elements(x)) v.push_back(get(x.dtype(), p));
  return v;
}
inline any_tensor allocate(dtype d, const tn::shape& s) { return tn::unwrap(tn::allocate_tensor("test", s, d, test_device)); }
inline any_tensor store(any_tensor x, const std::vector<real>& v) {
  std::size_t i = 0;
  for (std::byte* p : elements(x)) set(x.dtype(), p, v[i++]);
  return x;
}
inline any_tensor tensor_of(dtype d, const tn::shape& s, const std::vector<real>& v) {
  return store(allocate(d, s), v);
}

// Equal in every bit, or both NaN.
inline bool same_element(dtype d, const std::byte* a, const std::byte* b) {
  if (std::memcmp(a, b, static_cast<std::size_t>(tn::size_of(d))) == 0) return true;
  return (tn::is_floating(d) || tn::is_complex(d)) && std::isnan(get(d, a)) && std::isnan(get(d, b));
}
// The first index at which they differ, or -1.
inline index_t first_difference(const any_tensor& a, const any_tensor& b) {
  const auto x = elements(a), y = elements(b);
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!same_element(a.dtype(), x[i], y[i])) return static_cast<index_t>(i);
  return -1;
}

struct float_format {
  int digits, least_exponent;
  real most;
};
inline float_format format_of(dtype d) {
  switch (d) {
    case dtype::float16: return {11, -13, 65504.0L};
    case dtype::bfloat16: return {8, -125, 0x1.FEp127L};
    case dtype::float32: return {24, -125, static_cast<real>(std::numeric_limits<float>::max())};
    default: return {53, -1021, static_cast<real>(std::numeric_limits<double>::max())};
  }
}
inline real ulp(dtype d, real x) {
  const auto f = format_of(d);
  int exponent = 0;
  std::frexp(x, &exponent);
  return std::ldexp(1.0L, (exponent < f.least_exponent || x == 0 ? f.least_exponent : exponent) - f.digits);
}

// ---- operands ---------------------------------------------------------------------------------------------------------
inline std::vector<real> special_values(dtype d, const op_case& c) {
  std::vector<real> v;
  if (d == dtype::boolean) return {0, 1};
  if (tn::is_integer(d)) {
    tn::visit(d, [&]<class T>(tn::type_tag<T>) {
      if constexpr (tn::integer<T>) {
        using limits = std::numeric_limits<T>;
        for (const T x : {T(0), T(1), T(-1), T(2), T(3), T(7), T(-5), T(100), limits::max(), limits::lowest(),
                          T(limits::lowest() + 1), T(limits::max() / 2)})
          v.push_back(static_cast<real>(x));
      }
    });
  } else {
    const auto f = format_of(d);
    const real smallest = ulp(d, 0), normal = std::ldexp(1.0L, f.least_exponent - 1);
    for (const real x :
         {real(0), 0.5L, 1.0L, 1.5L, 2.0L, 2.5L, 3.0L, 7.0L, 0.125L, 20.0L, 90.0L, 1000.0L, smallest, normal,
          normal - smallest, f.most, static_cast<real>(inf), 1.0L - ulp(d, 0.75L), 1.0L + ulp(d, 1.0L)}) {
      v.push_back(x);
      v.push_back(-x);
    }
    v.push_back(static_cast<real>(NaN));
  }
  for (const double x : c.extra) v.push_back(x);
  std::byte place[16];  // as the dtype rounds them
  for (auto& x : v) {
    set(d, place, x);
    x = get(d, place);
  }
  return v;
}
inline std::vector<real> random_values(dtype d, const op_case& c, int operand, std::size_t n) {
  const auto [low, high] = static_cast<std::size_t>(operand) < c.range.size()
                               ? c.range[static_cast<std::size_t>(operand)]
                           : c.range.empty() ? std::pair(-8.0, 8.0)
                                             : c.range.back();
  std::vector<real> v;
  std::byte place[16];
  for (const double x : uniform(n, tn::is_integer(d) && d == dtype::uint8 && low < 0 ? 0 : low, high,
                                static_cast<std::uint64_t>(operand) + 7)) {
    set(d, place, d == dtype::boolean ? static_cast<real>(x > (low + high) / 2) : static_cast<real>(x));
    v.push_back(get(d, place));
  }
  return v;
}

// Every layout of a tensor of shape s with values v; and, where the values repeat along a dimension, a broadcast one.
inline std::vector<std::pair<const char*, any_tensor>> layouts_of(dtype d, const tn::shape& s,
                                                                  const std::vector<real>& v) {
  std::vector<std::pair<const char*, any_tensor>> all;
  tn::visit(d, [&]<class T>(tn::type_tag<T>) {
    if constexpr (!tn::complex_type<T>)
      for (const auto& [name, x] : layouts<T>(s, std::vector<double>(v.size())))
        all.emplace_back(name, store(x.any(), v));
  });
  return all;
}

// ---- the checks -------------------------------------------------------------------------------------------------------
class op_check {
 public:
  op_check(const op_case& c, const form_table& forms) : c_(c), f_(forms) {}

  void run() const {
    INFO(c_.name << " of " << tn::name_of(f_.in));
    values();
    layouts();
    lengths();
    lanes();
    emptiness();
  }

 private:
  using operands = std::vector<any_tensor>;

  any_tensor call(const operands& x) const {
    auto r = f_.eager(x.data());
    INFO(r.error().message());
    REQUIRE(r.has_value());
    return *r;
  }
  bool close(real got, real want, const real* x) const {
    if (!tn::is_floating(f_.out)) return got == want;
    if (std::isnan(want)) return std::isnan(got);
    if (want == 0 && got == 0) return c_.any_zero || std::signbit(got) == std::signbit(want);
    const auto f = format_of(f_.out);
    // A half result is float's, within its bound, rounded once more.
    const bool is_half = f.digits < 24;
    const auto stated = [](double b) { return static_cast<real>(b) + (b > 0.5 ? wider_on_device : 0); };
    const real single = stated(c_.bound.single);
    const real bound = is_half          ? 0.5L + single * std::ldexp(1.0L, f.digits - 24)
                       : f.digits == 24 ? single
                                        : stated(c_.bound.twice);
    real allowed = bound * ulp(f_.out, want);
    if (c_.slack) allowed += c_.slack(x) * std::ldexp(1.0L, is_half ? -24 : -f.digits);
    if (c_.grains && !is_half) allowed += c_.grains(x) * ulp(f_.out, 0);
    if (std::isinf(want)) return got == want;
    if (std::isinf(got))
      return std::signbit(got) == std::signbit(want) && std::fabs(want) + allowed >= f.most + ulp(f_.out, f.most) / 2;
    if (std::fabs(want) > f.most)
      return std::fabs(got) == f.most && std::fabs(want) - allowed <= f.most + ulp(f_.out, f.most) / 2;
    return std::fabs(got - want) <= allowed;
  }
  real expected(const real* x) const {
    if (!tn::is_integer(f_.in) || !c_.of_integers) return c_.of(x);
    wide n[3];
    for (int i = 0; i < c_.arity; ++i) n[i] = static_cast<wide>(x[i]);
    const wide y = c_.of_integers(n);
    return tn::visit(f_.out, [&]<class T>(tn::type_tag<T>) -> real {
      if constexpr (tn::integer<T>)
        return static_cast<real>(static_cast<T>(static_cast<std::uint64_t>(y)));
      else
        return static_cast<real>(y);
    });
  }
  void compare(const any_tensor& got, const std::vector<std::vector<real>>& x) const {
    const auto y = read(got);
    index_t failures = 0;
    double worst = 0;
    std::string first;
    for (std::size_t i = 0; i < y.size(); ++i) {
      real at[3];
      for (int k = 0; k < c_.arity; ++k) at[k] = x[static_cast<std::size_t>(k)][i];
      if (c_.skip && c_.skip(at)) continue;
      const real want = expected(at);
      if (tn::is_floating(f_.out) && std::isfinite(want) && std::isfinite(y[i]))
        worst = std::fmax(worst, static_cast<double>(std::fabs(y[i] - want) / ulp(f_.out, want)));
      if (close(y[i], want, at)) continue;
      if (failures++ != 0) continue;
      char text[200];
      std::snprintf(text, sizeof text, "(%.20Lg, %.20Lg, %.20Lg) gives %.20Lg, want %.20Lg", at[0],
                    c_.arity > 1 ? at[1] : 0, c_.arity > 2 ? at[2] : 0, y[i], want);
      first = text;
    }
    if (std::getenv("TENON_TEST_VERBOSE") && tn::is_floating(f_.out))
      std::printf("%-20s %-9s %8.3f ulp\n", c_.name, tn::name_of(f_.in), worst);
    INFO(failures << " of " << y.size() << " are wrong; the first: " << first);
    CHECK(failures == 0);
  }
  void same(const any_tensor& a, const any_tensor& b, const char* what) const {
    const index_t at = first_difference(a, b);
    INFO(what << " differs at element " << at);
    REQUIRE(at == -1);
  }

  void values() const {
    const auto special = special_values(f_.in, c_);
    std::vector<std::vector<real>> x(static_cast<std::size_t>(c_.arity));
    const std::size_t n = special.size();
    std::size_t combinations = 1;
    for (int k = 0; k < c_.arity; ++k) combinations *= n;
    for (std::size_t i = 0; i < combinations; ++i) {
      std::size_t rest = i;
      for (auto& v : x) {
        v.push_back(special[rest % n]);
        rest /= n;
      }
    }
#if defined(TENON_TEST_REDUCED)
    constexpr std::size_t random = 500;
#else
    constexpr std::size_t random = 20000;
#endif
    for (int k = 0; k < c_.arity; ++k)
      for (const real v : random_values(f_.in, c_, k, random)) x[static_cast<std::size_t>(k)].push_back(v);
    operands t;
    for (const auto& v : x) t.push_back(tensor_of(f_.in, {static_cast<index_t>(v.size())}, v));
    compare(call(t), x);
  }

  std::vector<std::vector<real>> random_operands(std::size_t n) const {
    std::vector<std::vector<real>> x;
    for (int k = 0; k < c_.arity; ++k) x.push_back(random_values(f_.in, c_, k, n));
    return x;
  }
  operands dense(const std::vector<std::vector<real>>& x, const tn::shape& s) const {
    operands t;
    for (const auto& v : x) t.push_back(tensor_of(f_.in, s, v));
    return t;
  }

  void layouts() const {
    for (const tn::shape& s : {tn::shape{3, 5, 7}, tn::shape{2, 70}, tn::shape{130}}) {
      const auto x = random_operands(static_cast<std::size_t>(s.numel()));
      const auto base = dense(x, s);
      const auto want = call(base);
      same(tn::unwrap(f_.lazy(base.data())), want, "eval(op(lazy(x)))");
      std::vector<std::vector<std::pair<const char*, any_tensor>>> forms;
      for (const auto& v : x) forms.push_back(layouts_of(f_.in, s, v));
      for (int k = 0; k < c_.arity; ++k)
        for (const auto& [name, view] : forms[static_cast<std::size_t>(k)])
          for (const auto& [other_name, other] : forms.back()) {  // with the last operand in each layout, too
            auto t = base;
            t.back() = other;
            t[static_cast<std::size_t>(k)] = view;
            INFO("operand " << k << " is " << name << ", the last " << other_name);
            same(call(t), want, "the result");
            if (!f_.in_place || k != 0 || tn::is_complex(f_.out)) continue;
            t[0] = clone(view);
            if (c_.arity == 1 && name != other_name) continue;
            written_in_place(t, want);
          }
      for (const auto& [name, out] : layouts_of(f_.out, s, std::vector<real>(static_cast<std::size_t>(s.numel())))) {
        INFO("out is " << name);
        REQUIRE(f_.into(out, base.data()).has_value());
        same(out, want, "op_into");
      }
      broadcast(s, x);
    }
  }
  // A view with the same strides on memory of its own.
  static any_tensor clone(const any_tensor& view) {
    const auto& m = view.memory();
    auto copy = allocate(view.dtype(), {static_cast<index_t>(m->bytes) / tn::size_of(view.dtype())});
    std::memcpy(copy.bytes(), m->data, m->bytes);
    return any_tensor(copy.memory(), copy.bytes() + (view.bytes() - m->data), view.shape(), view.strides(),
                      view.dtype(), view.where());
  }
  void written_in_place(const operands& t, const any_tensor& want) const {
    const std::byte* data = t[0].bytes();
    const auto version = t[0].version();
    const auto before = tn::memory::statistics(test_device).calls;
    const auto r = f_.in_place(t.data());
    const auto after = tn::memory::statistics(test_device).calls;
    INFO(r.error().message());
    REQUIRE(r.has_value());
    CHECK(after == before);
    CHECK(t[0].bytes() == data);
    CHECK(t[0].version() > version);
    if (f_.out == f_.in) return same(t[0], want, "op_");
    const auto got = read(t[0]), wanted = read(want);  // a bool result as 0 and 1 in the operand's dtype
    for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(got[i] == wanted[i]);
  }
  // Each operand in turn repeated along each dimension, against the same values written out.
  void broadcast(const tn::shape& s, const std::vector<std::vector<real>>& x) const {
    for (int k = 0; k < c_.arity; ++k)
      for (int d = -1; d < s.rank(); ++d) {  // -1: one element for all
        tn::shape small = s;
        if (d < 0)
          small = tn::shape{};
        else
          small.set(d, 1);
        auto t = dense(x, s);
        auto& operand = t[static_cast<std::size_t>(k)];
        const auto few = tensor_of(f_.in, small, x[static_cast<std::size_t>(k)]);
        operand = tensor_of(f_.in, s, read(tn::unwrap(few.expand(s))));
        const auto want = call(t);
        operand = few;
        INFO("operand " << k << " is repeated along " << d);
        if (c_.arity > 1) same(call(t), want, "the result");
        operand = tn::unwrap(few.expand(s));
        same(call(t), want, "the result of the expanded view");
      }
  }

  static index_t most_lanes() { return tn::kernels::cpu::register_bytes; }
  void lengths() const {
    const index_t longest = 4 * most_lanes() / std::min(tn::size_of(f_.in), tn::size_of(f_.out)) + 3;
    const auto x = random_operands(static_cast<std::size_t>(longest));
    const auto all = dense(x, {longest});
    const auto want = call(all);
    const index_t item = tn::size_of(f_.out);
    for (index_t n = 1; n <= longest; ++n)
      for (const index_t start : {index_t{0}, index_t{1}}) {
        if (start + n > longest) continue;
        operands t;
        for (const auto& a : all) t.push_back(tn::unwrap(a.narrow(0, start, n)));
        auto out = allocate(f_.out, {n + 2});
        std::memset(out.bytes(), 0x55, static_cast<std::size_t>((n + 2) * item));
        const auto window = tn::unwrap(out.narrow(0, 1, n));
        REQUIRE(f_.into(window, t.data()).has_value());
        INFO("length " << n << " from " << start);
        same(window, tn::unwrap(want.narrow(0, start, n)), "the result");
        for (index_t b = 0; b < item; ++b) {
          REQUIRE(out.bytes()[b] == std::byte{0x55});
          REQUIRE(out.bytes()[(n + 1) * item + b] == std::byte{0x55});
        }
      }
  }
  void lanes() const {
    const index_t n = 2 * most_lanes() / std::min(tn::size_of(f_.in), tn::size_of(f_.out)) + 3;
    const auto special = special_values(f_.in, c_);
    const auto x = random_operands(static_cast<std::size_t>(n));
    const auto plain = call(dense(x, {n}));
    for (std::size_t at = 0; at < static_cast<std::size_t>(n); ++at)
      for (int k = 0; k < c_.arity; ++k) {
        auto y = x;
        y[static_cast<std::size_t>(k)][at] = special[(at + static_cast<std::size_t>(3 * k)) % special.size()];
        const auto got = call(dense(y, {n}));
        operands alone;
        for (const auto& v : y) alone.push_back(tensor_of(f_.in, {1}, {v[at]}));
        INFO("lane " << at << ", operand " << k);
        const auto where = static_cast<index_t>(at);
        same(tn::unwrap(got.narrow(0, where, 1)), call(alone), "the element");
        same(tn::unwrap(got.narrow(0, 0, where)), tn::unwrap(plain.narrow(0, 0, where)), "a neighbour before it");
        same(tn::unwrap(got.narrow(0, where + 1, n - where - 1)), tn::unwrap(plain.narrow(0, where + 1, n - where - 1)),
             "a neighbour behind it");
      }
  }
  void emptiness() const {
    for (const tn::shape& s : {tn::shape{0}, tn::shape{3, 0, 2}, tn::shape{1}, tn::shape{1, 1, 1}, tn::shape{}}) {
      const auto x = random_operands(1);
      operands t;
      for (const auto& v : x) t.push_back(s.numel() == 0 ? allocate(f_.in, s) : tensor_of(f_.in, s, v));
      const auto r = call(t);
      CHECK(r.shape() == s);
      if (s.numel() == 1) compare(r, x);
      CHECK(f_.into(r, t.data()).has_value());
      if (f_.in_place) CHECK(f_.in_place(t.data()).has_value());
    }
  }

  const op_case& c_;
  const form_table& f_;
};

// The whole test of an op with one, two or three operands, all of type T, for each T.
template <int Arity, class T, class Op, class Into, class InPlace>
void check_dtype(op_case c) {
  c.arity = Arity;
  const auto forms = make_forms<T, Op, Into, InPlace>(std::make_index_sequence<Arity>{});
  op_check(c, forms).run();
}
template <class... Ts, class Op, class Into, class InPlace = std::nullptr_t>
void check_unary(const op_case& c, Op, Into, InPlace = nullptr) {
  (check_dtype<1, Ts, Op, Into, InPlace>(c), ...);
}
template <class... Ts, class Op, class Into, class InPlace = std::nullptr_t>
void check_binary(const op_case& c, Op, Into, InPlace = nullptr) {
  (check_dtype<2, Ts, Op, Into, InPlace>(c), ...);
}
template <class... Ts, class Op, class Into, class InPlace = std::nullptr_t>
void check_ternary(const op_case& c, Op, Into, InPlace = nullptr) {
  (check_dtype<3, Ts, Op, Into, InPlace>(c), ...);
}

// The dtypes of most ops, and references written as an expression of x[0], x[1], ...
#define TENON_FLOATS float, double, tn::half, tn::bfloat16
#if defined(TENON_TEST_REDUCED)
#define TENON_INTEGERS std::uint8_t, std::int32_t
#else
#define TENON_INTEGERS std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t
#endif
#define TENON_REAL(...) []([[maybe_unused]] const real* x) -> real { return __VA_ARGS__; }
#define TENON_WHOLE(...) [](const wide* x) -> wide { return __VA_ARGS__; }

}  // namespace tenon_test
