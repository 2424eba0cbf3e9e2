#pragma once

#include <cortexpr/nn/layers/dense.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/int8/layers/product.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

template <class LayerType>
inline constexpr bool is_dense = false;
template <std::size_t Units, class ActivationType, class Initializer>
inline constexpr bool is_dense<Dense<Units, ActivationType, Initializer>> = true;

/// code(y) = clamp(x W + b), in integers.   Shapes: x [In] -> y [Units]
template <class Place>
  requires is_dense<typename Place::layer>
struct QuantizedForm<Place> : FormDefaults {
  static constexpr std::size_t in = Place::input_shape::size, units = Place::output_shape::size;
  using Constants = ProductConstants<units, in, 1>;
  using Order = typename Constants::Order;
  static constexpr std::size_t output_bytes = units;
  static constexpr std::size_t operand_elements = Order::expands ? Order::operand_elements : 0;

  static constexpr Quantization quantize(Constants& to, const float* block, Quantization input, const Range* ranges) {
    const auto weight = Place::template parameter<0>(block);
    const float* const bias = Place::template parameter<1>(block)[0];
    return to.template quantize<typename Place::layer::activation>(
        [&](std::size_t unit, std::size_t k) { return weight[k][unit]; }, [&](std::size_t unit) { return bias[unit]; },
        input, ranges[0]);
  }

  template <class Code>
  static constexpr void run(const Constants& constants, const Code* input, std::int8_t* output,
                            QuantizedScratch scratch) {
    const auto sink = [&](std::size_t unit, const auto& sums)
                          CORTEXPR_INLINE_LAMBDA { constants.put_codes(unit, sums, output + unit, 1); };
    if (std::is_constant_evaluated()) {
      simd::multiply_constant<Order, units, in>(constants.weights[0], input, sink);
    } else if constexpr (Order::expands) {
      Order::expand(input, scratch.operands);
      Order::multiply(constants.weights[0], scratch.operands, sink);
    } else {
      Order::multiply(constants.weights[0], input, sink);
    }
  }
};

}  // namespace cortexpr::detail
