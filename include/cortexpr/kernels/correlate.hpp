#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/constant.hpp>
#include <cortexpr/kernels/reduce.hpp>
#include <cortexpr/kernels/tile.hpp>
#include <cortexpr/kernels/window.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// The product of convolutions, over the planes of window.hpp. Lanes are neighbours in a row: they are calculated
// independently of each other, so the order of arithmetic does not know them.

namespace cortexpr::kernels {

/// What each output of a correlation is made from: `Depth` planes, and in each of them `Taps` shifted copies of the
/// outputs' rows.
template <class T, std::size_t Taps>
struct ShiftedPlanes {
  const T* planes;
  std::size_t distance;  ///< between two planes
  std::array<std::size_t, Taps> shifts;
  /// Outside of this part of each plane there are but zeros, and the shifts descend. Finite weights add nothing there.
  std::size_t filled_begin = 0, filled_end = static_cast<std::size_t>(-1);
};

/// A range of taps.
struct TapRange {
  std::size_t begin, end;
};

/// The taps that see more than zeros from one of these places to the last.
template <class T, std::size_t Taps>
CORTEXPR_INLINE constexpr TapRange taps_that_count(const ShiftedPlanes<T, Taps>& from, std::size_t first,
                                                   std::size_t last) {
  TapRange taps{0, Taps};
  while (taps.begin < taps.end && first + from.shifts[taps.begin] >= from.filled_end) ++taps.begin;
  while (taps.end > taps.begin && last + from.shifts[taps.end - 1] < from.filled_begin) --taps.end;
  return taps;
}

/// Where the outputs of a correlation lie. A run is a single row.
struct OutputRows {
  std::size_t count;
  std::size_t length;
  std::size_t from;        ///< the distance between two rows in the planes
  std::size_t to;          ///< and where they are written: no less than their length
  bool has_slack = false;  ///< whether part of a pack may be written after the last row

  static constexpr OutputRows run(std::size_t length) { return {1, length, length, length, true}; }
  constexpr std::size_t packs(std::size_t lanes) const { return count * ((length + lanes - 1) / lanes); }
  /// Where a pack begins if rows are `distance` apart.
  template <std::size_t Lanes>
  constexpr std::size_t position(std::size_t pack, std::size_t distance) const {
    const std::size_t across = packs(Lanes) / count;
    return count == 1 ? pack * Lanes : pack / across * distance + pack % across * Lanes;
  }
};

/// The rows of an image [count, length], made from planes whose rows are `from` apart.
constexpr OutputRows rows_of_image(std::size_t count, std::size_t length, std::size_t from) {
  if (count == 1 || from == length) return {1, count * length, count * length, count * length};
  return {count, length, from, length};
}

/// What an output costs, in multiply-adds of packs: by rows, and by one run through all of them and their margins, of
/// which the outputs are then copied. For a pack, that takes as long as four multiply-adds.
struct OutputCost {
  std::size_t rows, run;
  constexpr std::size_t least() const { return rows <= run ? rows : run; }
};
template <class T>
constexpr OutputCost cost_of_output(OutputRows rows, std::size_t run, std::size_t taps) {
  const std::size_t packs = rows.packs(simd::lanes_for<T>(rows.length));
  const std::size_t packs_of_run = OutputRows::run(run).packs(simd::lanes_for<T>(run));
  return {packs * taps, packs_of_run * taps + 4 * packs};
}

/// Whether rows cost less.
template <class T>
constexpr bool rows_pay(OutputRows rows, std::size_t run, std::size_t taps) {
  const OutputCost cost = cost_of_output<T>(rows, run, taps);
  return cost.rows <= cost.run;
}

namespace detail {

/// The end of an output's last row. What comes after it is another output's, which may be there already, or, after the
/// last of all, nothing that may be touched.
template <std::size_t Count, class Pack, class T>
CORTEXPR_INLINE constexpr void store_end(Pack values, T* to, bool is_last) {
  if (is_last) {
    T elements[Pack::lanes];
    values.store_unaligned(elements);
    for (std::size_t i = 0; i < Count; ++i) to[i] = elements[i];
  } else {
    select(inside_row<Pack>(0, Count), values, Pack::load_unaligned(to)).store_unaligned(to);
  }
}

/// `Outputs` outputs at `Packs` packs of the rows, from pack `first` on.
template <class Pack, std::size_t Outputs, OutputRows rows, std::size_t Packs, std::size_t Depth, std::size_t Stride,
          class T, std::size_t Taps, class Function>
CORTEXPR_INLINE constexpr void correlate_tile(const ShiftedPlanes<T, Taps>& from, const T* weights, const T* bias,
                                              T* to, std::size_t distance, std::size_t first, bool is_last,
                                              Function function) {
  Pack sums[Outputs][Packs]{};
  const T* starts[Packs];
  CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) starts[p] =
      from.planes + rows.template position<Pack::lanes>(first + p, rows.from);
  const TapRange taps =
      taps_that_count(from, rows.template position<Pack::lanes>(first, rows.from),
                      rows.template position<Pack::lanes>(first + Packs - 1, rows.from) + Pack::lanes - 1);
  weights += taps.begin;
  std::size_t plane = 0;
  CORTEXPR_NO_UNROLL for (std::size_t d = 0; d < Depth; ++d, plane += from.distance) {
    CORTEXPR_NO_UNROLL for (std::size_t t = taps.begin; t < taps.end; ++t) {
      const std::size_t seen = plane + from.shifts[t];
      Pack values[Packs];
      CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) values[p] =
          opaque(Pack::load_unaligned(starts[p] + seen));
      CORTEXPR_UNROLL for (std::size_t o = 0; o < Outputs; ++o) {
        const Pack weight = Pack::broadcast(weights[o * Stride]);
        CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) sums[o][p] = fma(weight, values[p], sums[o][p]);
      }
      ++weights;
    }
    weights += Taps - (taps.end - taps.begin);
  }

  constexpr std::size_t left = rows.length % Pack::lanes;
  const bool at_end = first + Packs == rows.packs(Pack::lanes);
  CORTEXPR_UNROLL for (std::size_t o = 0; o < Outputs; ++o) {
    const Pack before = bias == nullptr ? Pack::zero() : Pack::broadcast(bias[o]);
    CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) {
      const Pack result = function(before + sums[o][p]);
      T* const place = to + o * distance + rows.template position<Pack::lanes>(first + p, rows.to);
      if (!rows.has_slack && left != 0 && p + 1 == Packs && at_end)
        store_end<left>(result, place, is_last && o + 1 == Outputs);
      else
        result.store_unaligned(place);
    }
  }
}

/// All outputs, at `Packs` packs of the rows.
template <class Pack, std::size_t Registers, std::size_t Outputs, OutputRows rows, std::size_t Packs, std::size_t Depth,
          std::size_t Stride, class T, std::size_t Taps, class Function>
CORTEXPR_INLINE constexpr void correlate_outputs(const ShiftedPlanes<T, Taps>& from, const T* weights, const T* bias,
                                                 T* to, std::size_t distance, std::size_t first, bool is_last,
                                                 Function function) {
  constexpr std::size_t height = panel_width(Outputs, correlation_tile(Registers, Packs).rows);
  constexpr std::size_t whole = Outputs / height * height;
  CORTEXPR_NO_UNROLL for (std::size_t o = 0; o < whole; o += height)
      correlate_tile<Pack, height, rows, Packs, Depth, Stride>(
          from, weights + o * Stride, bias == nullptr ? bias : bias + o, to + o * distance, distance, first,
          is_last && o + height == Outputs, function);
  if constexpr (whole < Outputs)
    correlate_tile<Pack, Outputs - whole, rows, Packs, Depth, Stride>(
        from, weights + whole * Stride, bias == nullptr ? bias : bias + whole, to + whole * distance, distance, first,
        is_last, function);
}

}  // namespace detail

/// to[o][y][x] = function(bias[o] + sum over d, then t, of weights[o][d][t] planes[d][shifts[t] + y rows.from + x]),
/// each sum from zero. No bias is a bias of 0. `is_last`: after the last output there is nothing that may be touched.
/// Shapes:  weights [Outputs, Stride], of which Depth*Taps count -> to [Outputs, distance]
/// Cost:    Outputs*rows*Depth*Taps multiply-adds; no scratch
template <class Simd, std::size_t Outputs, std::size_t Depth, OutputRows rows, std::size_t Stride, class T,
          std::size_t Taps, class Function>
[[gnu::noinline]] constexpr void correlate(const ShiftedPlanes<T, Taps>& from, const T* weights,
                                           std::type_identity_t<const T*> bias, T* to, std::size_t distance,
                                           bool is_last, Function function) {
  if constexpr (detail::is_flat<Simd>) {
    return detail::correlate_flat<Outputs, Depth, rows, Stride>(from, weights, bias, to, distance, function);
  } else {
    using Pack = typename Simd::template pack<T, rows.length>;
    constexpr std::size_t packs = rows.packs(Pack::lanes);
    constexpr std::size_t width = panel_width(packs, correlation_tile(Simd::registers, packs).packs);
    constexpr std::size_t whole = packs / width * width;
    CORTEXPR_NO_UNROLL for (std::size_t p = 0; p < whole; p += width)
        detail::correlate_outputs<Pack, Simd::registers, Outputs, rows, width, Depth, Stride>(
            from, weights, bias, to, distance, p, is_last, function);
    if constexpr (whole < packs)
      detail::correlate_outputs<Pack, Simd::registers, Outputs, rows, packs - whole, Depth, Stride>(
          from, weights, bias, to, distance, whole, is_last, function);
  }
}

}  // namespace cortexpr::kernels
