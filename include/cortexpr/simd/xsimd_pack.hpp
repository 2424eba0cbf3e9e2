#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/simd/instructions.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>

// Only the part of xsimd (8.1 to 14) that knows the target's instruction sets and registers is included: the rest
// costs 0.6 s of compile time, and 8.1 does not fuse in registers of 128 and 512 bits. GCC and Clang do arithmetic,
// comparisons and integer work on these registers by themselves.
#include <xsimd/config/xsimd_arch.hpp>

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
  CORTEXPR_INLINE XsimdPack<T, Lanes / 2> upper() const {
    return half<Lanes / 2>(std::make_index_sequence<Lanes / 2>{});
  }
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
  friend CORTEXPR_INLINE XsimdPack max(XsimdPack a, XsimdPack b) { return {detail::greater_lanes(a.value, b.value)}; }
  friend CORTEXPR_INLINE XsimdPack min(XsimdPack a, XsimdPack b) { return {detail::lesser_lanes(a.value, b.value)}; }

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

  friend CORTEXPR_INLINE XsimdPack even_lanes(XsimdPack a, XsimdPack b) { return part<0>(a, b, AllLanes{}); }
  friend CORTEXPR_INLINE XsimdPack odd_lanes(XsimdPack a, XsimdPack b) { return part<1>(a, b, AllLanes{}); }
  friend CORTEXPR_INLINE XsimdPack zip_lower(XsimdPack a, XsimdPack b) { return zip<0>(a, b, AllLanes{}); }
  friend CORTEXPR_INLINE XsimdPack zip_upper(XsimdPack a, XsimdPack b) { return zip<Lanes / 2>(a, b, AllLanes{}); }

  /// Each pair of rows half a matrix apart is zipped; after log2(lanes) rounds rows have become columns.
  friend CORTEXPR_INLINE void transpose(XsimdPack (&rows)[Lanes]) {
    CORTEXPR_UNROLL for (std::size_t round = 1; round < Lanes; round *= 2) {
      XsimdPack zipped[Lanes];
      CORTEXPR_UNROLL for (std::size_t i = 0; i < Lanes / 2; ++i) {
        zipped[2 * i] = zip_lower(rows[i], rows[i + Lanes / 2]);
        zipped[2 * i + 1] = zip_upper(rows[i], rows[i + Lanes / 2]);
      }
      CORTEXPR_UNROLL for (std::size_t i = 0; i < Lanes; ++i) rows[i] = zipped[i];
    }
  }

  friend CORTEXPR_INLINE XsimdPack sums_of_lanes(const XsimdPack* rows) {
    XsimdPack sums[Lanes];
    CORTEXPR_UNROLL for (std::size_t i = 0; i < Lanes; ++i) sums[i] = rows[i];
    add_halves<Lanes>(sums);
    return sums[0];
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
  using AllLanes = std::make_index_sequence<Lanes>;

  template <std::size_t First, std::size_t... Lane>
  static CORTEXPR_INLINE XsimdPack part(XsimdPack a, XsimdPack b, std::index_sequence<Lane...>) {
    return {__builtin_shufflevector(a.value, b.value, (2 * Lane + First)...)};
  }
  template <std::size_t First, std::size_t... Lane>
  static CORTEXPR_INLINE XsimdPack zip(XsimdPack a, XsimdPack b, std::index_sequence<Lane...>) {
    return {__builtin_shufflevector(a.value, b.value, (First + Lane / 2 + Lane % 2 * Lanes)...)};
  }
  /// Each pack holds Lanes / Group groups of partial sums. The halves of each group are added, which leaves half as many
  /// packs with twice as many groups.
  template <std::size_t Group>
  static CORTEXPR_INLINE void add_halves(XsimdPack (&sums)[Lanes]) {
    if constexpr (Group > 1) {
      CORTEXPR_UNROLL for (std::size_t i = 0; i < Group / 2; ++i) {
        const XsimdPack a = sums[2 * i], b = sums[2 * i + 1];
        sums[i] = halves<Group, 0>(a, b, AllLanes{}) + halves<Group, Group / 2>(a, b, AllLanes{});
      }
      add_halves<Group / 2>(sums);
    }
  }
  template <std::size_t Group, std::size_t First, std::size_t... Lane>
  static CORTEXPR_INLINE XsimdPack halves(XsimdPack a, XsimdPack b, std::index_sequence<Lane...>) {
    return {__builtin_shufflevector(a.value, b.value, (Lane / (Group / 2) * Group + Lane % (Group / 2) + First)...)};
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
