#pragma once

#include <cortexpr/config.hpp>
#include <cstddef>
#if CORTEXPR_X86_64
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

/// The few instructions that GCC and Clang do not find by themselves in arithmetic on vectors. In registers of 512 bits
/// the forms with a mask are used: the plain ones start from an undefined register, of which GCC 12 warns, and come out
/// as the same instruction.
namespace cortexpr::detail {

/// A vector as GCC and Clang know it; as a member of the packs themselves GCC would drop the attribute.
template <class Element, std::size_t Bytes>
struct VectorOf {
  typedef Element type __attribute__((vector_size(Bytes)));
  typedef Element aligned __attribute__((vector_size(Bytes), may_alias));
  typedef Element unaligned __attribute__((vector_size(Bytes), may_alias, aligned(sizeof(Element))));
};

#if CORTEXPR_X86_64
template <std::size_t Bytes>
using IntegerRegister = typename VectorOf<long long, Bytes>::type;  // __m128i, __m256i, __m512i
CORTEXPR_INLINE __m128 square_root(__m128 a) { return _mm_sqrt_ps(a); }
CORTEXPR_INLINE __m128d square_root(__m128d a) { return _mm_sqrt_pd(a); }
CORTEXPR_INLINE bool any_sign(__m128 a) { return _mm_movemask_ps(a) != 0; }
#if CORTEXPR_AVX
CORTEXPR_INLINE __m256 square_root(__m256 a) { return _mm256_sqrt_ps(a); }
CORTEXPR_INLINE __m256d square_root(__m256d a) { return _mm256_sqrt_pd(a); }
CORTEXPR_INLINE bool any_sign(__m256 a) { return _mm256_movemask_ps(a) != 0; }
#endif
#if CORTEXPR_AVX512
CORTEXPR_INLINE __m512 square_root(__m512 a) { return _mm512_maskz_sqrt_ps(static_cast<__mmask16>(-1), a); }
CORTEXPR_INLINE __m512d square_root(__m512d a) { return _mm512_maskz_sqrt_pd(static_cast<__mmask8>(-1), a); }
CORTEXPR_INLINE bool any_sign(__m512 a) { return _mm512_cmplt_epi32_mask((__m512i)a, __m512i{}) != 0; }
#endif
#else
template <std::size_t>
using IntegerRegister = int32x4_t;
CORTEXPR_INLINE float32x4_t square_root(float32x4_t a) { return vsqrtq_f32(a); }
CORTEXPR_INLINE float64x2_t square_root(float64x2_t a) { return vsqrtq_f64(a); }
CORTEXPR_INLINE bool any_sign(float32x4_t a) { return vminvq_s32(vreinterpretq_s32_f32(a)) < 0; }
#endif

// a > b ? a : b is one instruction on x86, which GCC finds only up to 256 bits.
template <class Vector>
CORTEXPR_INLINE Vector greater_lanes(Vector a, Vector b) {
#if CORTEXPR_AVX512
  if constexpr (sizeof(Vector) == 64) {
    if constexpr (sizeof(a[0]) == 4)
      return (Vector)_mm512_maskz_max_ps(static_cast<__mmask16>(-1), (__m512)a, (__m512)b);
    else
      return (Vector)_mm512_maskz_max_pd(static_cast<__mmask8>(-1), (__m512d)a, (__m512d)b);
  }
#endif
  return a > b ? a : b;
}
template <class Vector>
CORTEXPR_INLINE Vector lesser_lanes(Vector a, Vector b) {
#if CORTEXPR_AVX512
  if constexpr (sizeof(Vector) == 64) {
    if constexpr (sizeof(a[0]) == 4)
      return (Vector)_mm512_maskz_min_ps(static_cast<__mmask16>(-1), (__m512)a, (__m512)b);
    else
      return (Vector)_mm512_maskz_min_pd(static_cast<__mmask8>(-1), (__m512d)a, (__m512d)b);
  }
#endif
  return a < b ? a : b;
}

// A table of 16 floats is one register, or two; each lane picks one.
#if CORTEXPR_AVX512
CORTEXPR_INLINE __m512 pick(const float* table, __m512i index) {
  return _mm512_maskz_permutexvar_ps(static_cast<__mmask16>(-1), index, _mm512_loadu_ps(table));
}
CORTEXPR_INLINE __m256 pick(const float* table, __m256i index) {
  return _mm256_permutex2var_ps(_mm256_loadu_ps(table), index, _mm256_loadu_ps(table + 8));
}
CORTEXPR_INLINE __m128 pick(const float* table, __m128i index) {
  return _mm256_castps256_ps128(pick(table, _mm256_castsi128_si256(index)));
}
#elif CORTEXPR_AVX2
CORTEXPR_INLINE __m256 pick(const float* table, __m256i index) {
  const __m256 first = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), index);
  const __m256 second = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), index);
  return _mm256_blendv_ps(first, second, (__m256)_mm256_slli_epi32(index, 28));
}
CORTEXPR_INLINE __m128 pick(const float* table, __m128i index) {
  return _mm256_castps256_ps128(pick(table, _mm256_castsi128_si256(index)));
}
#else
template <class Integers>
CORTEXPR_INLINE typename VectorOf<float, sizeof(Integers)>::type pick(const float* table, Integers index) {
  const auto columns = (typename VectorOf<int, sizeof(Integers)>::type)index;
  typename VectorOf<float, sizeof(Integers)>::type picked{};
  CORTEXPR_UNROLL for (std::size_t lane = 0; lane < sizeof(Integers) / 4; ++lane) picked[lane] =
      table[columns[lane] & 15];
  return picked;
}
#endif

#if !CORTEXPR_HAS_FMA
template <class Register>
CORTEXPR_INLINE Register multiply_add(Register a, Register b, Register c) {
  return a * b + c;
}
#elif CORTEXPR_X86_64
CORTEXPR_INLINE __m128 multiply_add(__m128 a, __m128 b, __m128 c) { return _mm_fmadd_ps(a, b, c); }
CORTEXPR_INLINE __m128d multiply_add(__m128d a, __m128d b, __m128d c) { return _mm_fmadd_pd(a, b, c); }
CORTEXPR_INLINE __m256 multiply_add(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
CORTEXPR_INLINE __m256d multiply_add(__m256d a, __m256d b, __m256d c) { return _mm256_fmadd_pd(a, b, c); }
#if CORTEXPR_AVX512
CORTEXPR_INLINE __m512 multiply_add(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
CORTEXPR_INLINE __m512d multiply_add(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
#endif
#else
CORTEXPR_INLINE float32x4_t multiply_add(float32x4_t a, float32x4_t b, float32x4_t c) { return vfmaq_f32(c, a, b); }
CORTEXPR_INLINE float64x2_t multiply_add(float64x2_t a, float64x2_t b, float64x2_t c) { return vfmaq_f64(c, a, b); }
#endif

}  // namespace cortexpr::detail
