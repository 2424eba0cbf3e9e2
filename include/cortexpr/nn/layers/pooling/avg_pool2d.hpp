#pragma once

#include <cortexpr/nn/layers/pooling/bound_pooling.hpp>

#include <cstddef>

namespace cortexpr {

/// y = the mean of each window. The padding counts as zeros.
/// Options: Stride (the kernel is the default, so that windows do not overlap), Valid (the default), Same or Padding.
/// Shapes:  x [B, C, H, W] -> y [B, C, H', W'], H' = (H + padding - kernel) / stride + 1
/// Cost:    no multiply-adds, no parameters; scratch for one channel
/// Errors:  compile time: the input is no image; a kernel or stride of 0; the window is larger than the padded input
template <KernelSize kernel, class... Options>
struct AvgPool2D : LayerDescription {
  static_assert(detail::OptionsOf<detail::StrideKind, detail::PaddingKind>::template fit<Options...>,
                "AvgPool2D: after the kernel come Stride, and Valid, Same or Padding, each at most once");
  static constexpr const char* name = "AvgPool2D";
  using expects = Image;

  template <class In>
  static constexpr kernels::Window geometry =
      detail::WindowOf<Stride<kernel.height, kernel.width>, Options...>::over_image(detail::Images::of<In>, kernel);

  template <class In, class Mismatch>
  struct Check {
    using Problems = detail::WindowProblems<detail::Images, In, geometry<In>>;
    static_assert(!Problems::wrong_rank, "AvgPool2D: the input must be an image [C, H, W]; put Reshape before it");
    static_assert(!Problems::does_not_move, "AvgPool2D: kernel and stride must be at least 1");
    static_assert(!Problems::too_large,
                  "AvgPool2D: the kernel must not be larger than the padded input; take a smaller kernel, or Same");
  };

  template <class T, class In>
  using Bound = detail::BoundPooling<AvgPool2D, detail::Images, kernels::Mean, T, In>;
};

CORTEXPR_CHECK_LAYER(AvgPool2D<2>::Bound<float, Shape<1, 4, 4>>);

}  // namespace cortexpr
