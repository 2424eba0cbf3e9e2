#pragma once

#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/lower/deployed.hpp>
#include <cortexpr/simd/arch/scalar/pack.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// The int8 value of the activation of each of the 256 int8 values.
struct TableConstants {
  std::int8_t table[256]{};
  static constexpr std::size_t integers = 256;
  static constexpr void visit(auto& constants, auto action) {
    for (auto& value : constants.table) action(value, -128, 127);
  }
  [[nodiscard]] friend constexpr bool operator==(const TableConstants&, const TableConstants&) = default;
};

/// y = activation(x), from a table.
template <class LayerType, class Bound, class Rounding>
  requires ActivationLayer<LayerType, Bound>
struct Int8LayerOf<LayerType, Bound, Rounding> : OpenScaleInt8Layer {
  using Constants = TableConstants;
  static constexpr std::size_t output_bytes = Bound::output_shape::size;

  static constexpr Quantization quantize(Constants& to, ChainData<const float>, Quantization input,
                                         const Range* ranges) {
    const Quantization result = quantization_of(ranges[0]);
    for (std::int32_t value = -128; value < 128; ++value) {
      const simd::ScalarPack<float> number{input.real_value(value)};
      to.table[value + 128] = result.int8_value(LayerType::activation::value(number).value);
    }
    return result;
  }
  static auto to_onnx(auto& graph, auto, const Constants& constants, auto x, double scale) {
    return graph.table(constants.table, x, scale);
  }

  template <class Value>
  static constexpr void run(const Constants& constants, const Value* input, std::int8_t* output, Int8Scratch) {
    for (std::size_t i = 0; i < output_bytes; ++i) output[i] = constants.table[simd::int8_value(input[i]) + 128];
  }
};

}  // namespace cortexpr::detail
