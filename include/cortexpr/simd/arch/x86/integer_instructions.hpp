#pragma once

#include <cortexpr/simd/arch/x86/instructions.hpp>

#include <cstddef>
#include <cstdint>

/// The instructions of x86 for products of integers that GCC does not find by itself in arithmetic on vectors.
namespace cortexpr::detail {

/// Sign-extends 8-bit integers to 16 bits. In vectors of 256 bits and more, GCC 12 compiles the conversion of a vector
/// to several instructions where one exists.
template <std::size_t Count>
CORTEXPR_INLINE auto sign_extended(const std::int8_t* from) {
  using Words = typename VectorOf<std::int16_t, 2 * Count>::type;
#if CORTEXPR_AVX512BW
  if constexpr (Count == 32)
    return reinterpret_cast<Words>(
        _mm512_maskz_cvtepi8_epi16(~__mmask32{}, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
#endif
#if CORTEXPR_AVX2
  if constexpr (Count == 16)
    return reinterpret_cast<Words>(_mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
  if constexpr (Count == 8)
    return reinterpret_cast<Words>(_mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
#else
  return __builtin_convertvector(*reinterpret_cast<const typename VectorOf<std::int8_t, Count>::unaligned*>(from),
                                 Words);
#endif
}

/// Multiplies 16-bit integers and adds the products of neighbouring lanes.
template <class Words>
CORTEXPR_INLINE auto add_products(Words a, Words b) {
  using Sums = typename VectorOf<std::int32_t, sizeof(Words)>::type;
#if CORTEXPR_AVX512BW
  if constexpr (sizeof(Words) == 64)
    return reinterpret_cast<Sums>(_mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#endif
#if CORTEXPR_AVX2
  if constexpr (sizeof(Words) == 32)
    return reinterpret_cast<Sums>(_mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#endif
  if constexpr (sizeof(Words) == 16)
    return reinterpret_cast<Sums>(_mm_madd_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
}

#if CORTEXPR_AVX2
/// Stores the low 8 bits of each lane; the values must fit.
#if CORTEXPR_AVX512
CORTEXPR_INLINE void store_bytes(__m512i integers, std::int8_t* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_maskz_cvtepi32_epi8(static_cast<__mmask16>(-1), integers));
}
#endif
CORTEXPR_INLINE void store_bytes(__m256i integers, std::int8_t* to) {
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(integers), _mm256_extracti128_si256(integers, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packs_epi16(words, words));
}

/// The 64-bit products of the even lanes.
template <class Integers>
CORTEXPR_INLINE auto even_products(Integers a, Integers b) {
  using Products = typename VectorOf<std::int64_t, sizeof(Integers)>::type;
#if CORTEXPR_AVX512
  if constexpr (sizeof(Integers) == 64)
    return reinterpret_cast<Products>(
        _mm512_maskz_mul_epi32(static_cast<__mmask8>(-1), reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#endif
  if constexpr (sizeof(Integers) == 32)
    return reinterpret_cast<Products>(_mm256_mul_epi32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
}

/// The upper halves of the 64-bit products of all lanes.
template <class Integers>
CORTEXPR_INLINE Integers upper_products(Integers a, Integers b) {
  using Products = typename VectorOf<std::int64_t, sizeof(Integers)>::type;
  const Products even = even_products(a, b),
                 odd = even_products(reinterpret_cast<Integers>(reinterpret_cast<Products>(a) >> 32),
                                     reinterpret_cast<Integers>(reinterpret_cast<Products>(b) >> 32));
  const Products upper = Products{} - (std::int64_t{1} << 32);
  return reinterpret_cast<Integers>(((even >> 32) & ~upper) | (odd & upper));
}
#endif

}  // namespace cortexpr::detail
