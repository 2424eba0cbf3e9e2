#pragma once

#include <cortexpr/nn/layers/activation.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/simd/scalar_pack.hpp>

#include <cstddef>

namespace cortexpr::detail {

template <class LayerType>
inline constexpr bool is_activation_layer = false;
template <ElementwiseActivation ActivationType>
inline constexpr bool is_activation_layer<Activation<ActivationType>> = true;

/// A table: the code of the activation of each of the 256 codes.
struct TableConstants {
  std::int8_t table[256]{};
  static constexpr std::size_t integers = 256;
  static constexpr void visit(auto& constants, auto action) {
    for (auto& code : constants.table) action(code, -128, 127);
  }
  [[nodiscard]] friend constexpr bool operator==(const TableConstants&, const TableConstants&) = default;
};

template <class Place>
  requires is_activation_layer<typename Place::layer>
struct QuantizedForm<Place> : FormDefaults {
  using Constants = TableConstants;
  static constexpr std::size_t output_bytes = Place::output_shape::size;

  static constexpr Quantization quantize(Constants& to, const float*, Quantization input, const Range* ranges) {
    const Quantization result = quantization_of(ranges[0]);
    for (std::int32_t code = -128; code < 128; ++code) {
      const simd::ScalarPack<float> number{input.value(code)};
      to.table[code + 128] = result.code(Place::layer::activation::value(number).value);
    }
    return result;
  }
  template <class Code>
  static constexpr void run(const Constants& constants, const Code* input, std::int8_t* output, QuantizedScratch) {
    for (std::size_t i = 0; i < output_bytes; ++i) output[i] = constants.table[simd::code_of(input[i]) + 128];
  }
};

}  // namespace cortexpr::detail
