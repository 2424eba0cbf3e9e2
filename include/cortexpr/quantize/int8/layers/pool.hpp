#pragma once

#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/kernels/int8/requantize.hpp>
#include <cortexpr/kernels/pooling/pool.hpp>
#include <cortexpr/nn/layers/pooling/global_avg_pool.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

/// A layer that reduces each window of each channel to one number.
template <class Bound, class Reduction>
concept Pools = requires {
  Bound::window;
  requires std::is_same_v<typename Bound::reduction, Reduction>;
};

/// Calls action(output index, elements) for each window of each channel, where elements(visit) calls visit(index) for each
/// element of the image in the window. Padding is left out.
template <kernels::Window window, std::size_t channels, class Action>
constexpr void for_each_window(Action action) {
  constexpr kernels::Axis vertical = window.vertical, horizontal = window.horizontal;
  constexpr auto reaches_padding = [](const kernels::Axis& axis) {
    return axis.before > 0 || (axis.output() - 1) * axis.stride + axis.dilated_kernel() > axis.size;
  };
  constexpr bool padded = reaches_padding(vertical) || reaches_padding(horizontal);
  std::size_t output = 0;
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t y = 0; y < vertical.output(); ++y)
      for (std::size_t x = 0; x < horizontal.output(); ++x)
        action(output++, [=](auto visit) CORTEXPR_INLINE_LAMBDA {
          constexpr std::size_t rows = window.vertical.kernel, columns = window.horizontal.kernel;
          for_each_element<rows, columns>([&](std::size_t i, std::size_t j) CORTEXPR_INLINE_LAMBDA {
            const std::size_t row = y * vertical.stride + i * vertical.dilation - vertical.before;
            const std::size_t column = x * horizontal.stride + j * horizontal.dilation - horizontal.before;
            if (!padded || (row < vertical.size && column < horizontal.size))
              visit((c * vertical.size + row) * horizontal.size + column);
          });
        });
}

/// The largest int8 value of each window.
template <class LayerType, class Bound, class Rounding>
  requires Pools<Bound, kernels::Largest>
struct Int8LayerOf<LayerType, Bound, Rounding> : SelectingInt8Layer<Bound> {
  template <class Value>
  static constexpr void run(NoConstants, const Value* input, std::int8_t* output, Int8Scratch) {
    for_each_window<Bound::window, Bound::channels>([&](std::size_t at, auto elements) {
      std::int32_t largest = -128;
      elements([&](std::size_t i) {
        const std::int32_t value = simd::int8_value(input[i]);
        largest = value > largest ? value : largest;
      });
      output[at] = static_cast<std::int8_t>(largest);
    });
  }
};

/// The scales of a mean: those of its own that a policy has, or those of products.
template <class Rounding, std::uint8_t least_sum_shift>
struct MeanScalesOf {
  using type = typename Rounding::template Scales<1, least_sum_shift>;
};
template <class Rounding, std::uint8_t least_sum_shift>
  requires requires { typename Rounding::template Mean<least_sum_shift>; }
struct MeanScalesOf<Rounding, least_sum_shift> {
  using type = typename Rounding::template Mean<least_sum_shift>;
};

/// The constants of a mean of so many elements, whose output has a quantization of its own.
template <std::size_t Elements, class Rounding>
struct MeanConstants {
  static_assert(Elements <= (INT32_MAX) / 255,
                "Quantized: a mean of more than 8,421,504 elements may not fit in 32 bits; pool in two steps");
  /// Sums are multiplied by 16, where they leave room for it, because most means have a multiplier of 1/4 or more.
  static constexpr std::uint8_t most_sum_shift = [] {
    std::uint8_t result = 0;
    while (result < 22 && (std::int64_t{255} * Elements << (result + 1)) <= INT32_MAX) ++result;
    return result;
  }();
  static constexpr std::uint8_t least_sum_shift = most_sum_shift < 4 ? most_sum_shift : 4;
  using Scales = typename MeanScalesOf<Rounding, least_sum_shift>::type;

  [[no_unique_address]] Scales scales{};
  std::int8_t input_zero = 0;
  [[nodiscard]] friend constexpr bool operator==(const MeanConstants&, const MeanConstants&) = default;

  constexpr Quantization quantize(Quantization input, Range range) {
    const Quantization result = quantization_of(range);
    const double multiplier =
        static_cast<double>(input.scale / static_cast<float>(Elements)) / static_cast<double>(result.scale);
    const std::uint8_t wanted = Scales::shift_of_sum(multiplier);
    scales.set([=](std::size_t) { return multiplier; }, wanted < most_sum_shift ? wanted : most_sum_shift,
               result.zero_point);
    input_zero = static_cast<std::int8_t>(input.zero_point);
    return result;
  }
  /// The scale of the input divided by that of the output.
  constexpr double ratio() const { return scales.multiplier(0) * Elements; }
  constexpr std::int8_t mean(std::int32_t sum) const {
    return kernels::clamp_to_int8(scales.rescaled(scales.shifted(sum, 0), 0), -128, 127);
  }
  static constexpr std::size_t integers = Scales::integers + 1;
  static constexpr void visit(auto& constants, auto action) {
    Scales::visit_output(constants.scales, 0, action);
    Scales::visit_shared(constants.scales, action);
    action(constants.input_zero, -128, 127);
    Scales::visit_zero(constants.scales, action);
  }
};

/// What means of so many elements share.
template <class Bound, std::size_t Elements, class Rounding>
struct MeanInt8Layer : Int8LayerDefaults {
  using Constants = MeanConstants<Elements, Rounding>;
  static constexpr std::size_t output_bytes = Bound::output_shape::size;

  static constexpr Quantization quantize(Constants& to, ChainData<const float>, Quantization input,
                                         const Range* ranges) {
    return to.quantize(input, ranges[0]);
  }
  static constexpr double output_scale(const Constants& constants, double scale) { return scale / constants.ratio(); }
  static constexpr double input_scale(const Constants& constants, double scale) { return scale * constants.ratio(); }
  static auto to_onnx(auto& graph, auto bound, const Constants& constants, auto x, double scale) {
    return graph.same(bound, x, constants.input_zero, scale, constants.scales.zero_point());
  }
};

/// The mean of each window. Padding counts as zeros.
template <class LayerType, class Bound, class Rounding>
  requires Pools<Bound, kernels::Mean>
struct Int8LayerOf<LayerType, Bound, Rounding> : MeanInt8Layer<Bound, Bound::window.kernel_size(), Rounding> {
  template <class Value>
  static constexpr void run(const auto& constants, const Value* input, std::int8_t* output, Int8Scratch) {
    for_each_window<Bound::window, Bound::channels>([&](std::size_t at, auto elements) {
      std::int32_t sum = 0;
      elements([&](std::size_t i) { sum += simd::int8_value(input[i]) - constants.input_zero; });
      output[at] = constants.mean(sum);
    });
  }
};

/// The mean of each channel.
template <class Bound, class Rounding>
struct Int8LayerOf<GlobalAvgPool, Bound, Rounding>
    : MeanInt8Layer<Bound, Bound::input_shape::size / Bound::output_shape::size, Rounding> {
  template <class Value>
  static constexpr void run(const auto& constants, const Value* input, std::int8_t* output, Int8Scratch) {
    constexpr std::size_t channels = Bound::output_shape::size, elements = Bound::input_shape::size / channels;
    for (std::size_t c = 0; c < channels; ++c) {
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < elements; ++i)
        sum += simd::int8_value(input[c * elements + i]) - constants.input_zero;
      output[c] = constants.mean(sum);
    }
  }
};

}  // namespace cortexpr::detail
