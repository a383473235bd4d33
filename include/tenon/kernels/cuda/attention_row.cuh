#pragma once
// What the attention kernels know of one query: where its head lies, which keys it sees, and how it is done alone.
#include <tenon/kernels/attention.hpp>
#include <tenon/kernels/cuda/block.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM::attention {

// The offset of a head in x: all dimensions but the last two. `group` query heads share one of k and v.
template <class T, class U>
TENON_INLINE __device__ index_t head_offset(const strided<T>& x, const strided<U>& extents, index_t head, index_t group) {
  index_t offset = 0;
  for (int d = extents.rank - 3; d >= 0; --d) {
    const index_t next = head / extents.extent[d], position = head - next * extents.extent[d];
    offset += (d == extents.rank - 3 ? position / group : position) * x.stride[d];
    head = next;
  }
  return offset;
}

// Matrices of one head.
template <class T>
struct head_operands {
  const T *q, *k, *v;
  T* out;
  const bool* keep;                                        // null: none
  const T* bias;                                           // null: none
};
template <class T>
TENON_INLINE __device__ head_operands<T> operands_of_head(const attention_operands<T>& o, index_t head) {
  return {o.q.data + head_offset(o.q, o.out, head, 1),     o.k.data + head_offset(o.k, o.out, head, o.group),
          o.v.data + head_offset(o.v, o.out, head, o.group), o.out.data + head_offset(o.out, o.out, head, 1),
          o.keep.data ? o.keep.data + head_offset(o.keep, o.out, head, 1) : nullptr,
          o.bias.data ? o.bias.data + head_offset(o.bias, o.out, head, 1) : nullptr};
}

// Keys begin <= j < end: all that rows first <= i < last may see, but for a mask.
struct key_range {
  index_t begin, end;
};
TENON_INLINE __device__ key_range keys_in_reach(const attention_plan& p, index_t first, index_t last) {
  key_range r{0, p.m};
  if (p.causal && last < r.end) r.end = last;
  if (p.window > 0) {
    if (first - p.window + 1 > r.begin) r.begin = first - p.window + 1;
    if (last - 1 + p.window < r.end) r.end = last - 1 + p.window;
  }
  return r;
}
TENON_INLINE __device__ bool in_reach(const attention_plan& p, index_t n, index_t key) {
  return !(p.causal && key > n) && !(p.window > 0 && (key - n >= p.window || n - key >= p.window));
}

// out_n for one query, by a warp, key after key: it reads only keys and values that the query sees, so that what is hidden may
// be NaN. For D, E <= Width. put(e, y) takes the result.
template <int Width, class T, class Put>
TENON_INLINE __device__ void row_alone(const attention_plan& p, const attention_operands<T>& o, const head_operands<T>& h, index_t n, Put put) {
  constexpr int each = Width / warp_size;
  const int lane_number = static_cast<int>(threadIdx.x) % warp_size, r = o.out.rank;
  const float minus_infinity = -__builtin_huge_valf(), scale = static_cast<float>(p.scale);
  float q[each], x[each], m = minus_infinity, l = 0;
  TENON_CUDA_UNROLL
  for (int i = 0; i < each; ++i) {
    const int d = lane_number + i * warp_size;
    q[i] = d < p.d ? convert_element<float>(h.q[n * o.q.stride[r - 2] + d * o.q.stride[r - 1]]) : 0.0f;
    x[i] = 0;
  }
  const key_range keys = keys_in_reach(p, n, n + 1);
  for (index_t key = keys.begin; key < keys.end; ++key) {  // the whole warp does one key
    if (h.keep && !h.keep[n * o.keep.stride[r - 2] + key * o.keep.stride[r - 1]]) continue;
    const float added = h.bias ? convert_element<float>(h.bias[n * o.bias.stride[r - 2] + key * o.bias.stride[r - 1]]) : 0.0f;
    if (added == minus_infinity) continue;
    float s = 0;
    TENON_CUDA_UNROLL
    for (int i = 0; i < each; ++i) {
      const int d = lane_number + i * warp_size;
      if (d < p.d) s = ::fmaf(q[i], convert_element<float>(h.k[key * o.k.stride[r - 2] + d * o.k.stride[r - 1]]), s);
    }
    for (int lanes = warp_size / 2; lanes > 0; lanes /= 2) s += shuffle_xor(s, lanes);
    s = ::fmaf(s, scale, added);
    const float top = maximum(lane<float>(m), lane<float>(s)).v;
    const float rescale = m == minus_infinity ? 0.0f : ::expf(m - top), weight = ::expf(s - top);
    m = top;
    l = ::fmaf(l, rescale, weight);
    TENON_CUDA_UNROLL
    for (int i = 0; i < each; ++i) {
      const int e = lane_number + i * warp_size;
      if (e < p.e) x[i] = ::fmaf(weight, convert_element<float>(h.v[key * o.v.stride[r - 2] + e * o.v.stride[r - 1]]), x[i] * rescale);
    }
  }
  TENON_CUDA_UNROLL
  for (int i = 0; i < each; ++i)
    if (lane_number + i * warp_size < p.e) put(lane_number + i * warp_size, l == 0 ? 0.0f : x[i] / l);
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM::attention
