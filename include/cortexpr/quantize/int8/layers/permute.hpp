#pragma once

#include <cortexpr/nn/layers/shape/permute.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>

#include <cstddef>
#include <cstdint>

namespace cortexpr::detail {

/// Permute moves int8 values.
template <std::size_t... Axes, class Bound, class Rounding>
struct Int8LayerOf<Permute<Axes...>, Bound, Rounding> : SelectingInt8Layer<Bound> {
  template <class Value>
  static constexpr void run(NoConstants, const Value* input, std::int8_t* output, Int8Scratch) {
    Bound::for_each_element([&](std::size_t from, std::size_t to) {
      output[to] = static_cast<std::int8_t>(simd::int8_value(input[from]));
    });
  }
};

}  // namespace cortexpr::detail
