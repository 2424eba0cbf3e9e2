#pragma once

#include <array>
#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cstdint>

/// Dropout in its original form. In training each element is multiplied by 1 with probability `keep`, else by 0; at
/// inference every element is multiplied by `keep`. (cx::Dropout divides by `keep` in training instead.)
/// Shapes: x [B, any] -> y [B, the same]
/// Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
template <float keep>
struct MaskDropout : cortexpr::LayerDefaults {
  static constexpr const char* name = "MaskDropout";
  using expects = cortexpr::AnyInput;
  template <class In>
  using output_shape = In;
  template <class T, class In>
  static constexpr std::size_t saved = In::size;  // the mask, for backward

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    cortexpr::kernels::copy(pass.input, pass.output);
    const cortexpr::Random random{pass.noise.seed, (pass.noise.step << 8) + Pass::place::index};
    std::array<std::uint32_t, 4> words{};
    for (std::size_t row = 0; row < pass.output.count; ++row)
      for (std::size_t j = 0; j < pass.output.columns; ++j) {
        typename Pass::T factor = keep;
        if constexpr (Pass::training) {
          if (j % 4 == 0) words = random.block(((pass.noise.first_sample + row) << 32) + j / 4);
          factor = pass.saved()[row][j] = words[j % 4] < keep * 0x1p32 ? 1 : 0;
        }
        pass.output[row][j] *= factor;
      }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    cortexpr::kernels::copy(pass.output_gradient, pass.input_gradient);
    for (std::size_t row = 0; row < pass.output.count; ++row)
      for (std::size_t j = 0; j < pass.output.columns; ++j) pass.input_gradient[row][j] *= pass.saved()[row][j];
  }
};
