#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/constant.hpp>

#include <cstddef>
#include <type_traits>

#include <xsimd/xsimd.hpp>

/// The only file that knows xsimd; versions 8.1 to 14.
namespace cortexpr::simd {

namespace detail {

/// The best of xsimd's instruction sets whose registers hold exactly `Lanes` values of T.
template <class T, std::size_t Lanes, class Architectures>
struct Registers {
    using type = void;
};

template <class T, std::size_t Lanes, class First, class... Others>
struct Registers<T, Lanes, xsimd::arch_list<First, Others...>>
    : std::conditional_t<xsimd::batch<T, First>::size == Lanes, std::type_identity<xsimd::batch<T, First>>,
                         Registers<T, Lanes, xsimd::arch_list<Others...>>> {};

template <class T, std::size_t Lanes>
using batch = typename Registers<T, Lanes, xsimd::supported_architectures>::type;

template <class Batch, class Register>
CORTEXPR_INLINE Register fused(Register a, Register b, Register c) {
    return xsimd::fma(Batch(a), Batch(b), Batch(c));
}
// xsimd 8.1 multiplies and adds in registers of 128 bits once AVX is on, and in those of 512 bits.
#if CORTEXPR_X86_64 && CORTEXPR_HAS_FMA
template <class>
CORTEXPR_INLINE __m128 fused(__m128 a, __m128 b, __m128 c) { return _mm_fmadd_ps(a, b, c); }
template <class>
CORTEXPR_INLINE __m128d fused(__m128d a, __m128d b, __m128d c) { return _mm_fmadd_pd(a, b, c); }
#endif
#if CORTEXPR_AVX512 && CORTEXPR_HAS_FMA
template <class>
CORTEXPR_INLINE __m512 fused(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
template <class>
CORTEXPR_INLINE __m512d fused(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
#endif

}  // namespace detail

template <class T>
inline constexpr std::size_t xsimd_lanes = xsimd::batch<T>::size;

template <class T, std::size_t Lanes>
struct XsimdMask {
    using Batch = typename detail::batch<T, Lanes>::batch_bool_type;
    Batch value;

    friend CORTEXPR_INLINE XsimdMask operator&(XsimdMask a, XsimdMask b) { return {a.value & b.value}; }
    friend CORTEXPR_INLINE XsimdMask operator|(XsimdMask a, XsimdMask b) { return {a.value | b.value}; }
    friend CORTEXPR_INLINE XsimdMask operator!(XsimdMask a) { return {!a.value}; }
    friend CORTEXPR_INLINE bool any(XsimdMask a) { return xsimd::any(a.value); }
    friend CORTEXPR_INLINE bool all(XsimdMask a) { return xsimd::all(a.value); }
};

/// One of xsimd's registers; the facade's contract is in pack.hpp. What GCC and Clang do with vector types
/// themselves (arithmetic, bits) is left to them: it compiles faster than a call.
template <class T, std::size_t Lanes>
struct XsimdPack {
    using Batch = detail::batch<T, Lanes>;
    static_assert(!std::is_void_v<Batch>,
                  "XsimdPack: the number of lanes must be that of a register of the target; use Pack and native_lanes");

    using value_type = T;
    using mask_type = XsimdMask<T, Lanes>;
    using Register = typename Batch::register_type;
    using Layout = cortexpr::detail::FloatLayout<T>;
    typedef typename Layout::Bits Bits __attribute__((vector_size(sizeof(T) * Lanes)));
    static constexpr std::size_t lanes = Lanes;

    Register value;

    static CORTEXPR_INLINE XsimdPack broadcast(T x) { return {Batch(x)}; }
    static CORTEXPR_INLINE XsimdPack zero() { return {Register{}}; }
    static CORTEXPR_INLINE XsimdPack load(const T* from) { return {Batch::load_aligned(from)}; }
    static CORTEXPR_INLINE XsimdPack load_unaligned(const T* from) { return {Batch::load_unaligned(from)}; }
    CORTEXPR_INLINE void store(T* to) const { Batch(value).store_aligned(to); }
    CORTEXPR_INLINE void store_unaligned(T* to) const { Batch(value).store_unaligned(to); }

    friend CORTEXPR_INLINE XsimdPack operator+(XsimdPack a, XsimdPack b) { return {a.value + b.value}; }
    friend CORTEXPR_INLINE XsimdPack operator-(XsimdPack a, XsimdPack b) { return {a.value - b.value}; }
    friend CORTEXPR_INLINE XsimdPack operator*(XsimdPack a, XsimdPack b) { return {a.value * b.value}; }
    friend CORTEXPR_INLINE XsimdPack operator/(XsimdPack a, XsimdPack b) { return {a.value / b.value}; }
    friend CORTEXPR_INLINE XsimdPack operator-(XsimdPack a) { return {-a.value}; }

    friend CORTEXPR_INLINE mask_type operator<(XsimdPack a, XsimdPack b) { return {Batch(a.value) < Batch(b.value)}; }
    friend CORTEXPR_INLINE mask_type operator<=(XsimdPack a, XsimdPack b) { return {Batch(a.value) <= Batch(b.value)}; }
    friend CORTEXPR_INLINE mask_type operator>(XsimdPack a, XsimdPack b) { return {Batch(a.value) > Batch(b.value)}; }
    friend CORTEXPR_INLINE mask_type operator>=(XsimdPack a, XsimdPack b) { return {Batch(a.value) >= Batch(b.value)}; }
    friend CORTEXPR_INLINE mask_type operator==(XsimdPack a, XsimdPack b) { return {Batch(a.value) == Batch(b.value)}; }

    friend CORTEXPR_INLINE XsimdPack fma(XsimdPack a, XsimdPack b, XsimdPack c) {
        if constexpr (CORTEXPR_HAS_FMA)
            return {detail::fused<Batch>(a.value, b.value, c.value)};
        else
            return {a.value * b.value + c.value};
    }

    friend CORTEXPR_INLINE XsimdPack sqrt(XsimdPack a) { return {xsimd::sqrt(Batch(a.value))}; }

    /// x86's instruction gives b where a or b is not a number, and where both are zero; NEON's does not.
    friend CORTEXPR_INLINE XsimdPack max(XsimdPack a, XsimdPack b) {
        if constexpr (CORTEXPR_X86_64)
            return {xsimd::max(Batch(a.value), Batch(b.value))};
        else
            return select(a > b, a, b);
    }

    friend CORTEXPR_INLINE XsimdPack min(XsimdPack a, XsimdPack b) {
        if constexpr (CORTEXPR_X86_64)
            return {xsimd::min(Batch(a.value), Batch(b.value))};
        else
            return select(a < b, a, b);
    }

    friend CORTEXPR_INLINE XsimdPack abs(XsimdPack a) { return from_bits(bits(a) & ~Layout::sign_mask); }

    friend CORTEXPR_INLINE XsimdPack copysign(XsimdPack magnitude, XsimdPack sign) {
        return from_bits((bits(magnitude) & ~Layout::sign_mask) | (bits(sign) & Layout::sign_mask));
    }

    friend CORTEXPR_INLINE XsimdPack select(mask_type mask, XsimdPack a, XsimdPack b) {
        return {xsimd::select(mask.value, Batch(a.value), Batch(b.value))};
    }

    friend CORTEXPR_INLINE XsimdPack round_to_even(XsimdPack a) {
        const XsimdPack offset = broadcast(Layout::integer_offset);
        return (a + offset) - offset;
    }

    friend CORTEXPR_INLINE XsimdPack add_to_exponent(XsimdPack a, XsimdPack offset_integer) {
        return from_bits(bits(a) + (bits(offset_integer) << Layout::mantissa_bits));
    }

    friend CORTEXPR_INLINE XsimdPack exponent(XsimdPack a) {
        const Bits field = (bits(a) + Layout::split_shift) >> Layout::mantissa_bits;
        return from_bits(field | Layout::exponent_base) - broadcast(Layout::exponent_offset);
    }

    friend CORTEXPR_INLINE XsimdPack mantissa(XsimdPack a) {
        return from_bits(((bits(a) + Layout::split_shift) & Layout::mantissa_mask) + Layout::sqrt_half);
    }

    friend CORTEXPR_INLINE XsimdPack opaque(XsimdPack a) {
        asm("" : CORTEXPR_FLOAT_REGISTER(a.value));
        return a;
    }

private:
    static CORTEXPR_INLINE Bits bits(XsimdPack a) { return (Bits)a.value; }
    static CORTEXPR_INLINE XsimdPack from_bits(Bits bits) { return {(Register)bits}; }
};

}  // namespace cortexpr::simd
