#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/int8/requantize.hpp>
#include <cortexpr/nn/activation.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/int8/packed_weights.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>
#include <cortexpr/simd/int8.hpp>

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

/// The constants of a linear layer: for each output a row of K weights, a bias, and what rescales a sum to 8 bits. The zero
/// point of the input is part of the bias.
template <std::size_t Outputs, std::size_t K, std::size_t Groups, class Rounding>
struct [[CORTEXPR_ABI]] ProductConstants {
  static_assert(K <= 32768, "Quantized: a sum of more than 32,768 products may not fit in 32 bits; use smaller layers");
  static constexpr std::size_t outputs = Outputs, groups = Groups, rows = Outputs / Groups, columns = K;
  using Order = simd::Int8<rows, K>;
  using Scales = typename Rounding::template Scales<Outputs>;

  /// The weights of each group in the order of the target.
  struct Weights {
    static constexpr std::size_t count = Outputs * K;
    alignas(Order::alignment)
        std::int8_t values[Groups][(Order::bytes + Order::alignment - 1) / Order::alignment * Order::alignment]{};
    [[nodiscard]] friend constexpr bool operator==(const Weights&, const Weights&) = default;
    constexpr auto& operator[](std::size_t group) { return values[group]; }
    constexpr const auto& operator[](std::size_t group) const { return values[group]; }
  };
  Weights weights{};
  std::int32_t bias[Outputs]{};
  [[no_unique_address]] Scales scales{};
  std::int8_t input_zero = 0;
  std::int8_t lowest = -128;
  std::int8_t highest = 127;

  [[nodiscard]] friend constexpr bool operator==(const ProductConstants&, const ProductConstants&) = default;

  /// Writes the int8 values of outputs, from `first` on, whose products have these sums: to to[0], to[stride], and so on.
  template <std::size_t Block>
  CORTEXPR_INLINE constexpr void write_outputs(std::size_t first, const std::int32_t (&sums)[Block], std::int8_t* to,
                                               std::size_t stride) const {
    if constexpr (Scales::is_fixed_point && requires { Order::requantize(sums, bias, bias, 0, 0, 0, 0, 0, to); }) {
      if (!__builtin_is_constant_evaluated()) {
        std::int8_t values[Block];
        Order::requantize(sums, bias + first, scales.factor + first, scales.sum_shift, scales.shift, scales.offset,
                          lowest, highest, values);
        CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Block; ++i) to[i * stride] = values[i];
        return;
      }
    }
    // No block is larger than the layer, but GCC 12 compiles one and warns of it.
    CORTEXPR_NO_UNROLL_FOR (std::size_t i = 0; i < (Block <= Outputs ? Block : 0); ++i) {
      const std::int32_t sum = scales.shifted(sums[i], bias[first + i]);
      *to = kernels::clamp_to_int8(scales.rescaled(sum, first + i), lowest, highest);
      if (i + 1 < Block) to += stride;
    }
  }

  /// The integers of a layer, whose activation has this clamp.
  constexpr void quantize(const auto& rounding, Clamp clamp) {
    std::int32_t sums[Outputs]{};
    rounding.for_each_weight([&](std::size_t output, std::size_t k, auto weight) {
      const std::int32_t value = rounding.code(output, weight);
      sums[output] += value;
      Order::set(weights[output / rows], output % rows, k, value);
    });
    for (std::size_t output = 0; output < Outputs; ++output)
      bias[output] = (rounding.bias(output) - rounding.input.zero_point * sums[output]) * (1 << rounding.sum_shift);
    scales.set([&](std::size_t output) { return rounding.multiplier(output); }, rounding.sum_shift,
               rounding.result.zero_point);
    input_zero = static_cast<std::int8_t>(rounding.input.zero_point);
    lowest = rounding.result.int8_value(clamp.lowest);
    highest = rounding.result.int8_value(clamp.highest);
  }

  [[nodiscard]] constexpr int weight(std::size_t output, std::size_t k) const {
    return Order::get(weights[output / rows], output % rows, k);
  }
  using packed_weights = TypeList<Weights>;
  template <std::size_t First>
  constexpr void set_weights(const auto& all) {
    weights = __builtin_bit_cast(Weights, packed_array<First>(all));
  }

  static constexpr std::size_t integers = Outputs * K + Outputs + Scales::integers + 3;
  static constexpr void visit(auto& constants, auto action) {
    if constexpr (requires { action.visit_weights(constants); })
      action.visit_weights(constants);
    else
      visit_weights(constants, action);
    for (std::size_t output = 0; output < Outputs; ++output) {
      action(constants.bias[output], INT32_MIN, INT32_MAX);
      Scales::visit_output(constants.scales, output, action);
    }
    Scales::visit_shared(constants.scales, action);
    action(constants.input_zero, -128, 127);
    Scales::visit_zero(constants.scales, action);
    action(constants.lowest, -128, 127);
    action(constants.highest, -128, 127);
  }

 private:
  static constexpr void visit_weights(auto& constants, auto action) {
    for (std::size_t output = 0; output < Outputs; ++output)
      for (std::size_t k = 0; k < K; ++k) {
        int weight = constants.weight(output, k);
        action(weight, -127, 127);
        if constexpr (!std::is_const_v<std::remove_reference_t<decltype(constants)>>)
          Order::set(constants.weights[output / rows], output % rows, k, weight);
      }
  }
};

}  // namespace cortexpr::detail
