#pragma once

#include <cortexpr/kernels/product/gemm.hpp>
#include <cortexpr/kernels/product/gemv.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/execution/activate.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>

#include <cstddef>

namespace cortexpr {

/// y = activation(x W + b)
/// Shapes:  x [B, In] -> y [B, Units]; weight [In, Units]; bias [Units]
/// Cost:    B*In*Units multiply-adds forward, twice that backward; in training scratch for the transposed weight,
///          unless it is the first layer
/// Errors:  compile time: the input must be one vector per sample
/// Example: examples/02_network.cpp
template <std::size_t Units, AnyActivation ActivationType = Linear,
          AnyInitializer InitializerType = DefaultInitializer<ActivationType>>
struct Dense : LayerDescription {
  static_assert(Units > 0, "Dense: there must be at least one unit");
  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 1, "Dense: the input must be one vector per sample; put Flatten before it");
  };

  static constexpr const char* name = "Dense";
  using expects = Vector;
  using activation = ActivationType;
  template <class Other>
  using with_activation = Dense<Units, Other, InitializerType>;

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, Shape<Units>> {
    static constexpr std::size_t inputs = In::size;
    static constexpr Parameter<"weight", Shape<inputs, Units>, InitializerType, Fan{inputs, Units}> weight{};
    static constexpr Parameter<"bias", Shape<Units>, Zeros> bias{};
    static constexpr Saved<"z", detail::needs_saved_input<activation>() ? Units : 0> z{};
    static constexpr InputGradientScratch<"transposed", Units, inputs> transposed{};
    static constexpr InputGradientScratch<"no_bias", inputs> no_bias{};
    static constexpr Arrays arrays{weight, bias, z, transposed, no_bias};
    static constexpr Exchange exchange(decltype(weight)) { return {.transposed = 1}; }
    static constexpr std::size_t macs = inputs * Units;
    static constexpr detail::LinearMap linear_map{.outputs_are_columns = true};
    static auto to_onnx(auto& graph, auto x) {
      return graph.activate(activation{}, graph.node("Gemm", {x, graph[weight], graph[bias]}).set("transB", 1));
    }

    template <class Simd, class Pass>
    static constexpr void forward(Simd simd, const Pass& pass) {
      const auto multiply = [&](auto to) {
        if constexpr (Pass::max_rows == 1)
          kernels::multiply_one<Simd>(pass.x, pass[weight], pass[bias], to);
        else
          kernels::multiply<Simd>(pass.x, pass[weight], pass[bias], to);
      };
      detail::activate_after<activation>(simd, pass, z, multiply);
    }

    template <class Simd>
    static constexpr void backward_output(Simd simd, const auto& pass) {
      detail::activate_output_backward<activation>(simd, pass, z);
    }
    template <class Simd>
    static constexpr void backward_input(Simd, const auto& pass) {
      kernels::transpose<Simd>(pass[weight], pass[transposed]);
      kernels::fill(pass[no_bias], simd::row_stride<T>(inputs), T(0));
      kernels::multiply<Simd>(pass.dy, pass[transposed], pass[no_bias], pass.dx);
    }
    template <class Simd, class Pass>
    static constexpr void backward_parameters(Simd, const Pass& pass) {
      const auto x = detail::at_most<Pass::max_rows>(pass.x);
      const auto dy = detail::at_most<Pass::max_rows>(pass.dy);
      kernels::weight_gradient<Simd>(x, dy, pass.gradient(weight));
      kernels::bias_gradient<Simd>(dy, pass.gradient(bias));
    }
  };
};
CORTEXPR_CHECK_LAYER(Dense<2>::Bound<float, Shape<3>>);

}  // namespace cortexpr
