#pragma once

#include <cortexpr/kernels/fake_quantize.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// The inputs of a network as 8 bits say them. The quantization comes from calibration, and training leaves it; without
/// one, as after Network::initialize, nothing is rounded.
/// Shapes:  x [B, ...] -> y [B, ...]; the statistic quantization [2]: scale and zero point
/// Cost:    no multiply-adds
struct FakeQuantizedInput : LayerDefaults {
  static constexpr const char* name = "FakeQuantizedInput";
  using expects = AnyInput;

  template <class In>
  using output_shape = In;
  template <class In>
  using parameters = TypeList<Statistic<"quantization", Shape<2>, Zeros>>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    const auto* const quantization = pass.template parameter<0>().data;
    if (quantization[0] > 0)
      kernels::fake_quantize<Simd, decltype(pass.input), decltype(pass.output)>(pass.input, pass.output,
                                                                                {quantization[0], quantization[1]});
    else
      kernels::copy(pass.input, pass.output);
  }
  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    if constexpr (Pass::wants_input_gradient) kernels::copy(pass.output_gradient, pass.input_gradient);
  }
  template <class Simd, class Pass>
  static constexpr void update_statistics(const Pass&) {}
};

static_assert(Layer<FakeQuantizedInput, Shape<3>>, "FakeQuantizedInput: must satisfy the layer concept");

}  // namespace cortexpr
