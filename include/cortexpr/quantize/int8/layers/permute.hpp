#pragma once

#include <cortexpr/nn/layers/shape/permute.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>

#include <cstddef>
#include <cstdint>

namespace cortexpr::detail {

/// Permute moves int8 values. The quantization of the output is that of the input.
template <std::size_t... Axes, class Bound, class Rounding>
struct Int8LayerOf<Permute<Axes...>, Bound, Rounding> : Int8LayerDefaults {
  static constexpr std::size_t output_bytes = Bound::output_shape::size;

  static constexpr Quantization quantize(NoConstants&, ChainData<const float>, Quantization input, const Range*) {
    return input;
  }
  static auto to_onnx(auto& graph, auto bound, NoConstants, auto x, double scale) {
    return graph.same(bound, x, 0, scale, 0);
  }
  template <class Value>
  static constexpr void run(NoConstants, const Value* input, std::int8_t* output, Int8Scratch) {
    Bound::for_each_element([&](std::size_t from, std::size_t to) {
      output[to] = static_cast<std::int8_t>(simd::int8_value(input[from]));
    });
  }
};

}  // namespace cortexpr::detail
