#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/accumulation.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Sums and maxima over padded rows, in the order of accumulation.hpp.

namespace cortexpr::kernels {

namespace detail {

template <class T>
alignas(sizeof(T) * 16) inline constexpr T lane_numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// The tree over the lanes of one pack: 8 + 8, 4 + 4, 2 + 2, 1 + 1.
template <class Pack, class Join>
CORTEXPR_INLINE constexpr auto join_lanes(Pack values, Join join) {
  using T = typename Pack::value_type;
  using One = simd::Pack<T, 1>;
  if constexpr (Pack::lanes == 1)
    return values[0];
  else if constexpr (Pack::lanes == 2)
    return join(One{values[0]}, One{values[1]})[0];
  else if constexpr (Pack::lanes * sizeof(T) == 16)
    return join(join(One{values[0]}, One{values[2]}), join(One{values[1]}, One{values[3]}))[0];
  else
    return join_lanes(join(values.lower(), values.upper()), join);
}

}  // namespace detail

/// True in the lanes of the pack at `column` that are not padding.
template <class Pack>
CORTEXPR_INLINE constexpr auto inside_row(std::size_t column, std::size_t columns) {
  using T = typename Pack::value_type;
  return Pack::load(detail::lane_numbers<T>) < Pack::broadcast(static_cast<T>(columns - column));
}

/// Joins the elements of a row, read as load(column), with the associative `join`, which works on packs. Padding
/// counts as `neutral`.
template <class Pack, std::size_t Columns, class Load, class Join>
CORTEXPR_INLINE constexpr auto reduce_row(typename Pack::value_type neutral, Load load, Join join) {
  constexpr std::size_t lanes = virtual_lanes<Columns>;
  static_assert(lanes % Pack::lanes == 0, "reduce_row: the pack must not be wider than the partial results");
  constexpr std::size_t packs = lanes / Pack::lanes;
  Pack partial[packs];
  CORTEXPR_UNROLL for (std::size_t p = 0; p < packs; ++p) partial[p] = Pack::broadcast(neutral);
  for (std::size_t column = 0; column < Columns; column += Pack::lanes) {
    Pack values = load(column);
    if constexpr (Columns % Pack::lanes != 0)
      if (column + Pack::lanes > Columns)
        values = select(inside_row<Pack>(column, Columns), values, Pack::broadcast(neutral));
    Pack& into = partial[column / Pack::lanes % packs];
    into = join(into, values);
  }
  for (std::size_t half = packs / 2; half > 0; half /= 2)
    for (std::size_t p = 0; p < half; ++p) partial[p] = join(partial[p], partial[p + half]);
  return detail::join_lanes(partial[0], join);
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

/// The pack at a column of a run of `Columns`; what comes after the run is not touched and counts as 0.
template <class Pack, std::size_t Columns, class T>
CORTEXPR_INLINE constexpr Pack load_run(const T* run, std::size_t column) {
  constexpr std::size_t left = Columns % Pack::lanes;
  if constexpr (left != 0) {
    if (column + Pack::lanes > Columns) {
      alignas(sizeof(T) * Pack::lanes) T rest[Pack::lanes]{};
      CORTEXPR_UNROLL for (std::size_t i = 0; i < left; ++i) rest[i] = run[Columns - left + i];
      return Pack::load(rest);
    }
  }
  return Pack::load_unaligned(run + column);
}

/// The sum of x.   Shapes: x [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr T sum_of_run(const T* x) {
  return reduce_row<Pack, Columns>(T(0), [&](std::size_t i) { return load_run<Pack, Columns>(x, i); }, Plus{});
}

}  // namespace cortexpr::kernels
