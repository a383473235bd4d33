#pragma once
// t Phi(-t) of floats by a table, for AVX-512, whose registers hold it: what gelu takes from x.
//
// Method     Around k h, for k = 0 .. 31 and h = 11/64, a polynomial of degree 6 in t - k h (interpolation at the Chebyshev nodes, relative error below
//            2^-26.9, computed with 40 digits). One instruction takes a coefficient for each lane out of 32 of them, in two registers: 16
//            instructions in all, where the tail by its exponential (normal.hpp), which is left what lies beyond, has some 30 and a division.
// Cost       gelu of 65536 elements, Emerald Rapids, one thread: 34 us, by its exponential alone 58.
// Precision  below 2 ulp.
#include <tenon/kernels/cpu/math/polynomial.hpp>

#if TENON_SIMD_BYTES == 64
namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

inline constexpr float normal_table_step = 11.0f / 64, normal_table_end = 5.40625f;
alignas(64) inline constexpr float normal_table[7][32] = {
    {0.0f, 0x1.2ff6fp-4f, 0x1.0152f6p-3f, 0x1.400788p-3f, 0x1.5a3458p-3f, 0x1.57515p-3f, 0x1.3f5bfcp-3f, 0x1.1a0a0cp-3f,
     0x1.dc462ep-4f, 0x1.822884p-4f, 0x1.2d85dap-4f, 0x1.c65feep-5f, 0x1.4ad334p-5f, 0x1.d1fdap-6f, 0x1.3db3eep-6f,
     0x1.a39a9cp-7f, 0x1.0c832ep-7f, 0x1.4d1f8ap-8f, 0x1.90ba22p-9f, 0x1.d3822cp-10f, 0x1.088752p-10f, 0x1.226a46p-11f,
     0x1.35597p-12f, 0x1.3fbebcp-13f, 0x1.40b6a4p-14f, 0x1.383068p-15f, 0x1.26efe4p-16f, 0x1.0e70ep-17f, 0x1.e162fp-19f,
     0x1.9fdc7cp-20f, 0x1.5cb8b2p-21f, 0x1.1bdaaap-22f},
    {0x1p-1f, 0x1.74f22ap-2f, 0x1.e3d62ap-3f, 0x1.f7a40cp-4f, 0x1.e0b2f8p-6f, -0x1.576868p-5f, -0x1.72ca7ep-4f,
     -0x1.e48498p-4f, -0x1.0752eep-3f, -0x1.0136bep-3f, -0x1.d1ca1cp-4f, -0x1.8d12b4p-4f, -0x1.418908p-4f,
     -0x1.f16634p-5f, -0x1.70d818p-5f, -0x1.06e64ap-5f, -0x1.68e62cp-6f, -0x1.ddc142p-7f, -0x1.31448p-7f,
     -0x1.78e838p-8f, -0x1.c1e896p-9f, -0x1.03bfbp-9f, -0x1.224034p-10f, -0x1.39fcd8p-11f, -0x1.48ee38p-12f,
     -0x1.4dc7d2p-13f, -0x1.4827c6p-14f, -0x1.38a37cp-15f, -0x1.20af0cp-16f, -0x1.0264cp-17f, -0x1.c071p-19f,
     -0x1.794c04p-20f},
    {-0x1.988454p-2f, -0x1.8c94eap-2f, -0x1.6a5428p-2f, -0x1.361e9ap-2f, -0x1.ec9e5ep-3f, -0x1.6438a2p-3f,
     -0x1.c199f6p-4f, -0x1.b5cbccp-5f, -0x1.15c83p-7f, 0x1.840fecp-6f, 0x1.63f354p-5f, 0x1.aebe12p-5f, 0x1.b7047cp-5f,
     0x1.92e768p-5f, 0x1.56785ap-5f, 0x1.1196c6p-5f, 0x1.9e601ep-6f, 0x1.2b1d9ep-6f, 0x1.9d2994p-7f, 0x1.11bd92p-7f,
     0x1.5cab18p-8f, 0x1.ab8778p-9f, 0x1.f9412ap-10f, 0x1.20055p-10f, 0x1.3d072p-11f, 0x1.511c94p-12f, 0x1.5a7b58p-13f,
     0x1.585b84p-14f, 0x1.4b12e4p-15f, 0x1.3403p-16f, 0x1.155ea2p-17f, 0x1.e3a7fap-19f},
    {-0x1.c83bd4p-28f, 0x1.6e41f6p-5f, 0x1.568fd4p-4f, 0x1.cb1a0ap-4f, 0x1.04b814p-3f, 0x1.07d344p-3f, 0x1.e49a1p-4f,
     0x1.959322p-4f, 0x1.32ecacp-4f, 0x1.995488p-5f, 0x1.bf1a46p-6f, 0x1.25796ap-7f, -0x1.10015ep-8f, -0x1.8e14d8p-7f,
     -0x1.0378e8p-6f, -0x1.0bd6c4p-6f, -0x1.e68ae6p-7f, -0x1.946656p-7f, -0x1.39864p-7f, -0x1.ca640ep-8f,
     -0x1.3e1e6p-8f, -0x1.a51558p-9f, -0x1.0aa1bap-9f, -0x1.43d36p-10f, -0x1.79d9fp-11f, -0x1.a82ef8p-12f,
     -0x1.caab32p-13f, -0x1.de23d8p-14f, -0x1.e0e528p-15f, -0x1.d2f06ap-16f, -0x1.b5f174p-17f, -0x1.8cf012p-18f},
    {0x1.10588cp-4f, 0x1.fd12e8p-5f, 0x1.990f2ep-5f, 0x1.076ed6p-5f, 0x1.8968bep-7f, -0x1.d61484p-8f, -0x1.723192p-6f,
     -0x1.0a98c2p-5f, -0x1.2b7878p-5f, -0x1.21206cp-5f, -0x1.ee727ap-6f, -0x1.77ebb2p-6f, -0x1.f2beaap-7f,
     -0x1.0e4c86p-7f, -0x1.6a2218p-9f, 0x1.035bd4p-10f, 0x1.99e9ccp-9f, 0x1.052edap-8f, 0x1.04361ep-8f, 0x1.c5a992p-9f,
     0x1.6897ap-9f, 0x1.0a9e3cp-9f, 0x1.72f094p-10f, 0x1.e901bep-11f, 0x1.32e254p-11f, 0x1.6ff9fap-12f, 0x1.a69648p-13f,
     0x1.d1b16p-14f, 0x1.ed3474p-15f, 0x1.f69adap-16f, 0x1.ed51d2p-17f, 0x1.d2c18cp-18f},
    {-0x1.a6cd72p-18f, -0x1.4571d4p-7f, -0x1.266ae8p-6f, -0x1.73bf92p-6f, -0x1.806d24p-6f, -0x1.50be92p-6f,
     -0x1.ea3404p-7f, -0x1.09455ap-7f, -0x1.6db5d6p-10f, 0x1.071188p-8f, 0x1.ebc4f6p-8f, 0x1.25f87p-7f, 0x1.1e19f6p-7f,
     0x1.e0a986p-8f, 0x1.60acccp-8f, 0x1.bb0dcap-9f, 0x1.b618ccp-10f, 0x1.b48962p-12f, -0x1.8115cap-12f,
     -0x1.8b319ap-11f, -0x1.c1297ep-11f, -0x1.9deb48p-11f, -0x1.514d8ep-11f, -0x1.f73f24p-12f, -0x1.5dc348p-12f,
     -0x1.c9a3acp-13f, -0x1.1baf6p-13f, -0x1.4ec3d4p-14f, -0x1.793e8ap-15f, -0x1.96f4ecp-16f, -0x1.a50e24p-17f,
     -0x1.a27418p-18f},
    {-0x1.45331ap-7f, -0x1.26e0fep-7f, -0x1.a0e6eep-8f, -0x1.60e81p-9f, 0x1.2cf8f2p-10f, 0x1.1c047ap-8f, 0x1.9bfcf8p-8f,
     0x1.bd63bap-8f, 0x1.8a748p-8f, 0x1.1e9512p-8f, 0x1.380eecp-9f, 0x1.0f5438p-11f, -0x1.d4a37ep-11f, -0x1.c28d22p-10f,
     -0x1.04947p-9f, -0x1.e23aacp-10f, -0x1.7c264ep-10f, -0x1.015f0cp-10f, -0x1.2089e6p-11f, -0x1.c8846p-13f,
     -0x1.06b4b2p-24f, 0x1.e6b056p-14f, 0x1.4ae1b6p-13f, 0x1.42c3d8p-13f, 0x1.0c3ee2p-13f, 0x1.91475cp-14f,
     0x1.14f5cp-14f, 0x1.65a564p-15f, 0x1.b3b2b6p-16f, 0x1.f78f92p-17f, 0x1.152b1ap-17f, 0x1.2377ccp-18f}
};

// row[i mod 32]
template <int N>
TENON_INLINE vec<float, N> entry(const float (&row)[32], vec<float, N> i) {
  using V = vec<float, N>;
  const __m512 low = _mm512_load_ps(row), high = _mm512_load_ps(row + 16);
  if constexpr (sizeof(V) == 64) return V(_mm512_permutex2var_ps(low, _mm512_castps_si512(i.r), high));
  if constexpr (sizeof(V) == 32)
    return V(_mm512_castps512_ps256(_mm512_permutex2var_ps(low, _mm512_castps_si512(_mm512_castps256_ps512(i.r)), high)));
  if constexpr (sizeof(V) == 16)
    return V(_mm512_castps512_ps128(_mm512_permutex2var_ps(low, _mm512_castps_si512(_mm512_castps128_ps512(i.r)), high)));
}

// For 0 <= t < normal_table_end; whatever elsewhere.
template <int N>
TENON_INLINE vec<float, N> times_normal_tail_by_table(vec<float, N> t) {
  const vec<float, N> i = fma(t, 1 / normal_table_step, rounder<float>);       // the number is in its low bits
  const vec<float, N> u = fnma(i - rounder<float>, normal_table_step, t);      // exact
  vec<float, N> p = entry(normal_table[6], i);
  TENON_UNROLL(8)
  for (int k = 5; k >= 0; --k) p = fma(p, u, entry(normal_table[k], i));
  return p;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail
#endif
