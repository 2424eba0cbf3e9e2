#pragma once

#include <cortexpr/kernels/normalization/normalize.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Normalisation over a batch. Where a channel is more than one element, each of its runs is summed as a run; the
// samples are added in order.

namespace cortexpr::kernels {

/// Continues the chains of a consumer with `count` sums. All layers share it.
template <class Pack, class T, class Consumer>
CORTEXPR_SHARED constexpr void add_sums(const T* sums, std::size_t count, const Consumer& consumer) {
  for (std::size_t i = 0; i < count; i += Pack::lanes)
    consumer.template end<Pack>(i, consumer.template begin<Pack>(i) + Pack::load(sums + i));
}

/// running = (1 - momentum) running + momentum batch factor, for `count` elements, a multiple of the lanes. All layers
/// share it.
template <class Pack, class T>
CORTEXPR_SHARED constexpr void follow(T* running, const T* batch, std::size_t count, T momentum, T rest, T factor) {
  zip<Pack, Rest::none>(running, batch, running, count, [=]<class P>(P before, P now) {
    return fma(P::broadcast(momentum), now * P::broadcast(factor), P::broadcast(rest) * before);
  });
}

/// `Channels` channels of `Columns` elements each in every sample.
/// Shapes:  rows x, y, dy, dx [B, Channels * Columns]; scale, shift, mean, variance [Channels], padded
template <class Simd, class T, std::size_t Channels, std::size_t Columns>
struct BatchNormalization {
  static constexpr std::size_t stride = simd::row_stride<T>(Channels);

  /// Where moments come from, a pack or a single one at a time.
  static constexpr auto of_batch(const T* saved) {
    return [=]<class P>(std::size_t channel, P) {
      return Moments<P>{P::load_unaligned(saved + channel), P::load_unaligned(saved + stride + channel)};
    };
  }
  static constexpr auto running(const T* mean, const T* variance, T epsilon) {
    return [=]<class P>(std::size_t channel, P) {
      return Moments<P>{P::load_unaligned(mean + channel),
                        inverse_deviation(P::load_unaligned(variance + channel), epsilon)};
    };
  }

  /// The mean, the inverse deviation and the variance of each channel.   Shapes: saved [3, stride]
  template <class X>
  static constexpr void measure(X x, T epsilon, T* saved) {
    const T count = static_cast<T>(x.count * Columns);
    for_each_channel([&]<class P>(std::size_t c, P) {
      P sum = P::zero();
      for (std::size_t row = 0; row < x.count; ++row) sum = sum + total(x[row], c, P{});
      const P mean = sum / P::broadcast(count);
      P squares = P::zero();
      for (std::size_t row = 0; row < x.count; ++row) squares = squares + distances(x[row], c, mean);
      const P variance = squares / P::broadcast(count);
      mean.store_unaligned(saved + c);
      inverse_deviation(variance, epsilon).store_unaligned(saved + stride + c);
      variance.store_unaligned(saved + 2 * stride + c);
    });
    for (std::size_t i = 0; i < 3; ++i) fill(saved + i * stride + Channels, stride - Channels, T(0));
  }

  /// y = normalised x * scale + shift
  template <class X, class Y, class MomentsAt>
  static constexpr void normalize(X x, MomentsAt moments_at, const T* scale, const T* shift, Y y) {
    for_each_channel([&]<class P>(std::size_t c, P) {
      const Moments<P> moments = moments_at(c, P{});
      const P scales = P::load_unaligned(scale + c);
      const P shifts = P::load_unaligned(shift + c);
      for (std::size_t row = 0; row < x.count; ++row) {
        if constexpr (single)
          fma(normalized(P::load_unaligned(x[row] + c), moments), scales, shifts).store_unaligned(y[row] + c);
        else
          normalize_channel<ChannelPack, Columns>(x[row] + c * Columns, first(moments), scales[0], shifts[0],
                                                  y[row] + c * Columns);
      }
    });
  }

  /// The gradients of scale and shift over the batch.   Shapes: sums [2, stride], padding zero
  template <class X, class MomentsAt, class Dy>
  static constexpr void gradient_sums(X x, MomentsAt moments_at, Dy dy, T* sums) {
    for_each_channel([&]<class P>(std::size_t c, P) { sums_of_channel(x, moments_at(c, P{}), dy, c, sums); });
    clear_sums_padding(sums);
  }

  /// The same, and dx, channel by channel, so that x and dy are still in the cache.
  template <class X, class MomentsAt, class Dy, class Dx>
  static constexpr void input_gradient_and_sums(X x, MomentsAt moments_at, const T* scale, Dy dy, Dx dx, T* sums) {
    const T count = static_cast<T>(x.count * Columns);
    for_each_channel([&]<class P>(std::size_t c, P) {
      const Moments<P> moments = moments_at(c, P{});
      const auto [projection, sum] = sums_of_channel(x, moments, dy, c, sums);
      const P scales = P::load_unaligned(scale + c);
      const P mean = scales * sum / P::broadcast(count);
      const P share = scales * projection / P::broadcast(count);
      for (std::size_t row = 0; row < x.count; ++row) slope(x[row], dy[row], dx[row], c, moments, scales, mean, share);
    });
    clear_sums_padding(sums);
  }

  /// Hands a vector of sums that began at zero to the consumer of a gradient.   Shapes: sums [stride]
  template <class Consumer>
  static constexpr void give_sums(const T* sums, const Consumer& consumer) {
    add_sums<typename Simd::template pack<T, Channels>>(sums, stride, consumer);
  }

 private:
  /// The channels are columns.
  static constexpr bool single = Columns == 1;
  using ChannelPack = typename Simd::template pack<T, Columns>;
  using One = simd::Pack<T, 1>;

  /// Calls action(channel, pack): packs of channels where they lie side by side, else one after the other.
  template <class Action>
  CORTEXPR_INLINE static constexpr void for_each_channel(Action action) {
    if constexpr (single)
      for_each_pack<typename Simd::template pack<T, Channels>, Rest::some>(
          Channels, [&]<class P>(std::size_t c) { action(c, P{}); });
    else
      for (std::size_t c = 0; c < Channels; ++c) action(c, One{});
  }

  /// The gradient of scale: dy projected on the normalised x; and that of shift: the sum of dy.
  template <class P>
  struct Sums {
    P projection = P::zero(), sum = P::zero();
  };
  template <class X, class Dy, class P>
  CORTEXPR_INLINE static constexpr Sums<P> sums_of_channel(X x, Moments<P> moments, Dy dy, std::size_t c, T* sums) {
    Sums<P> result;
    for (std::size_t row = 0; row < x.count; ++row) {
      result.sum = result.sum + total(dy[row], c, P{});
      result.projection = result.projection + products(x[row], dy[row], c, moments);
    }
    result.projection.store_unaligned(sums + c);
    result.sum.store_unaligned(sums + stride + c);
    return result;
  }
  static constexpr void clear_sums_padding(T* sums) {
    for (std::size_t i = 0; i < 2; ++i) fill(sums + i * stride + Channels, stride - Channels, T(0));
  }

  static constexpr Moments<T> first(Moments<One> moments) { return {moments.mean[0], moments.inverse[0]}; }

  // A sample's part of the sums.
  template <class P>
  CORTEXPR_INLINE static constexpr P total(const T* x, std::size_t c, P) {
    if constexpr (single)
      return P::load_unaligned(x + c);
    else
      return P::broadcast(sum_of_row<ChannelPack, Columns>(x + c * Columns));
  }
  template <class P>
  CORTEXPR_INLINE static constexpr P distances(const T* x, std::size_t c, P mean) {
    if constexpr (single) {
      const P distance = P::load_unaligned(x + c) - mean;
      return distance * distance;
    } else {
      return P::broadcast(sum_of_squared_deviations<ChannelPack, Columns>(x + c * Columns, mean[0]));
    }
  }
  template <class P>
  CORTEXPR_INLINE static constexpr P products(const T* x, const T* dy, std::size_t c, Moments<P> moments) {
    if constexpr (single)
      return P::load_unaligned(dy + c) * normalized(P::load_unaligned(x + c), moments);
    else
      return P::broadcast(sum_of_normalized<ChannelPack, Columns>(x + c * Columns, dy + c * Columns, first(moments)));
  }
  template <class P>
  CORTEXPR_INLINE static constexpr void slope(const T* x, const T* dy, T* dx, std::size_t c, Moments<P> moments,
                                              P scale, P mean, P along) {
    if constexpr (single) {
      const P together = fma(normalized(P::load_unaligned(x + c), moments), along, mean);
      ((P::load_unaligned(dy + c) * scale - together) * moments.inverse).store_unaligned(dx + c);
    } else {
      normalize_channel_gradient<ChannelPack, Columns>(x + c * Columns, dy + c * Columns, first(moments), scale[0],
                                                       mean[0], along[0], dx + c * Columns);
    }
  }
};

}  // namespace cortexpr::kernels
