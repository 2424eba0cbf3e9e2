#pragma once

#include <array>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cstdint>

/// Dropout in its original form. In training each element is multiplied by 1 with probability `keep`, else by 0; at
/// inference every element is multiplied by `keep`. (cx::Dropout divides by `keep` in training instead.)
/// Shapes: x [B, any] -> y [B, the same]
/// Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
template <float keep>
struct MaskDropout : cortexpr::LayerDescription {
  static constexpr const char* name = "MaskDropout";

  /// The layer for this scalar type and input shape. The output has the shape of the input.
  template <class T, class In>
  struct Bound : cortexpr::BoundLayer<T, In, In> {
    static constexpr cortexpr::Saved<"mask", In::size> mask{};  // forward writes it for backward_input
    static constexpr cortexpr::Arrays arrays{mask};

    template <class Pass>
    static constexpr void forward(auto /*simd*/, const Pass& pass) {
      cortexpr::kernels::copy(pass.x, pass.y);  // with the padding of the rows, which must be zero
      const cortexpr::Random random{pass.noise.seed, (pass.noise.step << 8) + pass.noise.layer};
      std::array<std::uint32_t, 4> words{};
      for (std::size_t row = 0; row < pass.y.count; ++row)
        for (std::size_t j = 0; j < In::size; ++j) {
          T factor = keep;
          if constexpr (Pass::training) {
            if (j % 4 == 0) words = random.block(((pass.noise.first_sample + row) << 32) + j / 4);
            factor = pass[mask][row][j] = words[j % 4] < keep * 0x1p32 ? 1 : 0;
          }
          pass.y[row][j] *= factor;
        }
    }

    static constexpr void backward_input(auto /*simd*/, const auto& pass) {
      cortexpr::kernels::copy(pass.dy, pass.dx);
      for (std::size_t row = 0; row < pass.dx.count; ++row)
        for (std::size_t j = 0; j < In::size; ++j) pass.dx[row][j] *= pass[mask][row][j];
    }
  };
};
static_assert(cortexpr::Layer<MaskDropout<0.5f>::Bound<float, cortexpr::Shape<3>>>);
