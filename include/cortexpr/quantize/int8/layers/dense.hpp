#pragma once

#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/int8/layers/product.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

template <class LayerType, class Bound>
concept DenseLike = ClampedLinearLayer<LayerType, Bound> && Bound::linear_map.outputs_are_columns;

/// The policy of dense layers: the one that a policy names for them, or itself.
template <class Rounding>
struct DenseRoundingOf {
  using type = Rounding;
};
template <class Rounding>
  requires requires { typename Rounding::for_dense; }
struct DenseRoundingOf<Rounding> {
  using type = typename Rounding::for_dense;
};

/// y = clamp(x W + b), in integers: Dense, and all layers with the same linear map.
/// Shapes: x [inputs] -> y [outputs]
template <class LayerType, class Bound, class Rounding>
  requires DenseLike<LayerType, Bound>
struct Int8LayerOf<LayerType, Bound, Rounding>
    : ProductInt8Layer<LayerType, Bound, Bound::input_shape::size, 1, typename DenseRoundingOf<Rounding>::type> {
  using Constants = typename Int8LayerOf::Constants;
  using Order = typename Constants::Order;
  static constexpr std::size_t inputs = Bound::input_shape::size, outputs = Bound::output_shape::size;
  static constexpr std::size_t operand_elements = Order::expands ? Order::operand_elements : 0;

  template <class Value>
  static constexpr void run(const Constants& constants, const Value* input, std::int8_t* output, Int8Scratch scratch) {
    const auto consumer = [&](std::size_t first, const auto& sums)
                              CORTEXPR_INLINE_LAMBDA { constants.write_outputs(first, sums, output + first, 1); };
    if (__builtin_is_constant_evaluated()) {
      simd::multiply_constant<Order, outputs, inputs>(constants.weights[0], input, consumer);
    } else if constexpr (Order::expands) {
      Order::expand(input, scratch.operands);
      Order::multiply(constants.weights[0], scratch.operands, consumer);
    } else {
      Order::multiply(constants.weights[0], input, consumer);
    }
  }
};

}  // namespace cortexpr::detail
