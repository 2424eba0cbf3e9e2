#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/convolution/correlate.hpp>
#include <cortexpr/kernels/convolution/scalar_loops.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/kernels/order/tile.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// The gradient of a correlation (correlate.hpp) with respect to its weights: dot products along the padded rows.

namespace cortexpr::kernels {

namespace detail {

/// One pack of the partial sums of Outputs x KernelSize dot products: the partial sums from `first` on.
template <class Pack, std::size_t Outputs, std::size_t KernelSize, std::size_t Length, class T>
CORTEXPR_INLINE constexpr void partial_sums(const T* channel, const std::size_t* shifts, const T* upstream,
                                            std::size_t upstream_stride, std::size_t first, Pack* sums) {
  Pack inner[Outputs][KernelSize]{};
  for (std::size_t p = first; p < padded_length(Length); p += row_slack) {
    Pack values[KernelSize];
    CORTEXPR_UNROLL_FOR (std::size_t e = 0; e < KernelSize; ++e)
      values[e] = opaque(Pack::load_unaligned(channel + shifts[e] + p));
    CORTEXPR_UNROLL_FOR (std::size_t o = 0; o < Outputs; ++o) {
      const Pack dy = opaque(Pack::load_unaligned(upstream + o * upstream_stride + p));
      CORTEXPR_UNROLL_FOR (std::size_t e = 0; e < KernelSize; ++e) inner[o][e] = fma(dy, values[e], inner[o][e]);
    }
  }
  CORTEXPR_UNROLL_FOR (std::size_t o = 0; o < Outputs; ++o)
    CORTEXPR_UNROLL_FOR (std::size_t e = 0; e < KernelSize; ++e) sums[e * Outputs + o] = inner[o][e];
}

/// The sums over the lanes of each of `Count` packs. The last sums, if they do not fill a pack, use narrower packs.
template <std::size_t Count, class Pack, class T>
CORTEXPR_INLINE constexpr void sums_of_rows(const Pack* rows, T* sums) {
  constexpr std::size_t whole = Count / Pack::lanes * Pack::lanes, left = Count - whole;
  CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < whole; i += Pack::lanes)
    sums_of_lanes(rows + i).store_unaligned(sums + i);
  if constexpr (left > 0 && left <= Pack::lanes / 2 && Pack::lanes * sizeof(T) > 16) {
    decltype(rows->lower()) halves[left];
    CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < left; ++i)
      halves[i] = rows[whole + i].lower() + rows[whole + i].upper();
    sums_of_rows<left>(halves, sums + whole);
  } else if constexpr (left > 0) {
    Pack rest[Pack::lanes]{};
    CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < left; ++i) rest[i] = rows[whole + i];
    sums_of_lanes(rest).store_unaligned(sums + whole);
  }
}

/// Adds the partial sums of `Count` rows in the order of a row's sum (accumulation.hpp). Each row has row_slack of
/// them, in `Passes` packs.
template <std::size_t Count, class Pack, std::size_t Passes, class T>
CORTEXPR_INLINE constexpr void add_partial_sums(Pack (&partial)[Passes][Count], T* totals) {
  for (std::size_t half = Passes / 2; half > 0; half /= 2)
    for (std::size_t pass = 0; pass < half; ++pass)
      for (std::size_t i = 0; i < Count; ++i) partial[pass][i] = partial[pass][i] + partial[pass + half][i];
  sums_of_rows<Count>(partial[0], totals);
}

/// Adds to `gradient` the dot products of `Outputs` rows of the upstream gradient with `KernelSize` shifted copies of a
/// channel.
template <class Pack, std::size_t Outputs, std::size_t KernelSize, std::size_t Length, class T>
CORTEXPR_INLINE constexpr void correlate_gradient_tile(const T* channel, const std::size_t* shifts, const T* upstream,
                                                       std::size_t upstream_stride, T* gradient, std::size_t stride) {
  constexpr std::size_t passes = row_slack / Pack::lanes;
  Pack partial[passes][Outputs * KernelSize]{};
  for (std::size_t pass = 0; pass < passes; ++pass)
    partial_sums<Pack, Outputs, KernelSize, Length>(channel, shifts, upstream, upstream_stride, pass * Pack::lanes,
                                                    partial[pass]);
  alignas(sizeof(T) * row_slack) T totals[simd::padded(Outputs * KernelSize, Pack::lanes)];
  add_partial_sums(partial, totals);

  using Some = simd::Pack<T, simd::lanes_for<T>(Outputs / 2 + 1)>;  // the widest pack that Outputs fill
  CORTEXPR_UNROLL_FOR (std::size_t e = 0; e < KernelSize; ++e, gradient += stride)
    zip<Some, Rest::some>(gradient, totals + e * Outputs, gradient, Outputs, Plus{});
}

/// Adds the sums of `Count` rows to `sums`, side by side, because each sum is a chain of dependent additions.
template <class Pack, std::size_t Count, class T>
CORTEXPR_INLINE constexpr void add_row_sums_tile(const T* rows, std::size_t length, std::size_t stride, T* sums) {
  constexpr std::size_t passes = row_slack / Pack::lanes;
  Pack partial[passes][Count]{};
  for (std::size_t pass = 0; pass < passes; ++pass) {
    Pack inner[Count]{};
    for (std::size_t p = pass * Pack::lanes; p < padded_length(length); p += row_slack)
      CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Count; ++i)
        inner[i] = inner[i] + Pack::load_unaligned(rows + i * stride + p);
    CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Count; ++i) partial[pass][i] = inner[i];
  }
  alignas(sizeof(T) * row_slack) T totals[simd::padded(Count, Pack::lanes)];
  add_partial_sums(partial, totals);
  for (std::size_t i = 0; i < Count; ++i) sums[i] += totals[i];
}

/// All output channels, for `KernelSize` kernel elements of one channel.
template <class Simd, std::size_t Outputs, std::size_t KernelSize, std::size_t Length, class T>
CORTEXPR_INLINE constexpr void correlate_gradient_elements(const T* channel, const std::size_t* shifts,
                                                           const T* upstream, std::size_t upstream_stride, T* gradient,
                                                           std::size_t stride) {
  using Pack = typename Simd::template pack<T, row_slack>;
  constexpr std::size_t height = panel_width(Outputs, correlation_gradient_tile(Simd::registers, KernelSize).rows);
  constexpr std::size_t whole = Outputs / height * height;
  CORTEXPR_NO_UNROLL_FOR (std::size_t o = 0; o < whole; o += height)
    correlate_gradient_tile<Pack, height, KernelSize, Length>(channel, shifts, upstream + o * upstream_stride,
                                                              upstream_stride, gradient + o, stride);
  if constexpr (whole < Outputs)
    correlate_gradient_tile<Pack, Outputs - whole, KernelSize, Length>(
        channel, shifts, upstream + whole * upstream_stride, upstream_stride, gradient + whole, stride);
}

}  // namespace detail

/// gradient[c][e][o] += the sum over p of upstream[o][p] from[c][shifts[e] + p]
/// Order:   that of a row's sum (accumulation.hpp): 16 interleaved partial sums, then a tree
/// Shapes:  upstream [Outputs, upstream_stride], of each row Length elements, then zeros up to the next multiple of 16
///          -> gradient [Channels*KernelSize, stride], the first Outputs of each row
/// Blocks:  output channels x kernel elements (correlation_gradient_tile in tile.hpp), each a pack of partial sums
/// Cost:    Outputs*Length*Channels*KernelSize multiply-adds; no scratch
template <class Simd, std::size_t Outputs, std::size_t Channels, std::size_t Length, class T, std::size_t KernelSize>
[[gnu::noinline]] constexpr void correlate_gradient(const PackedImage<T, KernelSize>& from, const T* upstream,
                                                    std::size_t upstream_stride, T* gradient, std::size_t stride) {
  if constexpr (uses_scalar_loops<Simd>)
    return detail::correlate_gradient_scalar<Outputs, Channels, Length>(from, upstream, upstream_stride, gradient,
                                                                        stride);
  constexpr std::size_t width = correlation_gradient_tile(Simd::registers, KernelSize).packs;
  constexpr std::size_t whole = KernelSize / width * width;
  for (std::size_t c = 0; c < Channels; ++c) {
    const T* const channel = from.data + c * from.channel_stride;
    T* const to = gradient + c * KernelSize * stride;
    CORTEXPR_NO_UNROLL_FOR (std::size_t e = 0; e < whole; e += width)
      detail::correlate_gradient_elements<Simd, Outputs, width, Length>(channel, from.shifts.data() + e, upstream,
                                                                        upstream_stride, to + e * stride, stride);
    if constexpr (whole < KernelSize)
      detail::correlate_gradient_elements<Simd, Outputs, KernelSize - whole, Length>(
          channel, from.shifts.data() + whole, upstream, upstream_stride, to + whole * stride, stride);
  }
}

/// sums[i] += the sum of row i, in the order of a row's sum
/// Shapes:  rows [Count, stride], of each row `length` elements, then zeros up to the next multiple of 16 ->
///          sums [Count]
template <class Simd, std::size_t Count, class T>
CORTEXPR_SHARED constexpr void add_row_sums(const T* rows, std::size_t length, std::size_t stride, T* sums) {
  using Pack = typename Simd::template pack<T, row_slack>;
  constexpr std::size_t height = uses_scalar_loops<Simd> ? 1 : panel_width(Count, 8), whole = Count / height * height;
  CORTEXPR_NO_UNROLL_FOR (std::size_t i = 0; i < whole; i += height)
    detail::add_row_sums_tile<Pack, height>(rows + i * stride, length, stride, sums + i);
  if constexpr (whole < Count)
    detail::add_row_sums_tile<Pack, Count - whole>(rows + whole * stride, length, stride, sums + whole);
}

}  // namespace cortexpr::kernels
