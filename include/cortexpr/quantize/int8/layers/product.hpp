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

/// The constants of a linear layer: for each output a row of K weights, a bias and a factor that rescales a sum to 8
/// bits. Weights are symmetric, with a scale for each output; the zero point of the input is part of the bias.
template <std::size_t Outputs, std::size_t K, std::size_t Groups>
struct [[CORTEXPR_ABI]] ProductConstants {
  static_assert(K <= 32768, "Quantized: a sum of more than 32,768 products may not fit in 32 bits; use smaller layers");
  static constexpr std::size_t outputs = Outputs, groups = Groups, rows = Outputs / Groups, columns = K;
  using Order = simd::Int8<rows, K>;

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
  std::int32_t factor[Outputs]{};
  std::uint8_t shift = 1;
  std::int8_t input_zero = 0;
  std::int8_t output_zero = 0;
  std::int8_t lowest = -128;
  std::int8_t highest = 127;

  [[nodiscard]] friend constexpr bool operator==(const ProductConstants&, const ProductConstants&) = default;

  /// Writes the int8 values of outputs, from `first` on, whose products have these sums: to to[0], to[stride], and so on.
  template <std::size_t Block>
  CORTEXPR_INLINE constexpr void write_outputs(std::size_t first, const std::int32_t (&sums)[Block], std::int8_t* to,
                                               std::size_t stride) const {
    if constexpr (requires { Order::requantize(sums, bias, factor, shift, 0, 0, 0, to); }) {
      if (!__builtin_is_constant_evaluated()) {
        std::int8_t values[Block];
        Order::requantize(sums, bias + first, factor + first, shift, output_zero, lowest, highest, values);
        CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Block; ++i) to[i * stride] = values[i];
        return;
      }
    }
    CORTEXPR_NO_UNROLL_FOR (std::size_t i = 0; i < Block; ++i) {
      const std::int32_t sum = sums[i] + bias[first + i];
      *to = kernels::clamp_to_int8(kernels::rescale(sum, factor[first + i], shift) + output_zero, lowest, highest);
      if (i + 1 < Block) to += stride;
    }
  }

  /// weight(output, k) and offset(output) are the layer's; `range` is that of its outputs, after the activation.
  constexpr Quantization quantize(auto weight, auto offset, Clamp clamp, Quantization input, Range range) {
    float largest[Outputs]{}, all = 0;
    for (std::size_t output = 0; output < Outputs; ++output) {
      for (std::size_t k = 0; k < K; ++k) {
        const float size = weight(output, k) < 0 ? -weight(output, k) : weight(output, k);
        largest[output] = size > largest[output] ? size : largest[output];
      }
      all = largest[output] > all ? largest[output] : all;
    }
    // Steps finer than a few steps of the sums hold no more information, and a FixedPoint is below 1/4.
    const Quantization result = quantization_of(range, 8 * input.scale * all / 127);
    float most = 0;
    for (std::size_t output = 0; output < Outputs; ++output) {
      const float size = offset(output) < 0 ? -offset(output) : offset(output);
      // With tiny weights the bias must still fit 32 bits, and the FixedPoint must not become 0.
      float& scale = largest[output];
      scale /= 127;
      scale = scale > size / (input.scale * 0x1p28f) ? scale : size / (input.scale * 0x1p28f);
      scale = scale > result.scale / input.scale * 0x1p-20f ? scale : result.scale / input.scale * 0x1p-20f;
      most = scale > most ? scale : most;
    }
    const double ratio = static_cast<double>(input.scale) / static_cast<double>(result.scale);
    shift = kernels::shift_for(ratio * static_cast<double>(most));
    for (std::size_t output = 0; output < Outputs; ++output) {
      const auto scale = static_cast<double>(largest[output]);
      factor[output] = kernels::factor_of(ratio * scale, shift);
      quantize_weights(output, weight, static_cast<double>(offset(output)), input, scale);
    }
    input_zero = static_cast<std::int8_t>(input.zero_point);
    output_zero = static_cast<std::int8_t>(result.zero_point);
    lowest = result.int8_value(clamp.lowest);
    highest = result.int8_value(clamp.highest);
    return result;
  }

  [[nodiscard]] constexpr int weight(std::size_t output, std::size_t k) const {
    return Order::get(weights[output / rows], output % rows, k);
  }
  using packed_weights = TypeList<Weights>;
  template <std::size_t First>
  constexpr void set_weights(const auto& all) {
    weights = __builtin_bit_cast(Weights, packed_array<First>(all));
  }

  static constexpr std::size_t integers = Outputs * K + 2 * Outputs + 5;
  static constexpr void visit(auto& constants, auto action) {
    if constexpr (requires { action.visit_weights(constants); })
      action.visit_weights(constants);
    else
      visit_weights(constants, action);
    for (std::size_t output = 0; output < Outputs; ++output) {
      action(constants.bias[output], INT32_MIN, INT32_MAX);
      action(constants.factor[output], 0, INT32_MAX);
    }
    action(constants.shift, 1, 31);
    action(constants.input_zero, -128, 127);
    action(constants.output_zero, -128, 127);
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

  static constexpr std::int32_t nearest(double number) {
    return static_cast<std::int32_t>(number < 0 ? number - 0.5 : number + 0.5);
  }

  constexpr void quantize_weights(std::size_t output, auto weight, double offset, Quantization input, double scale) {
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < K; ++k) {
      const std::int32_t value = nearest(static_cast<double>(weight(output, k)) / scale);
      sum += value;
      Order::set(weights[output / rows], output % rows, k, value);
    }
    bias[output] = nearest(offset / (static_cast<double>(input.scale) * scale)) - input.zero_point * sum;
  }
};

}  // namespace cortexpr::detail
