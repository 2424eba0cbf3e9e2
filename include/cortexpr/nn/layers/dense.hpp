#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/product/gemm.hpp>
#include <cortexpr/kernels/product/gemv.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/nn/activate.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// y = activation(x W + b)
/// Shapes:  x [B, In] -> y [B, Units]; weight [In, Units]; bias [Units]
/// Cost:    B*In*Units multiply-adds forward, twice that backward; scratch for one transposed weight in training, but in the first layer
/// Errors:  compile time: the input must be one vector per sample
/// Example: examples/02_network.cpp
template <std::size_t Units, AnyActivation ActivationType = Linear,
          AnyInitializer InitializerType = DefaultInitializer<ActivationType>>
struct Dense : LayerDefaults {
  static_assert(Units > 0, "Dense: there must be at least one unit");

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 1, "Dense: the input must be one vector per sample; put Flatten before it");
  };
  static constexpr const char* name = "Dense";
  using expects = Vector;
  using activation = ActivationType;

  template <class In>
  using output_shape = Shape<Units>;
  template <class In>
  using parameters = detail::TypeList<Parameter<"weight", Shape<In::size, Units>, InitializerType, Fan{In::size, Units}>,
                              Parameter<"bias", Shape<Units>, Zeros>>;
  template <class In>
  static constexpr std::size_t macs = In::size * Units;
  template <class T, class In>
  static constexpr std::size_t saved = needs_saved_input<ActivationType>() ? Units : 0;
  template <class T, class In, std::size_t, bool wants_input>
  static constexpr std::size_t backward_scratch =
      wants_input ? simd::block_size<T>(Units, In::size) + simd::block_size<T>(1, In::size) : 0;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    const auto weight = pass.template parameter<0>();
    const auto bias = pass.template parameter<1>();
    const auto multiply = [&](auto to) {
      if constexpr (Pass::max_rows == 1)
        kernels::multiply_one<Simd>(pass.input, weight, bias.data, to);
      else
        kernels::multiply<Simd>(pass.input, weight, bias.data, to);
    };
    if constexpr (Pass::training && needs_saved_input<ActivationType>()) {
      multiply(pass.saved());
      activate<Simd, ActivationType>(pass.saved(), pass.output);
    } else {
      multiply(pass.output);
      activate<Simd, ActivationType>(pass.output, pass.output);
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    using T = typename Pass::T;
    if constexpr (needs_saved_input<ActivationType>())
      activate_backward<Simd, ActivationType>(pass.output, pass.saved(), pass.output_gradient);
    else
      activate_backward<Simd, ActivationType>(pass.output, pass.output, pass.output_gradient);

    // Before the sink, which may change the weights.
    if constexpr (Pass::wants_input_gradient) {
      constexpr std::size_t in = Pass::place::input_shape::size;
      const Rows<T, in, simd::row_stride<T>(in)> transposed{pass.scratch, Units};
      T* const no_bias = pass.scratch + simd::block_size<T>(Units, in);
      kernels::transpose<Simd>(pass.template parameter<0>(), transposed);
      for (std::size_t i = 0; i < simd::row_stride<T>(in); ++i) no_bias[i] = 0;
      kernels::multiply<Simd>(pass.output_gradient, transposed, no_bias, pass.input_gradient);
    }
    const auto input = detail::at_most<Pass::max_rows>(pass.input);
    const auto output_gradient = detail::at_most<Pass::max_rows>(pass.output_gradient);
    kernels::weight_gradient<Simd>(input, output_gradient, pass.template gradient_sink<0>());
    kernels::bias_gradient<Simd>(output_gradient, pass.template gradient_sink<1>());
  }
};

static_assert(Layer<Dense<2>, Shape<3>>, "Dense: must satisfy the layer concept");

}  // namespace cortexpr
