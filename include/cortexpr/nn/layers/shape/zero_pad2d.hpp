#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/options/image.hpp>
#include <cortexpr/nn/options/window.hpp>

#include <cstddef>

namespace cortexpr {

/// Surrounds the image with zeros: ZeroPad2D<all>, ZeroPad2D<vertical, horizontal>, ZeroPad2D<top, bottom, left,
/// right>.
/// Shapes:  x [B, C, H, W] -> y [B, C, top + H + bottom, left + W + right]
/// Cost:    no multiply-adds, no parameters
/// Errors:  compile time: the input is no image
template <std::size_t... extents>
struct ZeroPad2D : LayerDescription {
  static constexpr const char* name = "ZeroPad2D";
  using expects = Image;

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 3, "ZeroPad2D: the input must be an image [C, H, W]; put Reshape before it");
  };

  template <class In>
  static constexpr kernels::Window window =
      detail::WindowOf<Stride<1>, Padding<extents...>>::over_image(detail::Images::of<In>, 1);

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound
      : BoundLayer<
            T, In,
            Shape<detail::Images::of<In>.channels, window<In>.vertical.output(), window<In>.horizontal.output()>> {
    static constexpr void forward(auto, const auto& pass) {
      for (std::size_t row = 0; row < pass.x.count; ++row) {
        kernels::fill(pass.y[row], pass.y.stride, T(0));
        for_each_pixel([&](std::size_t inner, std::size_t outer) { pass.y[row][outer] = pass.x[row][inner]; });
      }
    }

    static constexpr void backward_input(auto, const auto& pass) {
      for (std::size_t row = 0; row < pass.x.count; ++row) {
        for_each_pixel([&](std::size_t inner, std::size_t outer) { pass.dx[row][inner] = pass.dy[row][outer]; });
        kernels::clear_padding(pass.dx, row);
      }
    }

    static auto to_onnx(auto& graph, auto x) { return graph.pad(x, window<In>, 2, 0); }

   private:
    /// Calls action(inner, outer) for each pixel, with its positions in the input and in the output.
    static constexpr void for_each_pixel(auto action) {
      constexpr detail::ImageExtents image = detail::Images::of<In>;
      constexpr kernels::Axis vertical = window<In>.vertical, horizontal = window<In>.horizontal;
      for (std::size_t c = 0; c < image.channels; ++c)
        for (std::size_t y = 0; y < image.height; ++y)
          for (std::size_t x = 0; x < image.width; ++x)
            action((c * image.height + y) * image.width + x,
                   (c * vertical.output() + vertical.before + y) * horizontal.output() + horizontal.before + x);
    }
  };
};

CORTEXPR_CHECK_LAYER(ZeroPad2D<1>::Bound<float, Shape<2, 3, 3>>);

}  // namespace cortexpr
