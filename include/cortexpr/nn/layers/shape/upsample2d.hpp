#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/options/image.hpp>
#include <cortexpr/nn/options/window.hpp>

#include <cstddef>

namespace cortexpr {

/// Repeats each pixel `factor` times in height and width (nearest neighbour).
/// Shapes:  x [B, C, H, W] -> y [B, C, H * factor, W * factor]
/// Cost:    no multiply-adds, no parameters
/// Errors:  compile time: the input is no image; a factor of 0
template <KernelSize factor>
struct Upsample2D : LayerDescription {
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

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound
      : BoundLayer<T, In, Shape<image<In>.channels, image<In>.height * down, image<In>.width * right>> {
    static constexpr void forward(auto, const auto& pass) {
      for (std::size_t row = 0; row < pass.x.count; ++row) {
        for (std::size_t line = 0; line < lines; ++line) {
          const T* const from = pass.x[row] + line / down * width;
          T* const to = pass.y[row] + line * width * right;
          for (std::size_t x = 0; x < width; ++x)
            for (std::size_t i = 0; i < right; ++i) to[x * right + i] = from[x];
        }
        kernels::clear_padding(pass.y, row);
      }
    }

    /// The gradient by a pixel is the sum of the gradients by its copies, row by row.
    static constexpr void backward_input(auto, const auto& pass) {
      for (std::size_t row = 0; row < pass.x.count; ++row) {
        kernels::fill(pass.dx[row], pass.dx.stride, T(0));
        for (std::size_t line = 0; line < lines; ++line) {
          const T* const from = pass.dy[row] + line * width * right;
          T* const to = pass.dx[row] + line / down * width;
          for (std::size_t x = 0; x < width; ++x)
            for (std::size_t i = 0; i < right; ++i) to[x] += from[x * right + i];
        }
      }
    }

    static auto to_onnx(auto& graph, auto x) {
      return graph.node("Resize", {x, graph.none(), graph.floats({1, 1, down, right})})
          .set("mode", "nearest")
          .set("coordinate_transformation_mode", "asymmetric")
          .set("nearest_mode", "floor");
    }

   private:
    static constexpr std::size_t width = image<In>.width;
    /// The rows of the output, of all channels.
    static constexpr std::size_t lines = image<In>.channels * image<In>.height * down;
  };
};

CORTEXPR_CHECK_LAYER(Upsample2D<2>::Bound<float, Shape<2, 3, 3>>);

}  // namespace cortexpr
