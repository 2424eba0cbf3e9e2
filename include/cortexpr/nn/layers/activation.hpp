#pragma once

#include <cortexpr/nn/execution/activate.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// y = activation(x), as a layer of its own.
/// Shapes:  x [B, ...] -> y [B, ...]
/// Cost:    no multiply-adds, no parameters
template <AnyActivation ActivationType>
struct Activation : LayerDefaults {
  static constexpr const char* name = "Activation";
  using expects = AnyInput;
  using activation = ActivationType;

  template <class In>
  using output_shape = In;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    detail::activate<Simd, ActivationType>(pass.input, pass.output);
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    if constexpr (Pass::wants_input_gradient) {
      detail::activate_backward<Simd, ActivationType>(pass.output, pass.input, pass.output_gradient);
      kernels::copy(pass.output_gradient, pass.input_gradient);
    }
  }
};

static_assert(Layer<Activation<Relu>, Shape<3>>, "Activation: must satisfy the layer concept");

}  // namespace cortexpr
