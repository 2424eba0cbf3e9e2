#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/image.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/window_options.hpp>

#include <cstddef>

namespace cortexpr {

/// Puts zeros around the image: ZeroPad2D<all>, ZeroPad2D<vertical, horizontal>, ZeroPad2D<top, bottom, left, right>.
/// Shapes:  x [B, C, H, W] -> y [B, C, top + H + bottom, left + W + right]
/// Cost:    no multiply-adds, no parameters
/// Errors:  compile time: the input is no image
template <std::size_t... extents>
struct ZeroPad2D : LayerDefaults {
  static constexpr const char* name = "ZeroPad2D";
  using expects = Image;

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 3, "ZeroPad2D: the input must be an image [C, H, W]; put Reshape before it");
  };

  template <class In>
  static constexpr kernels::Window window =
      detail::WindowOf<Stride<1>, Padding<extents...>>::over_image(detail::Images::of<In>, 1);
  template <class In>
  using output_shape =
      Shape<detail::Images::of<In>.channels, window<In>.vertical.output(), window<In>.horizontal.output()>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using T = typename Pass::T;
    for (std::size_t row = 0; row < pass.input.count; ++row) {
      kernels::fill(pass.output[row], pass.output.stride, T(0));
      for_each_pixel<Pass>(
          [&](std::size_t inner, std::size_t outer) { pass.output[row][outer] = pass.input[row][inner]; });
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    if constexpr (Pass::wants_input_gradient)
      for (std::size_t row = 0; row < pass.input.count; ++row) {
        for_each_pixel<Pass>([&](std::size_t inner, std::size_t outer) {
          pass.input_gradient[row][inner] = pass.output_gradient[row][outer];
        });
        kernels::clear_padding(pass.input_gradient, row);
      }
  }

 private:
  /// Calls action(inner, outer) with where each pixel lies in the input and in the output.
  template <class Pass, class Action>
  static constexpr void for_each_pixel(Action action) {
    using In = typename Pass::place::input_shape;
    constexpr detail::ImageExtents image = detail::Images::of<In>;
    constexpr kernels::Axis vertical = window<In>.vertical, horizontal = window<In>.horizontal;
    for (std::size_t c = 0; c < image.channels; ++c)
      for (std::size_t y = 0; y < image.height; ++y)
        for (std::size_t x = 0; x < image.width; ++x)
          action((c * image.height + y) * image.width + x,
                 (c * vertical.output() + vertical.before + y) * horizontal.output() + horizontal.before + x);
  }
};

static_assert(Layer<ZeroPad2D<1>, Shape<2, 3, 3>>, "ZeroPad2D: must satisfy the layer concept");

}  // namespace cortexpr
