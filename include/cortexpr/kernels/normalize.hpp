#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/kernels/reduce.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Normalisation works on runs: elements that lie one after the other, such as a row, a channel or a group of channels.
// A run need be neither aligned nor padded. Sums over it go as those over rows (accumulation.hpp).

namespace cortexpr::kernels {

/// What a run is normalised with: (x - mean) * inverse, where inverse is 1 / sqrt(variance + epsilon).
template <class Value>
struct Moments {
  Value mean;
  Value inverse;
};

/// Moments in all lanes.
template <class Pack, class T>
CORTEXPR_INLINE constexpr Moments<Pack> broadcast(Moments<T> moments) {
  return {Pack::broadcast(moments.mean), Pack::broadcast(moments.inverse)};
}

template <class Pack>
CORTEXPR_INLINE constexpr Pack normalized(Pack x, Moments<Pack> moments) {
  return (x - moments.mean) * moments.inverse;
}

/// 1 / sqrt(variance + epsilon)
template <class Pack>
CORTEXPR_INLINE constexpr Pack inverse_deviation(Pack variance, typename Pack::value_type epsilon) {
  return Pack::broadcast(1) / sqrt(variance + Pack::broadcast(epsilon));
}
template <class T>
CORTEXPR_INLINE constexpr T inverse_deviation_of(T variance, T epsilon) {
  return inverse_deviation(simd::Pack<T, 1>::broadcast(variance), epsilon)[0];
}

/// The sum of (x - mean)^2.   Shapes: x [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr T sum_of_squares_of_run(const T* x, T mean) {
  return reduce_row<Pack, Columns>(
      T(0),
      [&](std::size_t i) {
        const Pack distance = load_run<Pack, Columns>(x, i) - Pack::broadcast(mean);
        return distance * distance;
      },
      Plus{});
}

/// The sum of dy times the normalised x.   Shapes: x, dy [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr T sum_of_normalized(const T* x, const T* dy, Moments<T> moments) {
  const Moments<Pack> in_lanes = broadcast<Pack>(moments);
  return reduce_row<Pack, Columns>(
      T(0),
      [&](std::size_t i) {
        return load_run<Pack, Columns>(dy, i) * normalized(load_run<Pack, Columns>(x, i), in_lanes);
      },
      Plus{});
}

/// The moments of a run. If it is not centred its mean counts as 0.
/// Source:  the variance in two passes, which loses nothing to cancellation: Chan, Golub, LeVeque, "Algorithms for
///          computing the sample variance", 1983.
template <class Pack, std::size_t Columns, bool centred, class T>
constexpr Moments<T> moments_of_run(const T* x, T epsilon) {
  constexpr T count = static_cast<T>(Columns);
  const T mean = centred ? sum_of_run<Pack, Columns>(x) / count : T(0);
  return {mean, inverse_deviation_of(sum_of_squares_of_run<Pack, Columns>(x, mean) / count, epsilon)};
}

/// y = normalised x * scale + shift, where each element of the run has a scale and a shift of its own; without `shift`
/// where that is null.   Shapes: x, scale, shift [Columns] -> y [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr void normalize_run(const T* x, Moments<T> moments, const T* scale, const T* shift, T* y) {
  for_each_pack<Pack, Rest::some>(Columns, [&]<class P>(std::size_t i) {
    const P values = normalized(P::load_unaligned(x + i), broadcast<P>(moments));
    const P scales = P::load_unaligned(scale + i);
    const P result = shift != nullptr ? fma(values, scales, P::load_unaligned(shift + i)) : values * scales;
    result.store_unaligned(y + i);
  });
}

/// The gradient by x of normalize_run.   Shapes: x, dy, scale [Columns] -> dx [Columns]
template <class Pack, std::size_t Columns, bool centred, class T>
constexpr void normalize_run_gradient(const T* x, const T* dy, Moments<T> moments, const T* scale, T* dx) {
  constexpr T count = static_cast<T>(Columns);
  const auto slope = [&](std::size_t i) { return load_run<Pack, Columns>(dy, i) * load_run<Pack, Columns>(scale, i); };
  const T mean = centred ? reduce_row<Pack, Columns>(T(0), slope, Plus{}) / count : T(0);
  const T along =
      reduce_row<Pack, Columns>(
          T(0),
          [&](std::size_t i) { return slope(i) * normalized(load_run<Pack, Columns>(x, i), broadcast<Pack>(moments)); },
          Plus{}) /
      count;
  for_each_pack<Pack, Rest::some>(Columns, [&]<class P>(std::size_t i) {
    const Moments<P> in_lanes = broadcast<P>(moments);
    const P values = normalized(P::load_unaligned(x + i), in_lanes);
    const P slopes = P::load_unaligned(dy + i) * P::load_unaligned(scale + i);
    ((slopes - fma(values, P::broadcast(along), P::broadcast(mean))) * in_lanes.inverse).store_unaligned(dx + i);
  });
}

/// y = normalised x * scale + shift, where the run has one of each.   Shapes: x [Columns] -> y [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr void normalize_channel(const T* x, Moments<T> moments, T scale, T shift, T* y) {
  map<Pack, Rest::some>(x, y, Columns, [=]<class P>(P values) {
    return fma(normalized(values, broadcast<P>(moments)), P::broadcast(scale), P::broadcast(shift));
  });
}

/// dx = (dy scale - mean - normalised x * along) * inverse, where `mean` and `along` are the means of dy scale and of
/// dy scale times the normalised x, over all that was normalised together.   Shapes: x, dy [Columns] -> dx [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr void normalize_channel_gradient(const T* x, const T* dy, Moments<T> moments, T scale, T mean, T along,
                                          T* dx) {
  zip<Pack, Rest::some>(x, dy, dx, Columns, [=]<class P>(P values, P slopes) {
    const Moments<P> in_lanes = broadcast<P>(moments);
    const P together = fma(normalized(values, in_lanes), P::broadcast(along), P::broadcast(mean));
    return (slopes * P::broadcast(scale) - together) * in_lanes.inverse;
  });
}

}  // namespace cortexpr::kernels
