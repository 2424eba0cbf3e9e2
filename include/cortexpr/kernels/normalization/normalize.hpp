#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Normalization of rows. A row is any contiguous range of elements, such as a sample, a channel or a group of channels;
// it need be neither aligned nor padded. The order of sums is that of accumulation.hpp.

namespace cortexpr::kernels {

/// The parameters of a normalization: normalized(x) = (x - mean) * inverse with inverse = 1 / sqrt(variance + epsilon).
template <class Value>
struct Moments {
  Value mean;
  Value inverse;
};

/// The same moments in all lanes.
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
constexpr T sum_of_squared_deviations(const T* x, T mean) {
  return reduce_row<Pack, Columns>(
      T(0),
      [&](std::size_t i) {
        const Pack deviation = load_unpadded<Pack, Columns>(x, i) - Pack::broadcast(mean);
        return deviation * deviation;
      },
      Plus{});
}

/// The sum of dy * normalized(x).   Shapes: x, dy [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr T sum_of_normalized(const T* x, const T* dy, Moments<T> moments) {
  const Moments<Pack> in_lanes = broadcast<Pack>(moments);
  return reduce_row<Pack, Columns>(
      T(0),
      [&](std::size_t i) {
        return load_unpadded<Pack, Columns>(dy, i) * normalized(load_unpadded<Pack, Columns>(x, i), in_lanes);
      },
      Plus{});
}

/// The moments of a row. If `centred` is false, the mean is 0, as in RMS normalization. The variance takes a second
/// pass, which avoids cancellation.
/// Shapes:  x [Columns]
/// Source:  Chan, Golub, LeVeque, "Algorithms for computing the sample variance", 1983
template <class Pack, std::size_t Columns, bool centred, class T>
constexpr Moments<T> moments_of_row(const T* x, T epsilon) {
  constexpr T count = static_cast<T>(Columns);
  const T mean = centred ? sum_of_row<Pack, Columns>(x) / count : T(0);
  return {mean, inverse_deviation_of(sum_of_squared_deviations<Pack, Columns>(x, mean) / count, epsilon)};
}

/// y = normalized(x) * scale + shift, with a scale and a shift per element. A null `shift` is zero.
/// Shapes:  x, scale, shift [Columns] -> y [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr void normalize_row(const T* x, Moments<T> moments, const T* scale, const T* shift, T* y) {
  for_each_pack<Pack, Rest::some>(Columns, [&]<class P>(std::size_t i) {
    const P values = normalized(P::load_unaligned(x + i), broadcast<P>(moments));
    const P scales = P::load_unaligned(scale + i);
    const P result = shift != nullptr ? fma(values, scales, P::load_unaligned(shift + i)) : values * scales;
    result.store_unaligned(y + i);
  });
}

/// The gradient of normalize_row with respect to x:
/// dx = (g - mean(g) - normalized(x) * mean(g * normalized(x))) * inverse with g = dy * scale; without mean(g) if
/// `centred` is false.
/// Shapes:  x, dy, scale [Columns] -> dx [Columns]
template <class Pack, std::size_t Columns, bool centred, class T>
constexpr void normalize_row_gradient(const T* x, const T* dy, Moments<T> moments, const T* scale, T* dx) {
  constexpr T count = static_cast<T>(Columns);
  const auto scaled = [&](std::size_t i) {
    return load_unpadded<Pack, Columns>(dy, i) * load_unpadded<Pack, Columns>(scale, i);
  };
  const T mean = centred ? reduce_row<Pack, Columns>(T(0), scaled, Plus{}) / count : T(0);
  const T projection =
      reduce_row<Pack, Columns>(
          T(0),
          [&](std::size_t i) {
            return scaled(i) * normalized(load_unpadded<Pack, Columns>(x, i), broadcast<Pack>(moments));
          },
          Plus{}) /
      count;
  for_each_pack<Pack, Rest::some>(Columns, [&]<class P>(std::size_t i) {
    const Moments<P> in_lanes = broadcast<P>(moments);
    const P values = normalized(P::load_unaligned(x + i), in_lanes);
    const P g = P::load_unaligned(dy + i) * P::load_unaligned(scale + i);
    ((g - fma(values, P::broadcast(projection), P::broadcast(mean))) * in_lanes.inverse).store_unaligned(dx + i);
  });
}

/// y = normalized(x) * scale + shift, with one scale and one shift for the row.   Shapes: x [Columns] -> y [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr void normalize_channel(const T* x, Moments<T> moments, T scale, T shift, T* y) {
  map<Pack, Rest::some>(x, y, Columns, [=]<class P>(P values) {
    return fma(normalized(values, broadcast<P>(moments)), P::broadcast(scale), P::broadcast(shift));
  });
}

/// The gradient of normalize_channel with respect to x: dx = (dy * scale - mean - normalized(x) * projection) *
/// inverse. `mean` and `projection` are the means of dy * scale and of dy * scale * normalized(x) over all elements
/// that share the moments.
/// Shapes:  x, dy [Columns] -> dx [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr void normalize_channel_gradient(const T* x, const T* dy, Moments<T> moments, T scale, T mean, T projection,
                                          T* dx) {
  zip<Pack, Rest::some>(x, dy, dx, Columns, [=]<class P>(P values, P upstream) {
    const Moments<P> in_lanes = broadcast<P>(moments);
    const P common = fma(normalized(values, in_lanes), P::broadcast(projection), P::broadcast(mean));
    return (upstream * P::broadcast(scale) - common) * in_lanes.inverse;
  });
}

}  // namespace cortexpr::kernels
