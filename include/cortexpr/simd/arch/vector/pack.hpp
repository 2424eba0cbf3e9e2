#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>
#if CORTEXPR_X86_64
#include <cortexpr/simd/arch/x86/instructions.hpp>
#else
#include <cortexpr/simd/arch/neon/instructions.hpp>
#endif

// xsimd (8.1 to 14) tells which registers the target has; only this part of it is included. The rest costs 0.6 s of
// compile time, and version 8.1 does not fuse multiply-adds in registers of 128 and 512 bits. GCC and Clang compile
// arithmetic, comparisons and integer operations on these registers without a library.
#include <xsimd/config/xsimd_arch.hpp>

namespace cortexpr {

namespace detail {

/// The register of the best of `Architectures` that holds exactly `Lanes` values of T.
template <class T, std::size_t Lanes, class Architectures>
struct RegisterOf {
  static_assert(Lanes == 0,
                "VectorPack: the number of lanes must be that of a register of the target; see native_lanes");
};

template <class T, std::size_t Lanes, class First, class... Others>
struct RegisterOf<T, Lanes, xsimd::arch_list<First, Others...>>
    : std::conditional_t<sizeof(xsimd::types::simd_register<T, First>) == Lanes * sizeof(T),
                         xsimd::types::simd_register<T, First>, RegisterOf<T, Lanes, xsimd::arch_list<Others...>>> {};

template <class T, std::size_t Lanes>
using Register = typename RegisterOf<T, Lanes, xsimd::supported_architectures>::register_type;

}  // namespace detail

namespace simd {

template <class T>
inline constexpr std::size_t vector_lanes = sizeof(xsimd::types::simd_register<T, xsimd::default_arch>) / sizeof(T);

/// The result of a comparison of VectorPacks: each lane has all bits set or none.
template <class T, std::size_t Lanes>
struct [[CORTEXPR_ABI]] VectorMask {
  using Vector = typename detail::VectorOf<std::conditional_t<sizeof(T) == 4, int, long long>, sizeof(T) * Lanes>::type;
  using Signs = detail::Register<float, sizeof(Vector) / sizeof(float)>;

  Vector value;

  friend CORTEXPR_INLINE VectorMask operator&(VectorMask a, VectorMask b) { return {a.value & b.value}; }
  friend CORTEXPR_INLINE VectorMask operator|(VectorMask a, VectorMask b) { return {a.value | b.value}; }
  friend CORTEXPR_INLINE VectorMask operator!(VectorMask a) { return {~a.value}; }
  friend CORTEXPR_INLINE bool any(VectorMask a) { return detail::any_sign(reinterpret_cast<Signs>(a.value)); }
  friend CORTEXPR_INLINE bool all(VectorMask a) { return !any(!a); }
};

/// A vector register of x86 or AArch64; simd/pack.hpp documents the operations.
template <class T, std::size_t Lanes>
struct [[CORTEXPR_ABI]] VectorPack {
  using value_type = T;
  using mask_type = VectorMask<T, Lanes>;
  using Register = detail::Register<T, Lanes>;
  using Layout = detail::FloatLayout<T>;
  using Vector = typename detail::VectorOf<T, sizeof(T) * Lanes>::type;
  using Bits = typename detail::VectorOf<typename Layout::Bits, sizeof(T) * Lanes>::type;
  using index_type = typename mask_type::Vector;
  static constexpr std::size_t lanes = Lanes;

  Vector value;

  static CORTEXPR_INLINE VectorPack broadcast(T x) { return {x - Vector{}}; }
  static CORTEXPR_INLINE VectorPack zero() { return {Vector{}}; }
  static CORTEXPR_INLINE VectorPack load(const T* from) { return {*reinterpret_cast<const Aligned*>(from)}; }
  static CORTEXPR_INLINE VectorPack load_unaligned(const T* from) {
    return {*reinterpret_cast<const Unaligned*>(from)};
  }
  CORTEXPR_INLINE void store(T* to) const { *reinterpret_cast<Aligned*>(to) = value; }
  CORTEXPR_INLINE void store_unaligned(T* to) const { *reinterpret_cast<Unaligned*>(to) = value; }

  CORTEXPR_INLINE VectorPack<T, Lanes / 2> lower() const { return half<0>(std::make_index_sequence<Lanes / 2>{}); }
  CORTEXPR_INLINE VectorPack<T, Lanes / 2> upper() const {
    return half<Lanes / 2>(std::make_index_sequence<Lanes / 2>{});
  }
  CORTEXPR_INLINE T operator[](std::size_t lane) const { return value[lane]; }

  friend CORTEXPR_INLINE VectorPack operator+(VectorPack a, VectorPack b) { return {a.value + b.value}; }
  friend CORTEXPR_INLINE VectorPack operator-(VectorPack a, VectorPack b) { return {a.value - b.value}; }
  friend CORTEXPR_INLINE VectorPack operator*(VectorPack a, VectorPack b) {
    if constexpr (CORTEXPR_FUSES_PRODUCTS) return opaque(VectorPack{a.value * b.value});
    return {a.value * b.value};
  }
  friend CORTEXPR_INLINE VectorPack operator/(VectorPack a, VectorPack b) { return {a.value / b.value}; }
  friend CORTEXPR_INLINE VectorPack operator-(VectorPack a) { return {-a.value}; }

  friend CORTEXPR_INLINE mask_type operator<(VectorPack a, VectorPack b) { return mask(a.value < b.value); }
  friend CORTEXPR_INLINE mask_type operator<=(VectorPack a, VectorPack b) { return mask(a.value <= b.value); }
  friend CORTEXPR_INLINE mask_type operator>(VectorPack a, VectorPack b) { return mask(a.value > b.value); }
  friend CORTEXPR_INLINE mask_type operator>=(VectorPack a, VectorPack b) { return mask(a.value >= b.value); }
  friend CORTEXPR_INLINE mask_type operator==(VectorPack a, VectorPack b) { return mask(a.value == b.value); }

  friend CORTEXPR_INLINE VectorPack select(mask_type mask, VectorPack a, VectorPack b) {
    return {mask.value ? a.value : b.value};
  }
  friend CORTEXPR_INLINE VectorPack max(VectorPack a, VectorPack b) {
    return {detail::greater_lanes(a.value, b.value)};
  }
  friend CORTEXPR_INLINE VectorPack min(VectorPack a, VectorPack b) { return {detail::lesser_lanes(a.value, b.value)}; }

  friend CORTEXPR_INLINE VectorPack fma(VectorPack a, VectorPack b, VectorPack c) {
    return {reinterpret_cast<Vector>(detail::multiply_add(reinterpret_cast<Register>(a.value),
                                                          reinterpret_cast<Register>(b.value),
                                                          reinterpret_cast<Register>(c.value)))};
  }

  friend CORTEXPR_INLINE VectorPack sqrt(VectorPack a) {
    return {reinterpret_cast<Vector>(detail::square_root(reinterpret_cast<Register>(a.value)))};
  }

  friend CORTEXPR_INLINE VectorPack abs(VectorPack a) { return from_bits(bits(a) & ~Layout::sign_mask); }

  friend CORTEXPR_INLINE VectorPack copysign(VectorPack magnitude, VectorPack sign) {
    return from_bits((bits(magnitude) & ~Layout::sign_mask) | (bits(sign) & Layout::sign_mask));
  }

  friend CORTEXPR_INLINE VectorPack round_to_even(VectorPack a) {
    return {(a.value + Layout::integer_offset) - Layout::integer_offset};
  }

  friend CORTEXPR_INLINE VectorPack add_to_exponent(VectorPack a, VectorPack offset_integer) {
    return from_bits(bits(a) + (bits(offset_integer) << Layout::mantissa_bits));
  }

  friend CORTEXPR_INLINE VectorPack exponent(VectorPack a) {
    const Bits field = (bits(a) + Layout::split_shift) >> Layout::mantissa_bits;
    return {from_bits(field | Layout::exponent_base).value - Layout::exponent_offset};
  }

  friend CORTEXPR_INLINE VectorPack mantissa(VectorPack a) {
    return from_bits(((bits(a) + Layout::split_shift) & Layout::mantissa_mask) + Layout::sqrt_half);
  }

  static CORTEXPR_INLINE index_type half_octave(VectorPack a, T lowest, T highest) {
    const auto limit = [](T x) { return reinterpret_cast<index_type>(broadcast(x).value); };
    const index_type low = limit(lowest);
    const index_type high = limit(highest);
    index_type magnitude = reinterpret_cast<index_type>(abs(a).value);
    magnitude = magnitude < low ? low : magnitude;
    magnitude = magnitude > high ? high : magnitude;
    return magnitude >> (Layout::mantissa_bits - 1);
  }
  static CORTEXPR_INLINE VectorPack lookup(const T (&table)[16], index_type index) {
    static_assert(sizeof(T) == 4, "VectorPack: only tables of float can be looked up");
    return {reinterpret_cast<Vector>(
        detail::table_lookup(table, reinterpret_cast<detail::IntegerRegister<sizeof(Vector)>>(index)))};
  }

  friend CORTEXPR_INLINE VectorPack even_lanes(VectorPack a, VectorPack b) { return part<0>(a, b, AllLanes{}); }
  friend CORTEXPR_INLINE VectorPack odd_lanes(VectorPack a, VectorPack b) { return part<1>(a, b, AllLanes{}); }
  friend CORTEXPR_INLINE VectorPack zip_lower(VectorPack a, VectorPack b) { return zip<0>(a, b, AllLanes{}); }
  friend CORTEXPR_INLINE VectorPack zip_upper(VectorPack a, VectorPack b) { return zip<Lanes / 2>(a, b, AllLanes{}); }

  /// Zips each pair of rows that lie half a matrix apart; log2(lanes) rounds turn rows into columns.
  friend CORTEXPR_INLINE void transpose(VectorPack (&rows)[Lanes]) {
    CORTEXPR_UNROLL_FOR (std::size_t round = 1; round < Lanes; round *= 2) {
      VectorPack zipped[Lanes];
      CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Lanes / 2; ++i) {
        zipped[2 * i] = zip_lower(rows[i], rows[i + Lanes / 2]);
        zipped[2 * i + 1] = zip_upper(rows[i], rows[i + Lanes / 2]);
      }
      CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Lanes; ++i) rows[i] = zipped[i];
    }
  }

  friend CORTEXPR_INLINE VectorPack sums_of_lanes(const VectorPack* rows) {
    VectorPack sums[Lanes];
    CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Lanes; ++i) sums[i] = rows[i];
    add_halves<Lanes>(sums);
    return sums[0];
  }

  friend CORTEXPR_INLINE VectorPack opaque(VectorPack a) {
    asm("" : CORTEXPR_FLOAT_REGISTER(a.value));
    return a;
  }

 private:
  using Aligned = typename detail::VectorOf<T, sizeof(T) * Lanes>::aligned;
  using Unaligned = typename detail::VectorOf<T, sizeof(T) * Lanes>::unaligned;

  template <std::size_t First, std::size_t... Lane>
  CORTEXPR_INLINE VectorPack<T, Lanes / 2> half(std::index_sequence<Lane...>) const {
    return {__builtin_shufflevector(value, value, (First + Lane)...)};
  }
  using AllLanes = std::make_index_sequence<Lanes>;

  template <std::size_t First, std::size_t... Lane>
  static CORTEXPR_INLINE VectorPack part(VectorPack a, VectorPack b, std::index_sequence<Lane...>) {
    return {__builtin_shufflevector(a.value, b.value, (2 * Lane + First)...)};
  }
  template <std::size_t First, std::size_t... Lane>
  static CORTEXPR_INLINE VectorPack zip(VectorPack a, VectorPack b, std::index_sequence<Lane...>) {
    return {__builtin_shufflevector(a.value, b.value, (First + Lane / 2 + Lane % 2 * Lanes)...)};
  }
  /// Each pack holds Lanes / Group groups of partial sums. Adds the two halves of each group, which leaves half as many
  /// packs with twice as many groups.
  template <std::size_t Group>
  static CORTEXPR_INLINE void add_halves(VectorPack (&sums)[Lanes]) {
    if constexpr (Group > 1) {
      CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Group / 2; ++i) {
        const VectorPack a = sums[2 * i], b = sums[2 * i + 1];
        sums[i] = halves<Group, 0>(a, b, AllLanes{}) + halves<Group, Group / 2>(a, b, AllLanes{});
      }
      add_halves<Group / 2>(sums);
    }
  }
  template <std::size_t Group, std::size_t First, std::size_t... Lane>
  static CORTEXPR_INLINE VectorPack halves(VectorPack a, VectorPack b, std::index_sequence<Lane...>) {
    return {__builtin_shufflevector(a.value, b.value, (Lane / (Group / 2) * Group + Lane % (Group / 2) + First)...)};
  }
  template <class Comparison>
  static CORTEXPR_INLINE mask_type mask(Comparison lanes_true) {
    return {reinterpret_cast<typename mask_type::Vector>(lanes_true)};
  }
  static CORTEXPR_INLINE Bits bits(VectorPack a) { return reinterpret_cast<Bits>(a.value); }
  static CORTEXPR_INLINE VectorPack from_bits(Bits bits) { return {reinterpret_cast<Vector>(bits)}; }
};

}  // namespace simd

}  // namespace cortexpr
