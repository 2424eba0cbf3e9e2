#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/int8/requantize.hpp>
#include <cortexpr/nn/activation.hpp>
#include <cortexpr/quantize/int8/layers/product_rounding.hpp>
#include <cortexpr/quantize/int8/packed_weights.hpp>
#include <cortexpr/simd/int8.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace cortexpr::detail {

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

  /// values[i] = the int8 value of one output whose products have the sum sum_at(i), for `count` of them.
  CORTEXPR_INLINE constexpr void outputs_of(std::size_t output, std::size_t count, std::int32_t* values,
                                            auto sum_at) const {
    const std::int32_t least = +lowest, most = +highest;  // copies, because `values` may overlap the members
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t value = scales.rescaled(scales.shifted(sum_at(i), bias[output]), output);
      const std::int32_t above = value < least ? least : value;
      values[i] = above > most ? most : above;
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
    for (std::size_t output = 0; output < Outputs; ++output) set_bias(rounding, output, sums[output]);
    set_scales(rounding, clamp);
  }
  /// All but the weights: the bias of an output, whose int8 weights have this sum, and the other constants.
  constexpr void set_bias(const auto& rounding, std::size_t output, std::int32_t sum_of_weights) {
    bias[output] = (rounding.bias(output) - rounding.input.zero_point * sum_of_weights) * (1 << rounding.sum_shift);
  }
  constexpr void set_scales(const auto& rounding, Clamp clamp) {
    scales.set([&](std::size_t output) { return rounding.multiplier(output); }, rounding.sum_shift,
               rounding.result.zero_point);
    input_zero = static_cast<std::int8_t>(rounding.input.zero_point);
    lowest = rounding.result.int8_value(clamp.lowest);
    highest = rounding.result.int8_value(clamp.highest);
  }

  constexpr void set_weight(std::size_t output, std::size_t k, std::int32_t value) {
    Order::set(weights[output / rows], output % rows, k, value);
  }
  /// How many outputs set_pairs takes at a time.
  static constexpr std::size_t outputs_together(std::size_t first) {
    if constexpr (requires { Order::group_rows(first); })
      return Order::group_rows(first);
    else
      return 64;
  }
  /// The weights of `count` outputs of one group, in the columns k, which is even, and k + 1.   Shapes: values [2, count]
  template <class T, std::size_t N>
  constexpr void set_pairs(std::size_t first, std::size_t k, std::size_t count, const T (&values)[2][N]) {
    if constexpr (requires { Order::set_pairs(weights[0], first, k, count, values[0], values[1]); })
      Order::set_pairs(weights[0], first, k, count, values[0], values[1]);
    else
      for (std::size_t i = 0; i < 2 * count && k + i / count < K; ++i)
        set_weight(first + i % count, k + i / count, static_cast<std::int32_t>(values[i / count][i % count]));
  }

  [[nodiscard]] constexpr int weight(std::size_t output, std::size_t k) const {
    return Order::get(weights[output / rows], output % rows, k);
  }
  // For files: output steps for one unit of a sum of products, the bias of such a sum, the zero point of the output.
  constexpr double multiplier(std::size_t output) const { return scales.multiplier(output); }
  constexpr std::int32_t bias_alone(std::size_t output) const {
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < K; ++k) sum += weight(output, k);
    return bias[output] / scales.shifted(1, 0) + input_zero * sum;
  }
  constexpr std::int32_t output_zero() const { return scales.zero_point(); }

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

/// What 8-bit layers with ProductConstants share. K inputs contribute to an output.
template <class LayerType, class Bound, std::size_t K, std::size_t Groups, class Rounding>
struct ProductInt8Layer : OpenScaleInt8Layer {
  using Integers = ProductRounding<Bound, Rounding, float>;
  using Constants = ProductConstants<Integers::outputs, K, Groups, Rounding>;
  static constexpr std::size_t output_bytes = Bound::output_shape::size;

  static constexpr Quantization quantize(Constants& to, ChainData<const float> data, Quantization input,
                                         const Range* ranges) {
    const Quantization result = quantization_of(ranges[0]);
    to.quantize(Integers{data, input, result}, LayerType::activation::clamp);
    return result;
  }
  static auto to_onnx(auto& graph, auto bound, const Constants& constants, auto x, double scale) {
    return graph.product(bound, constants, x, scale);
  }
};

template <class Constants>
inline constexpr bool is_product = false;
template <std::size_t Outputs, std::size_t K, std::size_t Groups, class Rounding>
inline constexpr bool is_product<ProductConstants<Outputs, K, Groups, Rounding>> = true;

}  // namespace cortexpr::detail
