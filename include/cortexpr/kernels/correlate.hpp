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
};

/// Where the outputs of a correlation lie. A run is a single row.
struct OutputRows {
  std::size_t count;
  std::size_t length;
  std::size_t from;        ///< the distance between two rows in the planes
  std::size_t to;          ///< and where they are written; at least what a row leaves over of its last pack
  bool has_slack = false;  ///< whether part of a pack may be written after the last row

  static constexpr OutputRows run(std::size_t length) { return {1, length, length, length, true}; }
  constexpr std::size_t packs(std::size_t lanes) const { return count * ((length + lanes - 1) / lanes); }
};

/// The rows of an image [count, length], made from planes whose rows are `from` apart.
constexpr OutputRows rows_of_image(std::size_t count, std::size_t length, std::size_t from) {
  if (count == 1 || from == length) return {1, count * length, count * length, count * length};
  return {count, length, from, length};
}

/// Whether rows cost less than one run through all of them and their margins, of which the outputs are then copied: for
/// a pack, that takes as long as four multiply-adds.
template <class T>
constexpr bool rows_pay(OutputRows rows, std::size_t run, std::size_t taps) {
  const std::size_t lanes = simd::lanes_for<T>(rows.length);
  const std::size_t left_over = simd::padded(rows.length, lanes) - rows.length;
  const std::size_t packs = rows.packs(lanes), packs_of_run = OutputRows::run(run).packs(simd::lanes_for<T>(run));
  return left_over <= rows.to && packs * taps <= packs_of_run * taps + 4 * packs;
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

/// `Outputs` outputs at `Down` x `Across` packs of the rows.
template <class Pack, std::size_t Outputs, OutputRows rows, std::size_t Down, std::size_t Across, std::size_t Depth,
          std::size_t Stride, class T, std::size_t Taps, class Function>
CORTEXPR_INLINE constexpr void correlate_tile(const ShiftedPlanes<T, Taps>& from, const T* weights, const T* bias,
                                              T* to, std::size_t distance, std::size_t y, std::size_t x, bool is_last,
                                              Function function) {
  constexpr std::size_t packs = Down * Across;
  Pack sums[Outputs][packs]{};
  const T* plane = from.planes + y * rows.from + x;
  CORTEXPR_NO_UNROLL for (std::size_t d = 0; d < Depth; ++d) {
    CORTEXPR_NO_UNROLL for (std::size_t t = 0; t < Taps; ++t) {
      const T* const seen = plane + from.shifts[t];
      Pack values[packs];
      CORTEXPR_UNROLL for (std::size_t p = 0; p < packs; ++p) values[p] =
          opaque(Pack::load_unaligned(seen + p / Across * rows.from + p % Across * Pack::lanes));
      CORTEXPR_UNROLL for (std::size_t o = 0; o < Outputs; ++o) {
        const Pack weight = Pack::broadcast(weights[o * Stride]);
        CORTEXPR_UNROLL for (std::size_t p = 0; p < packs; ++p) sums[o][p] = fma(weight, values[p], sums[o][p]);
      }
      ++weights;
    }
    plane += from.distance;
  }

  constexpr std::size_t left = rows.length % Pack::lanes;
  const bool at_end = y + Down == rows.count && x + Across * Pack::lanes >= rows.length;
  to += y * rows.to + x;
  CORTEXPR_UNROLL for (std::size_t o = 0; o < Outputs; ++o, to += distance) {
    const Pack before = bias == nullptr ? Pack::zero() : Pack::broadcast(bias[o]);
    CORTEXPR_UNROLL for (std::size_t p = 0; p < packs; ++p) {
      const Pack result = function(before + sums[o][p]);
      T* const place = to + p / Across * rows.to + p % Across * Pack::lanes;
      if (!rows.has_slack && left != 0 && p + 1 == packs && at_end)
        store_end<left>(result, place, is_last && o + 1 == Outputs);
      else
        result.store_unaligned(place);
    }
  }
}

/// All outputs, at `Down` x `Across` packs of the rows.
template <class Pack, std::size_t Registers, std::size_t Outputs, OutputRows rows, std::size_t Down, std::size_t Across,
          std::size_t Depth, std::size_t Stride, class T, std::size_t Taps, class Function>
CORTEXPR_INLINE constexpr void correlate_outputs(const ShiftedPlanes<T, Taps>& from, const T* weights, const T* bias,
                                                 T* to, std::size_t distance, std::size_t y, std::size_t x,
                                                 bool is_last, Function function) {
  constexpr std::size_t height = panel_width(Outputs, correlation_tile(Registers, Down * Across).rows);
  constexpr std::size_t whole = Outputs / height * height;
  CORTEXPR_NO_UNROLL for (std::size_t o = 0; o < whole; o += height)
      correlate_tile<Pack, height, rows, Down, Across, Depth, Stride>(
          from, weights + o * Stride, bias == nullptr ? bias : bias + o, to + o * distance, distance, y, x,
          is_last && o + height == Outputs, function);
  if constexpr (whole < Outputs)
    correlate_tile<Pack, Outputs - whole, rows, Down, Across, Depth, Stride>(
        from, weights + whole * Stride, bias == nullptr ? bias : bias + whole, to + whole * distance, distance, y, x,
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
    constexpr std::size_t across = rows.packs(Pack::lanes) / rows.count;
    constexpr std::size_t widest = correlation_tile(Simd::registers, rows.packs(Pack::lanes)).packs;
    constexpr std::size_t width = panel_width(across, widest), down = across < widest ? widest / across : 1;
    constexpr std::size_t whole = across / width * width, whole_rows = rows.count / down * down;
    const auto rows_at = [&]<std::size_t Down>(std::size_t y) {
      CORTEXPR_NO_UNROLL for (std::size_t p = 0; p < whole; p += width)
          detail::correlate_outputs<Pack, Simd::registers, Outputs, rows, Down, width, Depth, Stride>(
              from, weights, bias, to, distance, y, p * Pack::lanes, is_last, function);
      if constexpr (whole < across)
        detail::correlate_outputs<Pack, Simd::registers, Outputs, rows, Down, across - whole, Depth, Stride>(
            from, weights, bias, to, distance, y, whole * Pack::lanes, is_last, function);
    };
    CORTEXPR_NO_UNROLL for (std::size_t y = 0; y < whole_rows; y += down) rows_at.template operator()<down>(y);
    if constexpr (whole_rows < rows.count) rows_at.template operator()<rows.count - whole_rows>(whole_rows);
  }
}

}  // namespace cortexpr::kernels
