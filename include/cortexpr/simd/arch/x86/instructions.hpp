#pragma once

#include <immintrin.h>

#include <cortexpr/config.hpp>
#include <cortexpr/simd/arch/vector/vector_of.hpp>
#include <cstddef>

/// The instructions of x86 that GCC and Clang do not find by themselves in arithmetic on vectors. Registers of 512 bits
/// take the masked intrinsics with all lanes set: the unmasked ones start from an undefined register, of which GCC 12
/// warns. Both become the same instruction.
namespace cortexpr::detail {

template <std::size_t Bytes>
using IntegerRegister = typename VectorOf<long long, Bytes>::type;  // __m128i, __m256i, __m512i

CORTEXPR_INLINE __m128 square_root(__m128 a) { return _mm_sqrt_ps(a); }
CORTEXPR_INLINE __m128d square_root(__m128d a) { return _mm_sqrt_pd(a); }

/// Whether the sign bit of any lane is set.
CORTEXPR_INLINE bool any_sign(__m128 a) { return _mm_movemask_ps(a) != 0; }
#if CORTEXPR_AVX
CORTEXPR_INLINE __m256 square_root(__m256 a) { return _mm256_sqrt_ps(a); }
CORTEXPR_INLINE __m256d square_root(__m256d a) { return _mm256_sqrt_pd(a); }
CORTEXPR_INLINE bool any_sign(__m256 a) { return _mm256_movemask_ps(a) != 0; }
#endif
#if CORTEXPR_AVX512
CORTEXPR_INLINE __m512 square_root(__m512 a) { return _mm512_maskz_sqrt_ps(static_cast<__mmask16>(-1), a); }
CORTEXPR_INLINE __m512d square_root(__m512d a) { return _mm512_maskz_sqrt_pd(static_cast<__mmask8>(-1), a); }
CORTEXPR_INLINE bool any_sign(__m512 a) {
  return _mm512_cmplt_epi32_mask(reinterpret_cast<__m512i>(a), __m512i{}) != 0;
}
#endif

/// a > b ? a : b, which is one instruction; GCC 12 finds it in vectors of up to 256 bits only.
template <class Vector>
CORTEXPR_INLINE Vector greater_lanes(Vector a, Vector b) {
#if CORTEXPR_AVX512
  if constexpr (sizeof(Vector) == 64) {
    if constexpr (sizeof(a[0]) == 4)
      return reinterpret_cast<Vector>(
          _mm512_maskz_max_ps(static_cast<__mmask16>(-1), reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
    else
      return reinterpret_cast<Vector>(
          _mm512_maskz_max_pd(static_cast<__mmask8>(-1), reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b)));
  }
#endif
  return a > b ? a : b;
}
/// a < b ? a : b
template <class Vector>
CORTEXPR_INLINE Vector lesser_lanes(Vector a, Vector b) {
#if CORTEXPR_AVX512
  if constexpr (sizeof(Vector) == 64) {
    if constexpr (sizeof(a[0]) == 4)
      return reinterpret_cast<Vector>(
          _mm512_maskz_min_ps(static_cast<__mmask16>(-1), reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
    else
      return reinterpret_cast<Vector>(
          _mm512_maskz_min_pd(static_cast<__mmask8>(-1), reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b)));
  }
#endif
  return a < b ? a : b;
}

// A table of 16 floats is one register of 512 bits or two of 256.
#if CORTEXPR_AVX512
CORTEXPR_INLINE __m512 table_lookup(const float* table, __m512i index) {
  return _mm512_maskz_permutexvar_ps(static_cast<__mmask16>(-1), index, _mm512_loadu_ps(table));
}
CORTEXPR_INLINE __m256 table_lookup(const float* table, __m256i index) {
  return _mm256_permutex2var_ps(_mm256_loadu_ps(table), index, _mm256_loadu_ps(table + 8));
}
CORTEXPR_INLINE __m128 table_lookup(const float* table, __m128i index) {
  return _mm256_castps256_ps128(table_lookup(table, _mm256_castsi128_si256(index)));
}
#elif CORTEXPR_AVX2
CORTEXPR_INLINE __m256 table_lookup(const float* table, __m256i index) {
  const __m256 first = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), index);
  const __m256 second = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), index);
  return _mm256_blendv_ps(first, second, _mm256_castsi256_ps(_mm256_slli_epi32(index, 28)));
}
CORTEXPR_INLINE __m128 table_lookup(const float* table, __m128i index) {
  return _mm256_castps256_ps128(table_lookup(table, _mm256_castsi128_si256(index)));
}
#endif

#if CORTEXPR_HAS_FMA
CORTEXPR_INLINE __m128 multiply_add(__m128 a, __m128 b, __m128 c) { return _mm_fmadd_ps(a, b, c); }
CORTEXPR_INLINE __m128d multiply_add(__m128d a, __m128d b, __m128d c) { return _mm_fmadd_pd(a, b, c); }
CORTEXPR_INLINE __m256 multiply_add(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
CORTEXPR_INLINE __m256d multiply_add(__m256d a, __m256d b, __m256d c) { return _mm256_fmadd_pd(a, b, c); }
#if CORTEXPR_AVX512
CORTEXPR_INLINE __m512 multiply_add(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
CORTEXPR_INLINE __m512d multiply_add(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
#endif
#endif

}  // namespace cortexpr::detail
