#pragma once

#include <cortexpr/nn/layers/convolution/convolution_layer.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/int8/layers/product.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

template <class LayerType, class Frame, class... Options>
constexpr bool convolves(const ConvolutionLayer<LayerType, Frame, Options...>*) {
  return true;
}
constexpr bool convolves(const void*) { return false; }

/// code(y) = clamp(x * W + b), in integers: what the window sees of a group is gathered, and multiplied with all filters of
/// the group. Padding is the code of zero.   Shapes: x [C, H, W] -> y [K, H', W']
template <class Place>
  requires(convolves(static_cast<const typename Place::layer*>(nullptr)))
struct QuantizedForm<Place> : FormDefaults {
  static constexpr Convolution g = Place::layer::template place<typename Place::input_shape>;
  using Constants = ProductConstants<g.filters, g.taps(), g.groups>;
  using Order = typename Constants::Order;
  static constexpr std::size_t output_bytes = Place::output_shape::size;
  static constexpr std::size_t operand_elements = Order::operand_elements;

  static constexpr Quantization quantize(Constants& to, const float* block, Quantization input, const Range* ranges) {
    const auto weight = Place::template parameter<0>(block);
    const float* const bias = Place::template parameter<1>(block)[0];
    return to.template quantize<typename Place::layer::activation>(
        [&](std::size_t filter, std::size_t k) { return weight[filter][k]; },
        [&](std::size_t filter) { return bias[filter]; }, input, ranges[0]);
  }

  template <class Code>
  static constexpr void run(const Constants& constants, const Code* input, std::int8_t* output,
                            QuantizedScratch scratch) {
    if (std::is_constant_evaluated()) {
      std::int8_t seen[g.taps()]{};
      slide(constants, input, output, seen, [](const auto& weights, const std::int8_t* x, const auto& sink) {
        simd::multiply_constant<Order, g.group_filters(), g.taps()>(weights, x, sink);
      });
    } else {
      for (std::size_t i = g.taps(); i < Order::operand_elements; ++i) scratch.operands[i] = 0;
      slide(constants, input, output, scratch.operands,
            [](const auto& weights, const auto* x, const auto& sink) { Order::multiply(weights, x, sink); });
    }
  }

 private:
  static constexpr kernels::Axis vertical = g.window.vertical, horizontal = g.window.horizontal;
  static constexpr std::size_t channels = g.group_channels();

  /// multiply(weights, seen, sink) at every place of the window.
  template <class Code, class Seen, class Multiply>
  static constexpr void slide(const Constants& constants, const Code* input, std::int8_t* output, Seen* seen,
                              Multiply multiply) {
    constexpr std::size_t height = vertical.output(), width = horizontal.output();
    for (std::size_t group = 0; group < g.groups; ++group) {
      const std::size_t first = group * g.group_filters();
      for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x) {
          if (sees_all(vertical, y) && sees_all(horizontal, x))
            gather(input + (y * vertical.stride - vertical.before) * horizontal.size + x * horizontal.stride -
                       horizontal.before,
                   seen);
          else
            gather_some(input, y, x, constants.input_zero, seen);
          std::int8_t* const to = output + (first * height + y) * width + x;
          multiply(constants.weights[group], seen, [&](std::size_t filter, const auto& sums) CORTEXPR_INLINE_LAMBDA {
            constants.put_codes(first + filter, sums, to + filter * height * width, height * width);
          });
        }
      input += channels * vertical.size * horizontal.size;
    }
  }

  /// Whether the window sees no padding there.
  static constexpr bool sees_all(const kernels::Axis& axis, std::size_t place) {
    const std::size_t first = place * axis.stride;
    return first >= axis.before && first - axis.before + axis.reach() <= axis.size;
  }

  /// What the window sees whose first tap is there, in the order of the weights.
  template <class Code, class Seen>
  static constexpr void gather(const Code* first, Seen* seen) {
    CORTEXPR_NO_UNROLL for (std::size_t channel = 0; channel < channels; ++channel) {
      const Code* const plane = first + channel * vertical.size * horizontal.size;
      CORTEXPR_UNROLL for (std::size_t i = 0; i < vertical.kernel; ++i) {
        CORTEXPR_UNROLL for (std::size_t j = 0; j < horizontal.kernel; ++j)* seen++ =
            static_cast<Seen>(simd::code_of(plane[i * vertical.dilation * horizontal.size + j * horizontal.dilation]));
      }
    }
  }

  /// The same where some taps see padding: all are first taken to.
  template <class Code, class Seen>
  static constexpr void gather_some(const Code* planes, std::size_t y, std::size_t x, std::int8_t zero, Seen* seen) {
    const Taps rows = taps_inside(vertical, y), columns = taps_inside(horizontal, x);
    for (std::size_t k = 0; k < g.taps(); ++k) seen[k] = zero;
    CORTEXPR_NO_UNROLL for (std::size_t channel = 0; channel < channels; ++channel) {
      const Code* const first = planes + (channel * vertical.size + rows.element) * horizontal.size + columns.element;
      Seen* const to = seen + (channel * vertical.kernel + rows.first) * horizontal.kernel + columns.first;
      for (std::size_t i = 0; i < rows.count; ++i)
        for (std::size_t j = 0; j < columns.count; ++j)
          to[i * horizontal.kernel + j] = static_cast<Seen>(
              simd::code_of(first[i * vertical.dilation * horizontal.size + j * horizontal.dilation]));
    }
  }

  /// The taps that see the image, and which element of it the first of them sees.
  struct Taps {
    std::size_t first = 0, count = 0, element = 0;
  };
  static constexpr Taps taps_inside(const kernels::Axis& axis, std::size_t place) {
    Taps taps;
    for (std::size_t tap = 0; tap < axis.kernel; ++tap) {
      const std::size_t element = place * axis.stride + tap * axis.dilation - axis.before;  // below 0: very large
      if (element >= axis.size) continue;
      if (taps.count++ == 0) taps = {tap, 1, element};
    }
    return taps;
  }
};

}  // namespace cortexpr::detail
