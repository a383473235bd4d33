#pragma once
// Pooling on the CPU. One output row at a time: as many windows as a vector has lanes take each tap together, where neighbouring
// windows start at neighbouring elements or at every second one. In other layouts, and where a row has fewer windows, all windows of the
// row take one step together, in a plain loop. Windows at the border, and adaptive ones, differ in length and go one by one.
//
// Tried      Plain loops for all, left to the compiler (g++ 12, Zen 4): twice as long for maxima and averages of 3 x 3, stride 2.
// Precision  Averages of half and bfloat16 are summed up in float, in the order of the window.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/pooling.hpp>

#include <limits>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class T>
class pooling_row {
  using C = compute_t<T>;

 public:
  pooling_row(const pooling_plan& plan, const pooling_operands<T>& operands, std::byte* memory)
      : p(plan), s(plan.s), o(operands), sums(reinterpret_cast<C*>(memory)) {
    // Windows [inner_begin, inner_end) of a row lie wholly inside the input.
    inner_begin = inner_end = 0;
    if (s.adaptive) return;
    const auto inside = [&](index_t i) { return s.window(2, i).count == s.kernel[2]; };
    while (inner_begin < s.out[2] && !inside(inner_begin)) ++inner_begin;
    inner_end = s.out[2];
    while (inner_end > inner_begin && !inside(inner_end - 1)) --inner_end;
  }

  void run(index_t row) {
    const index_t oh = row % s.out[1], od = row / s.out[1] % s.out[0], plane = row / (s.out[1] * s.out[0]);
    depth = s.window(0, od);
    height = s.window(1, oh);
    image = o.x.data + plane / s.channels * o.x.stride[0] + plane % s.channels * o.x.stride[1];
    T* const out = o.out + row * s.out[2];
    if (depth.count == 0 || height.count == 0) {
      for (index_t i = 0; i < s.out[2]; ++i) nothing(out[i], o.indices ? &o.indices[row * s.out[2] + i] : nullptr);
      return;
    }
    if (o.indices) {
      for (index_t i = 0; i < s.out[2]; ++i) locate(out[i], o.indices[row * s.out[2] + i], s.window(2, i));
      return;
    }
    for (index_t i = 0; i < inner_begin; ++i) out[i] = single(s.window(2, i));
    for (index_t i = inner_end; i < s.out[2]; ++i) out[i] = single(s.window(2, i));
    if (inner_end > inner_begin) together(out);
  }

 private:
  static C larger(C a, C b) { return b > a || b != b ? b : a; }                  // NaN wins, and stays
  static C start_of(pooling_kind kind, C first) { return kind == pooling_kind::maximum ? first : C(0); }

  template <class F>
  void for_each_line(F f) const {
    for (index_t d = 0; d < depth.count; ++d)
      for (index_t h = 0; h < height.count; ++h) {
        const index_t at_d = depth.start + d * s.dilation[0], at_h = height.start + h * s.dilation[1];
        f(image + at_d * o.x.stride[2] + at_h * o.x.stride[3], at_d, at_h);
      }
  }
  C divisor(const pooling_window& w) const {
    if (s.divisor != 0) return static_cast<C>(s.divisor);
    const auto volume = [](index_t d, index_t h, index_t v) { return static_cast<double>(d) * static_cast<double>(h) * static_cast<double>(v); };
    return static_cast<C>(s.count_padding ? volume(depth.padded, height.padded, w.padded) : volume(depth.count, height.count, w.count));
  }
  T finish(C value, const pooling_window& w) const {
    return static_cast<T>(p.kind == pooling_kind::maximum ? value : static_cast<C>(value / divisor(w)));
  }

  // A window whose every tap falls into the padding (dilation can do that): nothing to take the maximum of, a sum of zero.
  void nothing(T& out, std::int64_t* index) const {
    constexpr C lowest = std::numeric_limits<C>::has_infinity ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::lowest();
    out = static_cast<T>(p.kind == pooling_kind::maximum ? lowest : C(0));
    if (index) *index = 0;
  }

  T single(const pooling_window& w) const {
    if (w.count == 0) {
      T out;
      nothing(out, nullptr);
      return out;
    }
    const index_t x_step = s.dilation[2] * o.x.stride[4];
    C value = start_of(p.kind, static_cast<C>(image[depth.start * o.x.stride[2] + height.start * o.x.stride[3] + w.start * o.x.stride[4]]));
    for_each_line([&](const T* line, index_t, index_t) {
      for (index_t k = 0; k < w.count; ++k) {
        const C x = static_cast<C>(line[w.start * o.x.stride[4] + k * x_step]);
        value = p.kind == pooling_kind::maximum ? larger(value, x) : static_cast<C>(value + x);
      }
    });
    return finish(value, w);
  }

  void together(T* out) {
    const index_t x_step = s.stride[2] * o.x.stride[4];
    if (x_step == 1 ? in_vectors<1>(out) : x_step == 2 && in_vectors<2>(out)) return;
    if (p.kind == pooling_kind::maximum)
      one_by_one(out, x_step, [](C first) { return first; }, [](C a, C b) { return larger(a, b); }, [](C value, C) { return static_cast<T>(value); });
    else
      one_by_one(out, x_step, [](C) { return C(0); }, [](C a, C b) { return static_cast<C>(a + b); },
                 [](C value, C size) { return static_cast<T>(static_cast<C>(value / size)); });
  }
  template <class Start, class F, class Finish>
  void one_by_one(T* out, index_t x_step, Start start, F f, Finish finished) {
    const index_t count = inner_end - inner_begin, tap = s.dilation[2] * o.x.stride[4];
    const pooling_window w = s.window(2, inner_begin);
    const C size = p.kind == pooling_kind::maximum ? C(1) : divisor(w);
    const T* const first = image + depth.start * o.x.stride[2] + height.start * o.x.stride[3] + w.start * o.x.stride[4];
    for (index_t i = 0; i < count; ++i) sums[i] = start(static_cast<C>(first[i * x_step]));
    for_each_line([&](const T* line, index_t, index_t) {
      for (index_t k = 0; k < s.kernel[2]; ++k) {
        const T* const x = line + w.start * o.x.stride[4] + k * tap;
        for (index_t i = 0; i < count; ++i) sums[i] = f(sums[i], static_cast<C>(x[i * x_step]));
      }
    });
    for (index_t i = 0; i < count; ++i) out[inner_begin + i] = finished(sums[i], size);
  }

  // False if there are too few windows for a vector, or for a half of one.
  template <int Step>
  bool in_vectors(T* out) const {
    constexpr int N = lanes<C>, half = N >= 8 ? N / 2 : N;
    const index_t count = inner_end - inner_begin;
    if (count < half || (p.kind == pooling_kind::average && std::is_integral_v<C>)) return false;
    if (p.kind == pooling_kind::maximum)
      count >= N ? vectors<N, Step, true>(out) : vectors<half, Step, true>(out);
    else if constexpr (!std::is_integral_v<C>)
      count >= N ? vectors<N, Step, false>(out) : vectors<half, Step, false>(out);
    return true;
  }
  // x[0], x[Step], ..., and nothing behind the last of them.
  template <int N, int Step>
  TENON_INLINE static vec<C, N> every(const T* x) {
    const auto front = load_as<C, N>(x);
    if constexpr (Step == 1) {
      return front;
    } else {
      const auto back = load_as<C, N>(x + N - 1);
      return [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
        return vec<C, N>::from_array(shuffle<C, N, (2 * I < N ? 2 * I : 2 * I + 1)...>(front.lanes_array(), back.lanes_array()));
      }(std::make_integer_sequence<int, N>{});
    }
  }
  // The last vector of a row begins over some windows of the one before it.
  template <int N, int Step, bool Maximum>
  [[gnu::noinline]] void vectors(T* out) const {
    using V = vec<C, N>;
    const index_t count = inner_end - inner_begin, tap = s.dilation[2] * o.x.stride[4];
    const pooling_window w = s.window(2, inner_begin);
    [[maybe_unused]] const V size(Maximum ? C(1) : divisor(w));
    const index_t row = depth.start * o.x.stride[2] + height.start * o.x.stride[3], column = w.start * o.x.stride[4];
    for (index_t done = 0; done < count; done += N) {
      const index_t i = done + N <= count ? done : count - N;
      V value(C(0));
      if constexpr (Maximum) value = every<N, Step>(image + row + column + i * Step);
      for_each_line([&](const T* line, index_t, index_t) TENON_INLINE_LAMBDA {
        const T* x = line + column + i * Step;
        for (index_t k = 0; k < s.kernel[2]; ++k, x += tap) {
          const V v = every<N, Step>(x);
          if constexpr (!Maximum) {
            value = value + v;
          } else if constexpr (std::is_integral_v<C>) {
            value = select(v > value, v, value);
          } else {
            value = select(v != v, v, at_least(value, v));             // as larger() does; a NaN that value has stays there
          }
        }
      });
      if constexpr (!Maximum) value = value / size;
      store_as(out + inner_begin + i, value);
    }
  }

  void locate(T& out, std::int64_t& index, const pooling_window& w) const {
    if (w.count == 0) return nothing(out, &index);
    const index_t x_step = s.dilation[2] * o.x.stride[4];
    C best = static_cast<C>(image[depth.start * o.x.stride[2] + height.start * o.x.stride[3] + w.start * o.x.stride[4]]);
    index_t place = (depth.start * s.in[1] + height.start) * s.in[2] + w.start;
    for_each_line([&](const T* line, index_t at_d, index_t at_h) {
      for (index_t k = 0; k < w.count; ++k) {
        const C x = static_cast<C>(line[w.start * o.x.stride[4] + k * x_step]);
        if (!(x > best) && x == x) continue;                 // of several NaN the last, as in PyTorch
        best = x;
        place = (at_d * s.in[1] + at_h) * s.in[2] + w.start + k * s.dilation[2];
      }
    });
    out = static_cast<T>(best);
    index = place;
  }

  const pooling_plan& p;
  const pooling_shape& s;
  const pooling_operands<T>& o;
  C* sums;                                     // (OW)
  const T* image = nullptr;
  pooling_window depth, height;
  index_t inner_begin, inner_end;
};

}  // namespace detail

template <class T>
status run_pooling(const context& ctx, const pooling_plan& p, const pooling_operands<T>& o, std::byte* workspace) {
  ctx.parallel(p.tasks, [&](index_t task) {
    detail::pooling_row<T> row(p, o, workspace + task * p.task_bytes);
    const index_t end = (task + 1) * p.rows_per_task < p.rows ? (task + 1) * p.rows_per_task : p.rows;
    for (index_t r = task * p.rows_per_task; r < end; ++r) row.run(r);
  });
  return {};
}

template <class T>
constexpr typename pooling_kernel<T>::function function_of(pooling_kernel<T>, this_arch) {
  return &run_pooling<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
