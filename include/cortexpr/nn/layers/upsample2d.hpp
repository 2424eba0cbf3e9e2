#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/image.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/window_options.hpp>

#include <cstddef>

namespace cortexpr {

/// Each pixel becomes `factor` pixels high and wide (nearest neighbour).
/// Shapes:  x [B, C, H, W] -> y [B, C, H * factor, W * factor]
/// Cost:    no multiply-adds, no parameters
/// Errors:  compile time: the input is no image; a factor of 0
template <KernelSize factor>
struct Upsample2D : LayerDefaults {
  static constexpr const char* name = "Upsample2D";
  using expects = Image;

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 3, "Upsample2D: the input must be an image [C, H, W]; put Reshape before it");
    static_assert(factor.height > 0 && factor.width > 0, "Upsample2D: the factor must be at least 1");
  };

  static constexpr std::size_t down = factor.height > 0 ? factor.height : 1;
  static constexpr std::size_t right = factor.width > 0 ? factor.width : 1;
  template <class In>
  static constexpr detail::ImageExtents image = detail::Images::of<In>;
  template <class In>
  using output_shape = Shape<image<In>.channels, image<In>.height * down, image<In>.width * right>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    constexpr std::size_t wide = image<typename Pass::place::input_shape>.width;
    for (std::size_t row = 0; row < pass.input.count; ++row) {
      const auto* const from = pass.input[row];
      for_each_line<Pass>([&](std::size_t line, std::size_t source) {
        auto* const to = pass.output[row] + line * wide * right;
        for (std::size_t x = 0; x < wide; ++x)
          for (std::size_t i = 0; i < right; ++i) to[x * right + i] = from[source * wide + x];
      });
      kernels::clear_padding(pass.output, row);
    }
  }

  /// A pixel's gradient is the sum over what it has become, row by row.
  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    if constexpr (Pass::wants_input_gradient) {
      using T = typename Pass::T;
      constexpr std::size_t wide = image<typename Pass::place::input_shape>.width;
      for (std::size_t row = 0; row < pass.input.count; ++row) {
        T* const to = pass.input_gradient[row];
        kernels::fill(to, pass.input_gradient.stride, T(0));
        for_each_line<Pass>([&](std::size_t line, std::size_t source) {
          const T* const from = pass.output_gradient[row] + line * wide * right;
          for (std::size_t x = 0; x < wide; ++x)
            for (std::size_t i = 0; i < right; ++i) to[source * wide + x] += from[x * right + i];
        });
      }
    }
  }

 private:
  /// Calls action(line, source) for every line of the output, of all channels, with the line of the input it comes
  /// from.
  template <class Pass, class Action>
  static constexpr void for_each_line(Action action) {
    using In = typename Pass::place::input_shape;
    constexpr std::size_t sources = image<In>.channels * image<In>.height;
    for (std::size_t line = 0; line < sources * down; ++line) action(line, line / down);
  }
};

static_assert(Layer<Upsample2D<2>, Shape<2, 3, 3>>, "Upsample2D: must satisfy the layer concept");

}  // namespace cortexpr
