#pragma once

#include <cortexpr/simd/arch/scalar/int8.hpp>
#include <cortexpr/simd/select.hpp>

#include <cstddef>
#include <cstdint>

/// The product of a matrix of 8-bit integers with a vector: sums[row] = sum over k of weight[row][k] x[k], in 32 bits.
/// Weights lie packed, in the order in which the target reads them. For a matrix of Rows x Columns, the product type P
/// has
///   P::bytes, P::alignment      the size and the alignment of the packed weights
///   P::set(packed, row, k, weight), P::get(packed, row, k)
///                               access to one weight, from -127 to 127; all bytes must be 0 before the first `set`
///   P::Operand, P::operand_elements
///                               the element type and the length of x
///   P::expands                  whether P::expand(values, operands) must convert int8 values to operands first; it
///                               fills the operands beyond Columns with 0
///   P::multiply(packed, x, consumer)
///                               calls consumer(row, sums) for blocks of rows, in order; `sums` is an array
///   P::requantize(sums, bias, factor, sum_shift, shift, offset, lowest, highest, values)
///                               only on some targets: kernels::rescale of (sum << sum_shift) + bias, and
///                               clamp_to_int8, for a block of rows
/// The sums are exact, so all targets return the same bits.
namespace cortexpr::simd {

template <std::size_t Rows, std::size_t Columns>
using Int8 = Target::int8<Rows, Columns>;
using Int8Operand = Int8<1, 1>::Operand;

/// The same product in constant expressions, for weights that are packed for `Packing`, the product type of any target.
template <class Packing, std::size_t Rows, std::size_t Columns, class Value, class Consumer>
constexpr void multiply_constant(const std::int8_t* packed, const Value* x, const Consumer& consumer) {
  for (std::size_t row = 0; row < Rows; ++row) {
    std::int32_t sum[1]{};
    for (std::size_t k = 0; k < Columns; ++k) sum[0] += Packing::get(packed, row, k) * int8_value(x[k]);
    consumer(row, sum);
  }
}

}  // namespace cortexpr::simd
