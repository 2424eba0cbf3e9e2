#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/tile.hpp>
#include <cortexpr/kernels/window.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// The gradient of a correlation by its weights with the outputs as lanes: nothing is calculated in margins, and no sum
// goes over lanes. The order is another than that of correlate_gradient.hpp, so the shape alone decides between them.

namespace cortexpr::kernels {

namespace detail {

/// `Planes` planes, `Count` taps from `First` on, `Packs` packs of outputs.
template <class Pack, std::size_t Packs, std::size_t Planes, Window window, std::size_t First, std::size_t Count,
          class T>
CORTEXPR_INLINE constexpr void gradient_by_outputs_tile(const T* plane, const T* slopes, std::size_t outputs,
                                                        T* gradient, std::size_t stride) {
  constexpr std::size_t taps = window.taps();
  Pack sums[Planes][Count][Packs]{};
  for (std::size_t y = 0; y < window.vertical.output(); ++y) {
    const T* seen = plane + y * window.row();
    const T* slope = slopes + y * window.row() * outputs;
    for (std::size_t x = 0; x < window.horizontal.output(); ++x, ++seen, slope += outputs) {
      // Or GCC would keep what a tap sees for the tap to its left, and have no registers for that.
      const T* const places = simd::opaque(seen);
      Pack upstream[Packs];
      CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) upstream[p] =
          opaque(Pack::load_unaligned(slope + p * Pack::lanes));
      CORTEXPR_UNROLL for (std::size_t d = 0; d < Planes; ++d) CORTEXPR_UNROLL for (std::size_t t = 0; t < Count; ++t) {
        const Pack value = Pack::broadcast(places[d * window.channel() + shifts_of<window>[First + t]]);
        CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) sums[d][t][p] = fma(upstream[p], value, sums[d][t][p]);
      }
    }
  }
  CORTEXPR_UNROLL for (std::size_t d = 0; d < Planes; ++d) CORTEXPR_UNROLL for (std::size_t t = 0; t < Count; ++t)
      CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) {
    T* const to = gradient + (d * taps + First + t) * stride + p * Pack::lanes;
    (Pack::load_unaligned(to) + sums[d][t][p]).store_unaligned(to);
  }
}

/// `Planes` planes, all taps from `First` on.
template <class Pack, Tile tile, std::size_t Planes, Window window, std::size_t First = 0, class T>
CORTEXPR_INLINE constexpr void gradient_by_outputs_planes(const T* plane, const T* slopes, std::size_t outputs,
                                                          T* gradient, std::size_t stride) {
  constexpr std::size_t left = window.taps() - First, count = left < tile.rows ? left : tile.rows;
  gradient_by_outputs_tile<Pack, tile.packs, Planes, window, First, count>(plane, slopes, outputs, gradient, stride);
  if constexpr (count < left)
    gradient_by_outputs_planes<Pack, tile, Planes, window, First + count>(plane, slopes, outputs, gradient, stride);
}

/// `Count` outputs from `first` on: in the widest packs, what is left over in narrower ones.
template <class Simd, std::size_t Count, std::size_t Depth, Window window, class T>
CORTEXPR_INLINE constexpr void gradient_by_outputs_from(const T* planes, const T* upstream, std::size_t outputs,
                                                        T* gradient, std::size_t stride, std::size_t first) {
  using Pack = typename Simd::template pack<T, Count>;
  constexpr std::size_t taps = window.taps();
  constexpr Tile tile = outputs_gradient_tile(Simd::registers, Count / Pack::lanes, taps);
  constexpr std::size_t height = panel_width(Depth, tile.rows > taps ? tile.rows / taps : 1);
  constexpr std::size_t whole = Depth / height * height;
  constexpr std::size_t lanes = tile.packs * Pack::lanes, end = Count / lanes * lanes;
  static_assert(end > 0, "correlate_gradient_by_outputs: the outputs must fill packs");
  CORTEXPR_NO_UNROLL for (std::size_t o = first; o < first + end; o += lanes) {
    CORTEXPR_NO_UNROLL for (std::size_t d = 0; d < whole; d += height)
        gradient_by_outputs_planes<Pack, tile, height, window>(planes + d * window.channel(), upstream + o, outputs,
                                                               gradient + d * taps * stride + o, stride);
    if constexpr (whole < Depth)
      gradient_by_outputs_planes<Pack, tile, Depth - whole, window>(
          planes + whole * window.channel(), upstream + o, outputs, gradient + whole * taps * stride + o, stride);
  }
  if constexpr (end < Count)
    gradient_by_outputs_from<Simd, Count - end, Depth, window>(planes, upstream, outputs, gradient, stride,
                                                               first + end);
}

}  // namespace detail

/// Whether that costs less than sums over a run. For each place the slopes are turned over, which takes as long as four
/// multiply-adds; the sum over the lanes of a run takes as long as 45. Half a pack counts as a whole one.
constexpr bool gradient_by_outputs_pays(std::size_t outputs, Window window, std::size_t taps) {
  const std::size_t places = window.vertical.output() * window.horizontal.output();
  const std::size_t packs = (outputs + run_slack - 1) / run_slack;
  return outputs % (run_slack / 2) == 0 &&
         packs * run_slack * places * (taps + 4) < outputs * (padded_run(window.run()) + 45) * taps;
}

/// gradient[d][t][o] += the sum over y, then x, from zero, of upstream[p][o] planes[d][shifts[t] + p],
/// p = y window.row() + x. Outputs must fill packs.
/// Shapes:  planes [Depth, window.channel()], upstream [window.run(), outputs] -> gradient [Depth*Taps, stride]; of
///          outputs and stride, Outputs count
/// Cost:    Outputs*places*Depth*Taps multiply-adds; no scratch
template <class Simd, std::size_t Outputs, std::size_t Depth, Window window, class T>
[[gnu::noinline]] constexpr void correlate_gradient_by_outputs(const T* planes, const T* upstream, std::size_t outputs,
                                                               T* gradient, std::size_t stride) {
  detail::gradient_by_outputs_from<Simd, Outputs, Depth, window>(planes, upstream, outputs, gradient, stride, 0);
}

}  // namespace cortexpr::kernels
