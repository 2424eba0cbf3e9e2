#pragma once

#include <cortexpr/nn/execution/activate.hpp>
#include <cortexpr/nn/layer.hpp>

namespace cortexpr {

/// y = activation(x), as a layer of its own.
/// Shapes:  x [B, ...] -> y [B, ...]
/// Cost:    no multiply-adds, no parameters
template <AnyActivation ActivationType>
struct Activation : LayerDescription {
  static constexpr const char* name = "Activation";
  using activation = ActivationType;

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, In> {
    template <class Simd>
    static constexpr void forward(Simd, const auto& pass) {
      detail::activate<Simd, ActivationType>(pass.x, pass.y);
    }
    template <class Simd>
    static constexpr void backward_input(Simd, const auto& pass) {
      detail::activate_backward<Simd, ActivationType>(pass.y, pass.x, pass.dy);
      kernels::copy(pass.dy, pass.dx);
    }

    static auto to_onnx(auto& graph, auto x) { return graph.activate(ActivationType{}, x); }
  };
};
CORTEXPR_CHECK_LAYER(Activation<Relu>::Bound<float, Shape<3>>);

}  // namespace cortexpr
