#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/correlate.hpp>
#include <cortexpr/kernels/tile.hpp>
#include <cortexpr/kernels/window.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <type_traits>

// The product of a convolution with its outputs as lanes: nothing is calculated in margins, and no pack is filled in
// part. What it costs is to turn over the weights and the outputs.

namespace cortexpr::kernels {

namespace detail {

/// `Rows` x `Width` places, `Packs` packs of outputs.
template <class Pack, std::size_t Packs, std::size_t Outputs, OutputRows rows, std::size_t Rows, std::size_t Width,
          std::size_t Depth, class T, std::size_t Taps, class Function>
CORTEXPR_INLINE constexpr void correlate_by_outputs_tile(const ShiftedPlanes<T, Taps>& from, std::size_t first,
                                                         const T* weights, const T* bias, T* to, std::size_t stride,
                                                         Function function) {
  Pack sums[Rows][Width][Packs]{};
  const T* plane = from.planes + first;
  CORTEXPR_NO_UNROLL for (std::size_t d = 0; d < Depth; ++d, plane += from.distance)
      CORTEXPR_NO_UNROLL for (std::size_t t = 0; t < Taps; ++t, weights += Outputs) {
    const T* const seen = plane + from.shifts[t];
    Pack weight[Packs];
    CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) weight[p] =
        opaque(Pack::load_unaligned(weights + p * Pack::lanes));
    CORTEXPR_UNROLL for (std::size_t y = 0; y < Rows; ++y) CORTEXPR_UNROLL for (std::size_t x = 0; x < Width; ++x) {
      const Pack value = Pack::broadcast(seen[y * rows.from + x]);
      CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) sums[y][x][p] = fma(weight[p], value, sums[y][x][p]);
    }
  }
  CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) {
    const Pack before = bias == nullptr ? Pack::zero() : Pack::load_unaligned(bias + p * Pack::lanes);
    CORTEXPR_UNROLL for (std::size_t y = 0; y < Rows; ++y) CORTEXPR_UNROLL for (std::size_t x = 0; x < Width; ++x)
        function(before + sums[y][x][p])
            .store_unaligned(to + (y * rows.length + x) * stride + p * Pack::lanes);
  }
}

/// `Rows` whole rows.
template <class Pack, std::size_t Packs, std::size_t Outputs, OutputRows rows, std::size_t Rows, std::size_t Width,
          std::size_t Depth, class T, std::size_t Taps, class Function>
CORTEXPR_INLINE constexpr void correlate_by_outputs_rows(const ShiftedPlanes<T, Taps>& from, std::size_t first,
                                                         const T* weights, const T* bias, T* to, std::size_t stride,
                                                         Function function) {
  constexpr std::size_t whole = rows.length / Width * Width;
  CORTEXPR_NO_UNROLL for (std::size_t x = 0; x < whole; x += Width)
      correlate_by_outputs_tile<Pack, Packs, Outputs, rows, Rows, Width, Depth>(from, first + x, weights, bias,
                                                                                to + x * stride, stride, function);
  if constexpr (whole < rows.length)
    correlate_by_outputs_tile<Pack, Packs, Outputs, rows, Rows, rows.length - whole, Depth>(
        from, first + whole, weights, bias, to + whole * stride, stride, function);
}

/// `Count` outputs from `first` on: in the widest packs, what is left over in narrower ones.
template <class Simd, std::size_t Count, std::size_t Outputs, std::size_t Depth, OutputRows rows, class T,
          std::size_t Taps, class Function>
CORTEXPR_INLINE constexpr void correlate_outputs_from(const ShiftedPlanes<T, Taps>& from, std::size_t first,
                                                      const T* weights, const T* bias, T* to, std::size_t stride,
                                                      Function function) {
  using Pack = typename Simd::template pack<T, Count>;
  constexpr Tile tile = outputs_tile(Simd::registers, Count / Pack::lanes);
  constexpr std::size_t width = panel_width(rows.length, tile.rows);
  constexpr std::size_t height = panel_width(rows.count, width < rows.length ? 1 : tile.rows / width);
  constexpr std::size_t whole = rows.count / height * height;
  constexpr std::size_t lanes = tile.packs * Pack::lanes, end = Count / lanes * lanes;
  static_assert(end > 0, "correlate_by_outputs: the outputs must fill packs");
  CORTEXPR_NO_UNROLL for (std::size_t o = first; o < first + end; o += lanes) {
    const T* const before = bias == nullptr ? bias : bias + o;
    CORTEXPR_NO_UNROLL for (std::size_t y = 0; y < whole; y += height)
        correlate_by_outputs_rows<Pack, tile.packs, Outputs, rows, height, width, Depth>(
            from, y * rows.from, weights + o, before, to + y * rows.length * stride + o, stride, function);
    if constexpr (whole < rows.count)
      correlate_by_outputs_rows<Pack, tile.packs, Outputs, rows, rows.count - whole, width, Depth>(
          from, whole * rows.from, weights + o, before, to + whole * rows.length * stride + o, stride, function);
  }
  if constexpr (end < Count)
    correlate_outputs_from<Simd, Count - end, Outputs, Depth, rows>(from, first + end, weights, bias, to, stride,
                                                                    function);
}

}  // namespace detail

/// Whether that costs less than rows or a run. Turning over takes as long as four multiply-adds for each place, and for
/// each weight. Half a pack counts three quarters: it takes half as long on some machines, and as long on others. A
/// microcontroller has no room for weights that are turned over.
template <class T>
constexpr bool outputs_pay(std::size_t outputs, OutputRows rows, std::size_t run, std::size_t taps) {
  constexpr std::size_t lanes = simd::native_lanes<T>, narrowest = 16 / sizeof(T);
  if (simd::Native::registers < 16 || lanes < 4 || outputs % (lanes / 2 < narrowest ? lanes : lanes / 2) != 0)
    return false;
  const std::size_t places = rows.count * rows.length;
  const OutputCost otherwise = cost_of_output<T>(rows, run, taps);
  const std::size_t quarters = outputs / lanes * 4 + (outputs % lanes != 0 ? 3 : 0);
  return places >= lanes && quarters * (places * taps + 4 * (places + taps)) < 4 * outputs * otherwise.least();
}

/// to[y rows.length + x][o] = function(bias[o] + sum over d, then t, of
/// weights[d Taps + t][o] planes[d][shifts[t] + y rows.from + x]), the bits of `correlate`. Outputs must fill packs.
/// Shapes:  weights [Depth*Taps, Outputs] -> to [rows, stride], of which Outputs count
/// Cost:    Outputs*rows*Depth*Taps multiply-adds; no scratch
template <class Simd, std::size_t Outputs, std::size_t Depth, OutputRows rows, class T, std::size_t Taps,
          class Function>
[[gnu::noinline]] constexpr void correlate_by_outputs(const ShiftedPlanes<T, Taps>& from, const T* weights,
                                                      std::type_identity_t<const T*> bias, T* to, std::size_t stride,
                                                      Function function) {
  detail::correlate_outputs_from<Simd, Outputs, Outputs, Depth, rows>(from, 0, weights, bias, to, stride, function);
}

}  // namespace cortexpr::kernels
