#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/constant.hpp>
#include <cortexpr/kernels/correlate.hpp>
#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/kernels/reduce.hpp>
#include <cortexpr/kernels/tile.hpp>
#include <cortexpr/kernels/window.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// The gradient of a correlation (correlate.hpp) by its weights: products over whole runs.

namespace cortexpr::kernels {

namespace detail {

/// One pack of the partial sums of Outputs x Taps products, from `first` on.
template <class Pack, std::size_t Outputs, std::size_t Taps, std::size_t Run, class T>
CORTEXPR_INLINE constexpr void partial_sums(const T* plane, const std::size_t* shifts, const T* upstream,
                                            std::size_t distance, std::size_t first, Pack* sums) {
  Pack inner[Outputs][Taps]{};
  for (std::size_t p = first; p < padded_run(Run); p += run_slack) {
    Pack values[Taps];
    CORTEXPR_UNROLL for (std::size_t t = 0; t < Taps; ++t) values[t] =
        opaque(Pack::load_unaligned(plane + shifts[t] + p));
    CORTEXPR_UNROLL for (std::size_t o = 0; o < Outputs; ++o) {
      const Pack slope = opaque(Pack::load_unaligned(upstream + o * distance + p));
      CORTEXPR_UNROLL for (std::size_t t = 0; t < Taps; ++t) inner[o][t] = fma(slope, values[t], inner[o][t]);
    }
  }
  CORTEXPR_UNROLL for (std::size_t o = 0; o < Outputs; ++o) CORTEXPR_UNROLL for (std::size_t t = 0; t < Taps; ++t)
      sums[t * Outputs + o] = inner[o][t];
}

/// The sums over the lanes of each of `Count` packs; what they leave over of a pack, in narrower ones.
template <std::size_t Count, class Pack, class T>
CORTEXPR_INLINE constexpr void sums_of_rows(const Pack* rows, T* sums) {
  constexpr std::size_t whole = Count / Pack::lanes * Pack::lanes, left = Count - whole;
  CORTEXPR_UNROLL for (std::size_t i = 0; i < whole; i += Pack::lanes) sums_of_lanes(rows + i).store_unaligned(sums +
                                                                                                               i);
  if constexpr (left > 0 && left <= Pack::lanes / 2 && Pack::lanes * sizeof(T) > 16) {
    decltype(rows->lower()) halves[left];
    CORTEXPR_UNROLL for (std::size_t i = 0; i < left; ++i) halves[i] =
        rows[whole + i].lower() + rows[whole + i].upper();
    sums_of_rows<left>(halves, sums + whole);
  } else if constexpr (left > 0) {
    Pack rest[Pack::lanes]{};
    CORTEXPR_UNROLL for (std::size_t i = 0; i < left; ++i) rest[i] = rows[whole + i];
    sums_of_lanes(rest).store_unaligned(sums + whole);
  }
}

/// The partial sums of `Count` runs, each in as many packs as make run_slack lanes, added up in the order of a row's sum.
template <std::size_t Count, class Pack, std::size_t Passes, class T>
CORTEXPR_INLINE constexpr void join_partial_sums(Pack (&partial)[Passes][Count], T* totals) {
  for (std::size_t half = Passes / 2; half > 0; half /= 2)
    for (std::size_t pass = 0; pass < half; ++pass)
      for (std::size_t i = 0; i < Count; ++i) partial[pass][i] = partial[pass][i] + partial[pass + half][i];
  sums_of_rows<Count>(partial[0], totals);
}

/// The sums over a run of Outputs x Taps products of shifted copies, added to `gradient`.
template <class Pack, std::size_t Outputs, std::size_t Taps, std::size_t Run, class T>
CORTEXPR_INLINE constexpr void correlate_gradient_tile(const T* plane, const std::size_t* shifts, const T* upstream,
                                                       std::size_t distance, T* gradient, std::size_t stride) {
  constexpr std::size_t passes = run_slack / Pack::lanes;
  Pack partial[passes][Outputs * Taps]{};
  for (std::size_t pass = 0; pass < passes; ++pass)
    partial_sums<Pack, Outputs, Taps, Run>(plane, shifts, upstream, distance, pass * Pack::lanes, partial[pass]);
  alignas(sizeof(T) * run_slack) T totals[simd::padded(Outputs * Taps, Pack::lanes)];
  join_partial_sums(partial, totals);

  using Some = simd::Pack<T, simd::lanes_for<T>(Outputs / 2 + 1)>;  // the widest that Outputs fill
  CORTEXPR_UNROLL for (std::size_t t = 0; t < Taps; ++t, gradient += stride)
      zip<Some, Rest::some>(gradient, totals + t * Outputs, gradient, Outputs, Plus{});
}

/// The sums over `Count` runs, added to `sums`: side by side, because each is a chain of additions.
template <class Pack, std::size_t Count, std::size_t Run, class T>
CORTEXPR_INLINE constexpr void add_runs_tile(const T* runs, std::size_t distance, T* sums) {
  constexpr std::size_t passes = run_slack / Pack::lanes;
  Pack partial[passes][Count]{};
  for (std::size_t pass = 0; pass < passes; ++pass) {
    Pack inner[Count]{};
    for (std::size_t p = pass * Pack::lanes; p < padded_run(Run); p += run_slack)
      CORTEXPR_UNROLL for (std::size_t i = 0; i < Count; ++i) inner[i] =
          inner[i] + Pack::load_unaligned(runs + i * distance + p);
    CORTEXPR_UNROLL for (std::size_t i = 0; i < Count; ++i) partial[pass][i] = inner[i];
  }
  alignas(sizeof(T) * run_slack) T totals[simd::padded(Count, Pack::lanes)];
  join_partial_sums(partial, totals);
  for (std::size_t i = 0; i < Count; ++i) sums[i] += totals[i];
}

/// All outputs, for `Taps` taps of one plane.
template <class Simd, std::size_t Outputs, std::size_t Taps, std::size_t Run, class T>
CORTEXPR_INLINE constexpr void correlate_gradient_taps(const T* plane, const std::size_t* shifts, const T* upstream,
                                                       std::size_t distance, T* gradient, std::size_t stride) {
  using Pack = typename Simd::template pack<T, run_slack>;
  constexpr std::size_t height = panel_width(Outputs, correlation_gradient_tile(Simd::registers, Taps).rows);
  constexpr std::size_t whole = Outputs / height * height;
  CORTEXPR_NO_UNROLL for (std::size_t o = 0; o < whole; o += height) correlate_gradient_tile<Pack, height, Taps, Run>(
      plane, shifts, upstream + o * distance, distance, gradient + o, stride);
  if constexpr (whole < Outputs)
    correlate_gradient_tile<Pack, Outputs - whole, Taps, Run>(plane, shifts, upstream + whole * distance, distance,
                                                              gradient + whole, stride);
}

}  // namespace detail

/// gradient[d][t][o] += the sum over p of upstream[o][p] planes[d][shifts[t] + p], in the order of a row's sum
/// (accumulation.hpp). Between Run and the next multiple of 16, upstream must be 0.
/// Shapes:  upstream [Outputs, distance] -> gradient [Depth*Taps, stride], of which Outputs count
/// Cost:    Outputs*Run*Depth*Taps multiply-adds; no scratch
template <class Simd, std::size_t Outputs, std::size_t Depth, std::size_t Run, class T, std::size_t Taps>
[[gnu::noinline]] constexpr void correlate_gradient(const ShiftedPlanes<T, Taps>& from, const T* upstream,
                                                    std::size_t distance, T* gradient, std::size_t stride) {
  if constexpr (detail::is_flat<Simd>)
    return detail::correlate_gradient_flat<Outputs, Depth, Run>(from, upstream, distance, gradient, stride);
  constexpr std::size_t width = correlation_gradient_tile(Simd::registers, Taps).packs;
  constexpr std::size_t whole = Taps / width * width;
  for (std::size_t d = 0; d < Depth; ++d) {
    const T* const plane = from.planes + d * from.distance;
    T* const to = gradient + d * Taps * stride;
    CORTEXPR_NO_UNROLL for (std::size_t t = 0; t < whole; t += width)
        detail::correlate_gradient_taps<Simd, Outputs, width, Run>(plane, from.shifts.data() + t, upstream, distance,
                                                                   to + t * stride, stride);
    if constexpr (whole < Taps)
      detail::correlate_gradient_taps<Simd, Outputs, Taps - whole, Run>(plane, from.shifts.data() + whole, upstream,
                                                                        distance, to + whole * stride, stride);
  }
}

/// sums[i] += the sum of run i, in the order of a row's sum. Between Run and the next multiple of 16, runs must be 0.
/// Shapes:  runs [Count, distance] -> sums [Count]
template <class Simd, std::size_t Count, std::size_t Run, class T>
constexpr void add_runs(const T* runs, std::size_t distance, T* sums) {
  using Pack = typename Simd::template pack<T, run_slack>;
  constexpr std::size_t height = detail::is_flat<Simd> ? 1 : panel_width(Count, 8), whole = Count / height * height;
  CORTEXPR_NO_UNROLL for (std::size_t i = 0; i < whole; i += height)
      detail::add_runs_tile<Pack, height, Run>(runs + i * distance, distance, sums + i);
  if constexpr (whole < Count)
    detail::add_runs_tile<Pack, Count - whole, Run>(runs + whole * distance, distance, sums + whole);
}

}  // namespace cortexpr::kernels
