#pragma once

#include <cortexpr/kernels/normalization/normalize.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Batch normalization. A channel with several elements per sample is summed row by row (normalize.hpp), and the sums of
// the samples are added in order.

namespace cortexpr::kernels {

/// Batch normalization of samples with `Channels` channels of `Columns` elements each.
/// Shapes:  rows x, y, dy, dx [B, Channels * Columns]; scale, shift, mean, variance [Channels], padded
template <class Simd, class T, std::size_t Channels, std::size_t Columns>
struct BatchNormalization {
  static constexpr std::size_t stride = simd::row_stride<T>(Channels);

  // Functions that return the moments of a pack of channels or of one channel: those of the batch, which `measure` has
  // saved, or those of the running statistics.
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

  /// saved = the mean, the inverse deviation and the variance of each channel.   Shapes: saved [3, stride]
  template <class X>
  static constexpr void measure(X x, T epsilon, T* saved) {
    const T count = static_cast<T>(x.count * Columns);
    for_each_channel([&]<class P>(std::size_t c, P) {
      P sum = P::zero();
      for (std::size_t row = 0; row < x.count; ++row) sum = sum + total(x[row], c, P{});
      const P mean = sum / P::broadcast(count);
      P squares = P::zero();
      for (std::size_t row = 0; row < x.count; ++row) squares = squares + squared_deviations(x[row], c, mean);
      const P variance = squares / P::broadcast(count);
      mean.store_unaligned(saved + c);
      inverse_deviation(variance, epsilon).store_unaligned(saved + stride + c);
      variance.store_unaligned(saved + 2 * stride + c);
    });
    for (std::size_t i = 0; i < 3; ++i) fill(saved + i * stride + Channels, stride - Channels, T(0));
  }

  /// y = normalized(x) * scale + shift
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

  /// Computes dx, if wants_input_gradient, and passes the gradients of scale and shift to their consumers.
  template <bool wants_input_gradient, class X, class MomentsAt, class Dy, class Dx, class ScaleConsumer,
            class ShiftConsumer>
  static constexpr void gradient(X x, MomentsAt moments_at, const T* scale, Dy dy, Dx dx,
                                 const ScaleConsumer& scale_consumer, const ShiftConsumer& shift_consumer) {
    const T count = static_cast<T>(x.count * Columns);
    for_each_channel([&]<class P>(std::size_t c, P) {
      const Moments<P> moments = moments_at(c, P{});
      P sum = P::zero(), projection = P::zero();
      for (std::size_t row = 0; row < x.count; ++row) {
        sum = sum + total(dy[row], c, P{});
        projection = projection + products(x[row], dy[row], c, moments);
      }
      // Before the consumer, which may update the scale.
      if constexpr (wants_input_gradient) {
        const P scales = P::load_unaligned(scale + c);
        const P mean = scales * sum / P::broadcast(count);
        const P share = scales * projection / P::broadcast(count);
        for (std::size_t row = 0; row < x.count; ++row)
          input_gradient(x[row], dy[row], dx[row], c, moments, scales, mean, share);
      }
      scale_consumer.template end<P>(c, scale_consumer.template begin<P>(c) + projection);
      shift_consumer.template end<P>(c, shift_consumer.template begin<P>(c) + sum);
    });
  }

 private:
  /// Whether each channel is one column.
  static constexpr bool single = Columns == 1;
  using ChannelPack = typename Simd::template pack<T, Columns>;
  using One = simd::Pack<T, 1>;

  /// Calls action(channel, P{}) for packs of channels if channels are columns, else for one channel after the other.
  template <class Action>
  CORTEXPR_INLINE static constexpr void for_each_channel(Action action) {
    if constexpr (single)
      for_each_pack<typename Simd::template pack<T, Channels>, Rest::some>(
          Channels, [&]<class P>(std::size_t c) { action(c, P{}); });
    else
      for (std::size_t c = 0; c < Channels; ++c) action(c, One{});
  }

  static constexpr Moments<T> first(Moments<One> moments) { return {moments.mean[0], moments.inverse[0]}; }

  // The contribution of one sample to the sum of x, of squared deviations, and of dy * normalized(x).
  template <class P>
  CORTEXPR_INLINE static constexpr P total(const T* x, std::size_t c, P) {
    if constexpr (single)
      return P::load_unaligned(x + c);
    else
      return P::broadcast(sum_of_row<ChannelPack, Columns>(x + c * Columns));
  }
  template <class P>
  CORTEXPR_INLINE static constexpr P squared_deviations(const T* x, std::size_t c, P mean) {
    if constexpr (single) {
      const P deviation = P::load_unaligned(x + c) - mean;
      return deviation * deviation;
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
  CORTEXPR_INLINE static constexpr void input_gradient(const T* x, const T* dy, T* dx, std::size_t c,
                                                       Moments<P> moments, P scale, P mean, P projection) {
    if constexpr (single) {
      const P common = fma(normalized(P::load_unaligned(x + c), moments), projection, mean);
      ((P::load_unaligned(dy + c) * scale - common) * moments.inverse).store_unaligned(dx + c);
    } else {
      normalize_channel_gradient<ChannelPack, Columns>(x + c * Columns, dy + c * Columns, first(moments), scale[0],
                                                       mean[0], projection[0], dx + c * Columns);
    }
  }
};

}  // namespace cortexpr::kernels
