#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cstddef>
#include <utility>
#include <type_traits>

// Only the part of xsimd (8.1 to 14) that knows the target's instruction sets and registers is included: the rest
// costs 0.6 s of compile time, and 8.1 does not fuse in registers of 128 and 512 bits. GCC and Clang do arithmetic,
// comparisons and integer work on these registers by themselves. GCC 12 finds its own intrinsics uninitialized.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <xsimd/config/xsimd_arch.hpp>
#pragma GCC diagnostic pop

/// The only file that knows xsimd.
namespace cortexpr {

namespace detail {

/// The register of the best of `Architectures` that holds exactly `Lanes` values of T.
template <class T, std::size_t Lanes, class Architectures>
struct RegisterOf {
  static_assert(Lanes == 0,
                "XsimdPack: the number of lanes must be that of a register of the target; see native_lanes");
};

template <class T, std::size_t Lanes, class First, class... Others>
struct RegisterOf<T, Lanes, xsimd::arch_list<First, Others...>>
    : std::conditional_t<sizeof(xsimd::types::simd_register<T, First>) == Lanes * sizeof(T),
                         xsimd::types::simd_register<T, First>, RegisterOf<T, Lanes, xsimd::arch_list<Others...>>> {};

template <class T, std::size_t Lanes>
using Register = typename RegisterOf<T, Lanes, xsimd::supported_architectures>::register_type;

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
// The plain forms start from an undefined register, of which GCC 12 warns. The same instruction comes out.
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
CORTEXPR_INLINE Vector larger(Vector a, Vector b) {
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
CORTEXPR_INLINE Vector smaller(Vector a, Vector b) {
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

}  // namespace detail

namespace simd {

template <class T>
inline constexpr std::size_t xsimd_lanes = sizeof(xsimd::types::simd_register<T, xsimd::default_arch>) / sizeof(T);

/// What a comparison of XsimdPacks gives: all ones or all zeros for each lane.
template <class T, std::size_t Lanes>
struct XsimdMask {
  using Vector = typename detail::VectorOf<std::conditional_t<sizeof(T) == 4, int, long long>, sizeof(T) * Lanes>::type;
  using Signs = detail::Register<float, sizeof(Vector) / sizeof(float)>;

  Vector value;

  friend CORTEXPR_INLINE XsimdMask operator&(XsimdMask a, XsimdMask b) { return {a.value & b.value}; }
  friend CORTEXPR_INLINE XsimdMask operator|(XsimdMask a, XsimdMask b) { return {a.value | b.value}; }
  friend CORTEXPR_INLINE XsimdMask operator!(XsimdMask a) { return {~a.value}; }
  friend CORTEXPR_INLINE bool any(XsimdMask a) { return detail::any_sign((Signs)a.value); }
  friend CORTEXPR_INLINE bool all(XsimdMask a) { return !any(!a); }
};

/// A register of the target; the facade's contract is in pack.hpp.
template <class T, std::size_t Lanes>
struct XsimdPack {
  using value_type = T;
  using mask_type = XsimdMask<T, Lanes>;
  using Register = detail::Register<T, Lanes>;
  using Layout = detail::FloatLayout<T>;
  using Vector = typename detail::VectorOf<T, sizeof(T) * Lanes>::type;
  using Bits = typename detail::VectorOf<typename Layout::Bits, sizeof(T) * Lanes>::type;
  using index_type = typename mask_type::Vector;
  static constexpr std::size_t lanes = Lanes;

  Vector value;

  static CORTEXPR_INLINE XsimdPack broadcast(T x) { return {x - Vector{}}; }
  static CORTEXPR_INLINE XsimdPack zero() { return {Vector{}}; }
  static CORTEXPR_INLINE XsimdPack load(const T* from) { return {*reinterpret_cast<const Aligned*>(from)}; }
  static CORTEXPR_INLINE XsimdPack load_unaligned(const T* from) { return {*reinterpret_cast<const Unaligned*>(from)}; }
  CORTEXPR_INLINE void store(T* to) const { *reinterpret_cast<Aligned*>(to) = value; }
  CORTEXPR_INLINE void store_unaligned(T* to) const { *reinterpret_cast<Unaligned*>(to) = value; }

  CORTEXPR_INLINE XsimdPack<T, Lanes / 2> lower() const { return half<0>(std::make_index_sequence<Lanes / 2>{}); }
  CORTEXPR_INLINE XsimdPack<T, Lanes / 2> upper() const { return half<Lanes / 2>(std::make_index_sequence<Lanes / 2>{}); }
  CORTEXPR_INLINE T operator[](std::size_t lane) const { return value[lane]; }

  friend CORTEXPR_INLINE XsimdPack operator+(XsimdPack a, XsimdPack b) { return {a.value + b.value}; }
  friend CORTEXPR_INLINE XsimdPack operator-(XsimdPack a, XsimdPack b) { return {a.value - b.value}; }
  friend CORTEXPR_INLINE XsimdPack operator*(XsimdPack a, XsimdPack b) { return {a.value * b.value}; }
  friend CORTEXPR_INLINE XsimdPack operator/(XsimdPack a, XsimdPack b) { return {a.value / b.value}; }
  friend CORTEXPR_INLINE XsimdPack operator-(XsimdPack a) { return {-a.value}; }

  friend CORTEXPR_INLINE mask_type operator<(XsimdPack a, XsimdPack b) { return mask(a.value < b.value); }
  friend CORTEXPR_INLINE mask_type operator<=(XsimdPack a, XsimdPack b) { return mask(a.value <= b.value); }
  friend CORTEXPR_INLINE mask_type operator>(XsimdPack a, XsimdPack b) { return mask(a.value > b.value); }
  friend CORTEXPR_INLINE mask_type operator>=(XsimdPack a, XsimdPack b) { return mask(a.value >= b.value); }
  friend CORTEXPR_INLINE mask_type operator==(XsimdPack a, XsimdPack b) { return mask(a.value == b.value); }

  friend CORTEXPR_INLINE XsimdPack select(mask_type mask, XsimdPack a, XsimdPack b) {
    return {mask.value ? a.value : b.value};
  }
  friend CORTEXPR_INLINE XsimdPack max(XsimdPack a, XsimdPack b) { return {detail::larger(a.value, b.value)}; }
  friend CORTEXPR_INLINE XsimdPack min(XsimdPack a, XsimdPack b) { return {detail::smaller(a.value, b.value)}; }

  friend CORTEXPR_INLINE XsimdPack fma(XsimdPack a, XsimdPack b, XsimdPack c) {
    return {(Vector)detail::multiply_add((Register)a.value, (Register)b.value, (Register)c.value)};
  }

  friend CORTEXPR_INLINE XsimdPack sqrt(XsimdPack a) { return {(Vector)detail::square_root((Register)a.value)}; }

  friend CORTEXPR_INLINE XsimdPack abs(XsimdPack a) { return from_bits(bits(a) & ~Layout::sign_mask); }

  friend CORTEXPR_INLINE XsimdPack copysign(XsimdPack magnitude, XsimdPack sign) {
    return from_bits((bits(magnitude) & ~Layout::sign_mask) | (bits(sign) & Layout::sign_mask));
  }

  friend CORTEXPR_INLINE XsimdPack round_to_even(XsimdPack a) {
    return {(a.value + Layout::integer_offset) - Layout::integer_offset};
  }

  friend CORTEXPR_INLINE XsimdPack add_to_exponent(XsimdPack a, XsimdPack offset_integer) {
    return from_bits(bits(a) + (bits(offset_integer) << Layout::mantissa_bits));
  }

  friend CORTEXPR_INLINE XsimdPack exponent(XsimdPack a) {
    const Bits field = (bits(a) + Layout::split_shift) >> Layout::mantissa_bits;
    return {from_bits(field | Layout::exponent_base).value - Layout::exponent_offset};
  }

  friend CORTEXPR_INLINE XsimdPack mantissa(XsimdPack a) {
    return from_bits(((bits(a) + Layout::split_shift) & Layout::mantissa_mask) + Layout::sqrt_half);
  }

  static CORTEXPR_INLINE index_type half_octave(XsimdPack a, T lowest, T highest) {
    const auto limit = [](T x) { return (index_type)broadcast(x).value; };
    const index_type low = limit(lowest);
    const index_type high = limit(highest);
    index_type magnitude = (index_type)abs(a).value;
    magnitude = magnitude < low ? low : magnitude;
    magnitude = magnitude > high ? high : magnitude;
    return magnitude >> (Layout::mantissa_bits - 1);
  }
  static CORTEXPR_INLINE XsimdPack lookup(const T (&table)[16], index_type index) {
    static_assert(sizeof(T) == 4, "XsimdPack: only tables of float can be looked up");
    return {(Vector)detail::pick(table, (detail::IntegerRegister<sizeof(Vector)>)index)};
  }

  /// Each pair of rows half a matrix apart is zipped; after log2(lanes) rounds rows have become columns.
  friend CORTEXPR_INLINE void transpose(XsimdPack (&rows)[Lanes]) {
    CORTEXPR_UNROLL for (std::size_t round = 1; round < Lanes; round *= 2) {
      XsimdPack zipped[Lanes];
      CORTEXPR_UNROLL for (std::size_t i = 0; i < Lanes / 2; ++i) {
        zipped[2 * i] = zip<0>(rows[i], rows[i + Lanes / 2], std::make_index_sequence<Lanes>{});
        zipped[2 * i + 1] = zip<Lanes / 2>(rows[i], rows[i + Lanes / 2], std::make_index_sequence<Lanes>{});
      }
      CORTEXPR_UNROLL for (std::size_t i = 0; i < Lanes; ++i) rows[i] = zipped[i];
    }
  }

  friend CORTEXPR_INLINE XsimdPack opaque(XsimdPack a) {
    asm("" : CORTEXPR_FLOAT_REGISTER(a.value));
    return a;
  }

 private:
  using Aligned = typename detail::VectorOf<T, sizeof(T) * Lanes>::aligned;
  using Unaligned = typename detail::VectorOf<T, sizeof(T) * Lanes>::unaligned;

  template <std::size_t First, std::size_t... Lane>
  CORTEXPR_INLINE XsimdPack<T, Lanes / 2> half(std::index_sequence<Lane...>) const {
    return {__builtin_shufflevector(value, value, (First + Lane)...)};
  }
  template <std::size_t First, std::size_t... Lane>
  static CORTEXPR_INLINE XsimdPack zip(XsimdPack a, XsimdPack b, std::index_sequence<Lane...>) {
    return {__builtin_shufflevector(a.value, b.value, (First + Lane / 2 + Lane % 2 * Lanes)...)};
  }
  template <class Comparison>
  static CORTEXPR_INLINE mask_type mask(Comparison lanes_true) {
    return {(typename mask_type::Vector)lanes_true};
  }
  static CORTEXPR_INLINE Bits bits(XsimdPack a) { return (Bits)a.value; }
  static CORTEXPR_INLINE XsimdPack from_bits(Bits bits) { return {(Vector)bits}; }
};

}  // namespace simd

}  // namespace cortexpr
