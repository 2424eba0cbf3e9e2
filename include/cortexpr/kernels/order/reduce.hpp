#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/order/accumulation.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Sums and maxima over rows, in the order of accumulation.hpp.

namespace cortexpr::kernels {

namespace detail {

template <class T>
alignas(sizeof(T) * 16) inline constexpr T lane_numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// The tree over the lanes of one pack: 8 + 8, 4 + 4, 2 + 2, 1 + 1.
template <class Pack, class Combine>
CORTEXPR_INLINE constexpr auto combine_lanes(Pack values, Combine combine) {
  using T = typename Pack::value_type;
  using One = simd::Pack<T, 1>;
  if constexpr (Pack::lanes == 1)
    return values[0];
  else if constexpr (Pack::lanes == 2)
    return combine(One{values[0]}, One{values[1]})[0];
  else if constexpr (Pack::lanes * sizeof(T) == 16)
    return combine(combine(One{values[0]}, One{values[2]}), combine(One{values[1]}, One{values[3]}))[0];
  else
    return combine_lanes(combine(values.lower(), values.upper()), combine);
}

}  // namespace detail

/// A mask that is true in the lanes of the pack at `column` whose column is less than `columns`.
template <class Pack>
CORTEXPR_INLINE constexpr auto inside_row(std::size_t column, std::size_t columns) {
  using T = typename Pack::value_type;
  return Pack::load(detail::lane_numbers<T>) < Pack::broadcast(static_cast<T>(columns - column));
}

/// Reduces a row, whose packs load(column) returns, with the associative function `combine` of two packs. Padding
/// counts as `neutral`.
template <class Pack, std::size_t Columns, class Load, class Combine>
CORTEXPR_INLINE constexpr auto reduce_row(typename Pack::value_type neutral, Load load, Combine combine) {
  constexpr std::size_t lanes = virtual_lanes<Columns>;
  static_assert(lanes % Pack::lanes == 0, "reduce_row: the pack must not be wider than the partial results");
  constexpr std::size_t packs = lanes / Pack::lanes;
  Pack partial[packs];
  CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < packs; ++p) partial[p] = Pack::broadcast(neutral);
  // All partial results at a time, so that they stay in registers.
  constexpr std::size_t whole = packs > 1 ? Columns / lanes * lanes : 0;
  for (std::size_t column = 0; column < whole; column += lanes)
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < packs; ++p)
      partial[p] = combine(partial[p], load(column + p * Pack::lanes));
  for (std::size_t column = whole; column < Columns; column += Pack::lanes) {
    Pack values = load(column);
    if constexpr (Columns % Pack::lanes != 0)
      if (column + Pack::lanes > Columns)
        values = select(inside_row<Pack>(column, Columns), values, Pack::broadcast(neutral));
    Pack& into = partial[column / Pack::lanes % packs];
    into = combine(into, values);
  }
  for (std::size_t half = packs / 2; half > 0; half /= 2)
    for (std::size_t p = 0; p < half; ++p) partial[p] = combine(partial[p], partial[p + half]);
  return detail::combine_lanes(partial[0], combine);
}

struct Plus {
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack operator()(Pack a, Pack b) const {
    return a + b;
  }
};

struct Larger {
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack operator()(Pack a, Pack b) const {
    return max(a, b);
  }
};

/// The pack at a column of a row of `Columns` elements that is neither aligned nor padded. Elements after the row are
/// not read and count as 0.
template <class Pack, std::size_t Columns, class T>
CORTEXPR_INLINE constexpr Pack load_unpadded(const T* row, std::size_t column) {
  constexpr std::size_t left = Columns % Pack::lanes;
  if constexpr (left != 0) {
    if (column + Pack::lanes > Columns) {
      alignas(sizeof(T) * Pack::lanes) T rest[Pack::lanes]{};
      CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < left; ++i) rest[i] = row[Columns - left + i];
      return Pack::load(rest);
    }
  }
  return Pack::load_unaligned(row + column);
}

/// The sum of x.   Shapes: x [Columns], neither aligned nor padded
template <class Pack, std::size_t Columns, class T>
constexpr T sum_of_row(const T* x) {
  return reduce_row<Pack, Columns>(T(0), [&](std::size_t i) { return load_unpadded<Pack, Columns>(x, i); }, Plus{});
}

}  // namespace cortexpr::kernels
