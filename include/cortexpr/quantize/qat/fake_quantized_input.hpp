#pragma once

#include <cortexpr/kernels/int8/fake_quantize.hpp>
#include <cortexpr/nn/layer.hpp>

namespace cortexpr {

/// Rounds the inputs of a network as its 8-bit form does. Calibration finds the quantization, and training does not
/// change it. A scale of 0, as after Network::initialize, rounds nothing.
/// Shapes:  x [B, ...] -> y [B, ...]; the statistic quantization [2]: scale and zero point
/// Cost:    no multiply-adds
struct FakeQuantizedInput : LayerDescription {
  static constexpr const char* name = "FakeQuantizedInput";

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, In> {
    static constexpr Statistic<"quantization", Shape<2>, Zeros> quantization{};
    static constexpr Arrays arrays{quantization};

    template <class Simd>
    static constexpr void forward(Simd, const auto& pass) {
      const T scale = pass[quantization][0], zero_point = pass[quantization][1];
      if (scale > 0)
        kernels::fake_quantize<Simd>(pass.x, pass.y, {scale, zero_point});
      else
        kernels::copy(pass.x, pass.y);
    }
    static constexpr void backward_input(auto, const auto& pass) { kernels::copy(pass.dy, pass.dx); }
    static constexpr void update_statistics(auto, const auto&) {}
  };
};
CORTEXPR_CHECK_LAYER(FakeQuantizedInput::Bound<float, Shape<3>>);

}  // namespace cortexpr
