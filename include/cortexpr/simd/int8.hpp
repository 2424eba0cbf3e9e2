#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/int8_plain.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#if CORTEXPR_DSP
#include <cortexpr/simd/int8_dsp.hpp>
#elif CORTEXPR_MVE
#include <cortexpr/simd/int8_mve.hpp>
#elif CORTEXPR_X86_64 && CORTEXPR_USE_XSIMD
#include <cortexpr/simd/int8_x86.hpp>
#endif

/// The target's products of 8-bit integers. One is, for a matrix of Rows x K,
///   P::bytes, P::alignment      what its weights take, in the target's order
///   P::set(packed, row, k, weight), P::get(packed, row, k)   one of them, from -127 to 127; all bytes begin as 0
///   P::Operand, P::expands      what x is made of; where it expands, codes must become operands first:
///   P::operand_elements         so many, which P::expand(codes, operands) writes; what lies beyond K is zero
///   P::multiply(packed, x, sink)  calls sink(row, sums) for blocks of rows, in order; sums is an array
///   P::requantize(sums, bias, factor, shift, zero, lowest, highest, codes)   where the target has a way of its own:
///                               kernels::rescale and clamp_code for a block
/// Sums are exact, so all targets give the same bits.
namespace cortexpr::simd {

#if CORTEXPR_DSP
template <std::size_t Rows, std::size_t K>
using Int8 = DspInt8<Rows, K>;
#elif CORTEXPR_MVE
template <std::size_t Rows, std::size_t K>
using Int8 = MveInt8<Rows, K>;
#elif CORTEXPR_X86_64 && CORTEXPR_USE_XSIMD
template <std::size_t Rows, std::size_t K>
using Int8 = X86Int8<Rows, K>;
#else
template <std::size_t Rows, std::size_t K>
using Int8 = PlainInt8<Rows, K>;
#endif
using Int8Operand = Int8<1, 1>::Operand;

/// The same of weights in another target's order, in the compiler.
template <class Target, std::size_t Rows, std::size_t K, class Code, class Sink>
constexpr void multiply_constant(const std::int8_t* packed, const Code* x, const Sink& sink) {
  for (std::size_t row = 0; row < Rows; ++row) {
    std::int32_t sum[1]{};
    for (std::size_t k = 0; k < K; ++k) sum[0] += Target::get(packed, row, k) * code_of(x[k]);
    sink(row, sum);
  }
}

}  // namespace cortexpr::simd
