#pragma once

#include <cortexpr/nn/convolution_layer.hpp>
#include <cortexpr/quantize/form.hpp>
#include <cortexpr/quantize/forms/product.hpp>

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

  /// multiply(weights, seen, sink) at every place of the window.
  template <class Code, class Seen, class Multiply>
  static constexpr void slide(const Constants& constants, const Code* input, std::int8_t* output, Seen* seen,
                              Multiply multiply) {
    constexpr std::size_t height = vertical.output(), width = horizontal.output();
    for (std::size_t group = 0; group < g.groups; ++group) {
      const std::size_t first = group * g.group_filters();
      for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x) {
          if (is_inside(vertical, y) && is_inside(horizontal, x))
            gather<false>(input, y, x, 0, seen);
          else
            gather<true>(input, y, x, constants.input_zero, seen);
          std::int8_t* const to = output + (first * height + y) * width + x;
          multiply(constants.weights[group], seen,
                   [&]<std::size_t Block>(std::size_t filter, const std::int32_t(&sums)[Block]) CORTEXPR_INLINE_LAMBDA {
                     const auto codes = constants.codes(first + filter, sums);
                     for (std::size_t i = 0; i < Block; ++i) to[(filter + i) * height * width] = codes[i];
                   });
        }
      input += g.group_channels() * vertical.size * horizontal.size;
    }
  }

  /// Whether the window sees no padding there.
  static constexpr bool is_inside(const kernels::Axis& axis, std::size_t place) {
    const std::size_t first = place * axis.stride;
    return first >= axis.before && first - axis.before + axis.reach() <= axis.size;
  }

  /// What the window sees, in the order of the weights.
  template <bool padded, class Code, class Seen>
  static constexpr void gather(const Code* planes, std::size_t y, std::size_t x, std::int8_t zero, Seen* seen) {
    for (std::size_t channel = 0; channel < g.group_channels(); ++channel) {
      for (std::size_t i = 0; i < vertical.kernel; ++i) {
        const std::size_t row = y * vertical.stride + i * vertical.dilation - vertical.before;  // below 0: very large
        for (std::size_t j = 0; j < horizontal.kernel; ++j) {
          const std::size_t column = x * horizontal.stride + j * horizontal.dilation - horizontal.before;
          const bool inside = !padded || (row < vertical.size && column < horizontal.size);
          *seen++ = static_cast<Seen>(inside ? simd::code_of(planes[row * horizontal.size + column]) : zero);
        }
      }
      planes += vertical.size * horizontal.size;
    }
  }
};

}  // namespace cortexpr::detail
