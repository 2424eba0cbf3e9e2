#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/nn/activation.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace cortexpr::detail {

/// A linear layer whose activation only clamps, as lower/deployed.hpp leaves them.
template <class LayerType, class Bound>
concept ClampedLinearLayer = LinearLayer<Bound> && Clamping<typename LayerType::activation>;

/// How a linear layer's weights, biases and sums become integers. Weights are symmetric, with a scale for each output.
/// `weight` are rows; `bias` has one element for each output. Quantization and fake quantization share it.
template <class Bound, class Rounding, class T>
struct ProductRounding {
  using Weight = decltype(parameter_of<Bound>(ChainData<const T>{}, Bound::weight));
  static constexpr bool outputs_are_columns = Bound::linear_map.outputs_are_columns;
  static constexpr std::size_t outputs =
      outputs_are_columns ? Weight::columns : std::remove_cvref_t<decltype(Bound::weight)>::rows;
  using Scales = typename Rounding::template Scales<outputs>;

  Weight weights;
  const T* biases;
  Quantization input, result;
  double ratio;          // of the scales
  T largest[outputs]{};  // the magnitude of the largest weight
  double units[outputs]{};
  std::uint8_t sum_shift = 0;

  constexpr ProductRounding(ChainData<const T> data, Quantization input_, Quantization result_)
      : weights{parameter_of<Bound>(data, Bound::weight)},
        biases{parameter_of<Bound>(data, Bound::bias)[0]},
        input{input_},
        result{result_},
        ratio{static_cast<double>(input.scale) / static_cast<double>(result.scale)} {
    for_each_weight([&](std::size_t output, std::size_t, T weight) {
      const T size = weight < 0 ? -weight : weight;
      largest[output] = size > largest[output] ? size : largest[output];
    });
    set_units();
    double most = 0;
    for (std::size_t output = 0; output < outputs; ++output)
      most = multiplier(output) > most ? multiplier(output) : most;
    sum_shift = Scales::shift_of_sum(most);
    if (sum_shift == 0) return;
    set_units();
    // A shifted sum, with its zero point, must fit in 31 bits.
    std::int32_t sums[outputs]{}, largest_sum = 1;
    for_each_weight([&](std::size_t output, std::size_t, T weight) {
      const std::int32_t value = code(output, weight);
      sums[output] += 255 * (value < 0 ? -value : value);
    });
    for (const std::int32_t sum : sums) largest_sum = sum > largest_sum ? sum : largest_sum;
    while (sum_shift > 0 && (std::int64_t{largest_sum} << sum_shift) > (1 << 30)) --sum_shift;
    set_units();
  }

  /// Calls action(output, k, weight) for each weight, in the order of memory.
  constexpr void for_each_weight(auto action) const {
    for (std::size_t row = 0; row < weights.count; ++row)
      for (std::size_t column = 0; column < weights.columns; ++column)
        if constexpr (outputs_are_columns)
          action(column, row, weights[row][column]);
        else
          action(row, column, weights[row][column]);
  }
  /// The scale of an output's int8 weights.
  constexpr double scale(std::size_t output) const { return units[output]; }
  constexpr double multiplier(std::size_t output) const { return ratio * units[output]; }

  /// The int8 weight; 0 for NaN.
  constexpr std::int32_t code(std::size_t output, T weight) const {
    return nearest(static_cast<double>(weight) / units[output], 127);
  }
  /// The bias as integer, without the zero point of the input.
  constexpr std::int32_t bias(std::size_t output) const {
    return nearest(static_cast<double>(biases[output]) / (static_cast<double>(input.scale) * units[output]), 1 << 28);
  }

 private:
  constexpr void set_units() {
    for (std::size_t output = 0; output < outputs; ++output) units[output] = unit(output);
  }
  /// With tiny weights the bias must still fit in 32 bits, and the multiplier must not become 0.
  constexpr double unit(std::size_t output) const {
    double scale = static_cast<double>(largest[output] / 127);
    const double shifted = static_cast<double>(1 << sum_shift);
    const double offset =
        biases[output] < 0 ? -static_cast<double>(biases[output]) : static_cast<double>(biases[output]);
    const double of_bias = offset / (static_cast<double>(input.scale) * 0x1p28) * shifted;
    scale = scale > of_bias ? scale : of_bias;
    const double of_result = 0x1p-20 / ratio * shifted;
    return scale > of_result ? scale : of_result;
  }
  static constexpr std::int32_t nearest(double number, std::int32_t limit) {
    if (!(number == number)) return 0;
    const double most = limit;
    number = number < -most ? -most : number > most ? most : number;
    return static_cast<std::int32_t>(number + __builtin_copysign(0.5, number));  // no branch: signs are random
  }
};

}  // namespace cortexpr::detail
