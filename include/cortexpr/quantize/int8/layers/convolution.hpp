#pragma once

#include <cortexpr/nn/layers/convolution/geometry.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/int8/layers/product.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

template <class LayerType, class Bound>
concept ConvolutionLike = ClampedLinearLayer<LayerType, Bound> && !Bound::linear_map.outputs_are_columns &&
                          std::is_same_v<decltype(Bound::geometry), const Convolution>;

/// y = clamp(x * W + b), in integers: the elements of a group in the window are gathered and multiplied by all filters of
/// the group. Padding is the zero point.   Shapes: x [C, H, W] -> y [K, H', W']
template <class LayerType, class Bound, class Rounding>
  requires ConvolutionLike<LayerType, Bound>
struct Int8LayerOf<LayerType, Bound, Rounding>
    : ProductInt8Layer<LayerType, Bound, Bound::geometry.kernel_elements(), Bound::geometry.groups, Rounding> {
  using Constants = typename Int8LayerOf::Constants;
  using Order = typename Constants::Order;
  static constexpr Convolution g = Bound::geometry;
  static constexpr std::size_t operand_elements = Order::operand_elements;

  template <class Value>
  static constexpr void run(const Constants& constants, const Value* input, std::int8_t* output, Int8Scratch scratch) {
    constexpr std::size_t elements = g.kernel_elements();
    if (__builtin_is_constant_evaluated()) {
      std::int8_t gathered[elements]{};
      slide(constants, input, output, gathered, [](const auto& weights, const std::int8_t* x, const auto& consumer) {
        simd::multiply_constant<Order, g.group_filters(), elements>(weights, x, consumer);
      });
    } else {
      for (std::size_t i = elements; i < Order::operand_elements; ++i) scratch.operands[i] = 0;
      slide(constants, input, output, scratch.operands,
            [](const auto& weights, const auto* x, const auto& consumer) { Order::multiply(weights, x, consumer); });
    }
  }

 private:
  static constexpr kernels::Axis vertical = g.window.vertical, horizontal = g.window.horizontal;
  static constexpr std::size_t channels = g.group_channels();

  /// multiply(weights, gathered, consumer) at every position of the window.
  template <class Value, class Gathered, class Multiply>
  static constexpr void slide(const Constants& constants, const Value* input, std::int8_t* output, Gathered* gathered,
                              Multiply multiply) {
    constexpr std::size_t height = vertical.output(), width = horizontal.output();
    for (std::size_t group = 0; group < g.groups; ++group) {
      const std::size_t first = group * g.group_filters();
      for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x) {
          if (is_inside(vertical, y) && is_inside(horizontal, x))
            gather(input + (y * vertical.stride - vertical.before) * horizontal.size + x * horizontal.stride -
                       horizontal.before,
                   gathered);
          else
            gather_padded(input, y, x, constants.input_zero, gathered);
          std::int8_t* const to = output + (first * height + y) * width + x;
          multiply(constants.weights[group], gathered,
                   [&](std::size_t filter, const auto& sums) CORTEXPR_INLINE_LAMBDA {
                     constants.write_outputs(first + filter, sums, to + filter * height * width, height * width);
                   });
        }
      input += channels * vertical.size * horizontal.size;
    }
  }

  /// Whether the window contains no padding at this position of the output.
  static constexpr bool is_inside(const kernels::Axis& axis, std::size_t output) {
    const std::size_t first = output * axis.stride;
    return first >= axis.before && first - axis.before + axis.dilated_kernel() <= axis.size;
  }

  /// The elements of a window that begins at `first`, in the order of the weights.
  template <class Value, class Gathered>
  static constexpr void gather(const Value* first, Gathered* gathered) {
    CORTEXPR_NO_UNROLL_FOR (std::size_t channel = 0; channel < channels; ++channel) {
      const Value* const image = first + channel * vertical.size * horizontal.size;
      for_each_element<vertical.kernel, horizontal.kernel>([&](std::size_t i, std::size_t j) CORTEXPR_INLINE_LAMBDA {
        *gathered++ = static_cast<Gathered>(
            simd::int8_value(image[i * vertical.dilation * horizontal.size + j * horizontal.dilation]));
      });
    }
  }

  /// The same for a window that contains padding: all elements begin as the zero point.
  template <class Value, class Gathered>
  static constexpr void gather_padded(const Value* images, std::size_t y, std::size_t x, std::int8_t zero,
                                      Gathered* gathered) {
    const Inside rows = inside(vertical, y), columns = inside(horizontal, x);
    for (std::size_t k = 0; k < g.kernel_elements(); ++k) gathered[k] = zero;
    CORTEXPR_NO_UNROLL_FOR (std::size_t channel = 0; channel < channels; ++channel) {
      const Value* const first = images + (channel * vertical.size + rows.element) * horizontal.size + columns.element;
      Gathered* const to = gathered + (channel * vertical.kernel + rows.first) * horizontal.kernel + columns.first;
      for (std::size_t i = 0; i < rows.count; ++i)
        for (std::size_t j = 0; j < columns.count; ++j)
          to[i * horizontal.kernel + j] = static_cast<Gathered>(
              simd::int8_value(first[i * vertical.dilation * horizontal.size + j * horizontal.dilation]));
    }
  }

  /// The kernel elements that lie inside the image, and the element of the image under the first of them.
  struct Inside {
    std::size_t first = 0, count = 0, element = 0;
  };
  static constexpr Inside inside(const kernels::Axis& axis, std::size_t output) {
    Inside result;
    for (std::size_t k = 0; k < axis.kernel; ++k) {
      const std::size_t element = output * axis.stride + k * axis.dilation - axis.before;  // wraps below 0
      if (element >= axis.size) continue;
      if (result.count++ == 0) result = {k, 1, element};
    }
    return result;
  }
};

}  // namespace cortexpr::detail
