#pragma once

#include <cortexpr/kernels/requantize.hpp>
#include <cortexpr/nn/layers/pooling/global_avg_pool.hpp>
#include <cortexpr/nn/layers/pooling/pooling_layer.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

template <class FrameType, class JoinType>
struct Pooling {
  using frame = FrameType;
  using join = JoinType;
};
template <class LayerType, class Frame, class Join>
constexpr Pooling<Frame, Join> pooling(const PoolingLayer<LayerType, Frame, Join>*) {
  return {};
}
constexpr void pooling(const void*) {}
template <class LayerType>
using PoolingOf = decltype(pooling(static_cast<const LayerType*>(nullptr)));

/// Calls action(output index, taps) for each window of each channel; taps(visit) calls visit(element) for what it sees of
/// the image, and not of padding.
template <kernels::Window window, std::size_t channels, class Action>
constexpr void for_each_window(Action action) {
  constexpr kernels::Axis vertical = window.vertical, horizontal = window.horizontal;
  constexpr auto sees_padding = [](const kernels::Axis& axis) {
    return axis.before > 0 || (axis.output() - 1) * axis.stride + axis.reach() > axis.size;
  };
  constexpr bool padded = sees_padding(vertical) || sees_padding(horizontal);
  std::size_t output = 0;
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t y = 0; y < vertical.output(); ++y)
      for (std::size_t x = 0; x < horizontal.output(); ++x)
        action(output++, [=](auto visit) CORTEXPR_INLINE_LAMBDA {
          constexpr std::size_t rows = window.vertical.kernel, columns = window.horizontal.kernel;
          CORTEXPR_UNROLL for (std::size_t i = 0; i < rows; ++i) {
            const std::size_t row = y * vertical.stride + i * vertical.dilation - vertical.before;
            CORTEXPR_UNROLL for (std::size_t j = 0; j < columns; ++j) {
              const std::size_t column = x * horizontal.stride + j * horizontal.dilation - horizontal.before;
              if (!padded || (row < vertical.size && column < horizontal.size))
                visit((c * vertical.size + row) * horizontal.size + column);
            }
          }
        });
}

/// The largest code of each window; codes keep their meaning.
template <class Place>
  requires std::is_same_v<typename PoolingOf<typename Place::layer>::join, kernels::Largest>
struct QuantizedForm<Place> : FormDefaults {
  using In = typename Place::input_shape;
  static constexpr std::size_t output_bytes = Place::output_shape::size;

  static constexpr Quantization quantize(NoConstants&, const float*, Quantization input, const Range*) { return input; }

  template <class Code>
  static constexpr void run(NoConstants, const Code* input, std::int8_t* output, QuantizedScratch) {
    constexpr kernels::Window window = Place::layer::template window<In>;
    constexpr std::size_t channels = PoolingOf<typename Place::layer>::frame::template of<In>.channels;
    for_each_window<window, channels>([&](std::size_t at, auto taps) {
      std::int32_t largest = -128;
      taps([&](std::size_t element) {
        const std::int32_t code = simd::code_of(input[element]);
        largest = code > largest ? code : largest;
      });
      output[at] = static_cast<std::int8_t>(largest);
    });
  }
};

/// Means of codes, which get a meaning of their own.
struct MeanConstants {
  std::int32_t factor = 0;
  std::uint8_t shift = 1;
  std::int8_t input_zero = 0;
  std::int8_t output_zero = 0;
  [[nodiscard]] friend constexpr bool operator==(const MeanConstants&, const MeanConstants&) = default;

  /// Sums are taken 16 times, so that the FixedPoint is small.
  static constexpr std::int32_t upscaling = 16;

  constexpr Quantization quantize(Quantization input, Range range, std::size_t elements) {
    const float one = input.scale / static_cast<float>(elements * upscaling);
    const Quantization result = quantization_of(range, 8 * one);
    const kernels::FixedPoint back = kernels::fixed_point(static_cast<double>(one) / result.scale);
    factor = back.factor;
    shift = back.shift;
    input_zero = static_cast<std::int8_t>(input.zero_point);
    output_zero = static_cast<std::int8_t>(result.zero_point);
    return result;
  }
  constexpr std::int8_t code(std::int32_t sum) const {
    return kernels::clamp_code(kernels::rescale(sum * upscaling, factor, shift) + output_zero, -128, 127);
  }
  static constexpr std::size_t integers = 4;
  static constexpr void visit(auto& constants, auto action) {
    action(constants.factor, 0, INT32_MAX);
    action(constants.shift, 1, 31);
    action(constants.input_zero, -128, 127);
    action(constants.output_zero, -128, 127);
  }
};

/// The mean of each window, in which padding counts as zeros.
template <class Place>
  requires std::is_same_v<typename PoolingOf<typename Place::layer>::join, kernels::Mean>
struct QuantizedForm<Place> : FormDefaults {
  using In = typename Place::input_shape;
  using Constants = MeanConstants;
  static constexpr kernels::Window window = Place::layer::template window<In>;
  static constexpr std::size_t output_bytes = Place::output_shape::size;

  static constexpr Quantization quantize(Constants& to, const float*, Quantization input, const Range* ranges) {
    return to.quantize(input, ranges[0], window.taps());
  }
  template <class Code>
  static constexpr void run(const Constants& constants, const Code* input, std::int8_t* output, QuantizedScratch) {
    constexpr std::size_t channels = PoolingOf<typename Place::layer>::frame::template of<In>.channels;
    for_each_window<window, channels>([&](std::size_t at, auto taps) {
      std::int32_t sum = 0;
      taps([&](std::size_t element) { sum += simd::code_of(input[element]) - constants.input_zero; });
      output[at] = constants.code(sum);
    });
  }
};

/// The mean of each channel.
template <class Place>
  requires std::is_same_v<typename Place::layer, GlobalAvgPool>
struct QuantizedForm<Place> : FormDefaults {
  using Constants = MeanConstants;
  static constexpr std::size_t channels = Place::output_shape::size;
  static constexpr std::size_t elements = Place::input_shape::size / channels;
  static constexpr std::size_t output_bytes = channels;

  static constexpr Quantization quantize(Constants& to, const float*, Quantization input, const Range* ranges) {
    return to.quantize(input, ranges[0], elements);
  }
  template <class Code>
  static constexpr void run(const Constants& constants, const Code* input, std::int8_t* output, QuantizedScratch) {
    for (std::size_t c = 0; c < channels; ++c) {
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < elements; ++i) sum += simd::code_of(input[c * elements + i]) - constants.input_zero;
      output[c] = constants.code(sum);
    }
  }
};

}  // namespace cortexpr::detail
