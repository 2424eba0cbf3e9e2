#pragma once

#include <cortexpr/nn/layers/convolution/bound_transposed_convolution.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr {

/// The transpose of Conv2D, which makes images larger: each pixel adds its multiple of the kernel to the output,
/// `stride` pixels from that of the next one. (It is the input gradient of a Conv2D, not its inverse.)
/// Options, in any order: an activation, an initializer, Stride, Valid (the default), Same or Padding, which is cut
/// off.
/// Shapes:  x [B, C, H, W] -> y [B, Filters, H', W'], H' = (H - 1) stride + kernel - padding; with Same H' = H stride;
///          weight [C, Filters, kernel height, kernel width]; bias [Filters]
/// Cost:    B*C*H*W * Filters * kernel height * kernel width multiply-adds forward, twice that backward; scratch for
///          one sample
/// Errors:  compile time: the input is no image; a kernel or stride of 0; the padding leaves no output
/// Source:  Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", 2016, section 4.
template <std::size_t Filters, KernelSize kernel, class... Options>
struct TransposedConv2D : detail::ConvolutionDescription<Options...> {
  static_assert(Filters > 0, "TransposedConv2D: there must be at least one filter");
  static_assert(detail::OptionsOf<detail::ActivationKind, detail::InitializerKind, detail::StrideKind,
                                  detail::PaddingKind>::template fit<Options...>,
                "TransposedConv2D: after the kernel come an activation, an initializer, Stride, and Valid, Same or "
                "Padding, each at most once");
  static constexpr const char* name = "TransposedConv2D";
  using expects = Image;
  using padding = detail::Pick<detail::PaddingKind, Valid, Options...>;

  /// The window over the output.
  template <class In>
  static constexpr kernels::Window window = [] {
    constexpr detail::ImageExtents image = detail::Images::of<In>;
    using WindowOf = detail::WindowOf<Stride<1>, Options...>;
    const auto size = [](std::size_t outputs, const kernels::Axis& axis) {
      if (std::is_same_v<padding, Same>) return outputs * axis.stride;
      const std::size_t uncut = (outputs - 1) * axis.stride + axis.dilated_kernel();
      return axis.before + axis.after < uncut ? uncut - axis.before - axis.after : 0;
    };
    const kernels::Window unsized = WindowOf::over_image(image, kernel);
    if (!unsized.moves()) return unsized;
    return WindowOf::over_image(
        {image.channels, size(image.height, unsized.vertical), size(image.width, unsized.horizontal)}, kernel);
  }();
  template <class In>
  static constexpr bool has_output = window<In>.vertical.size > 0 && window<In>.horizontal.size > 0;

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 3, "TransposedConv2D: the input must be an image [C, H, W]; put Reshape before it");
    static_assert(window<In>.moves(), "TransposedConv2D: kernel and stride must be at least 1");
    static_assert(In::rank != 3 || !window<In>.moves() || has_output<In>,
                  "TransposedConv2D: the padding must leave at least one pixel; take less of it");
  };

  template <class In>
  static constexpr detail::Convolution geometry = detail::possible(detail::Convolution{
      Filters, detail::Images::of<In>.channels, 1,
      has_output<In> ? window<In> : kernels::Window{{.size = 1, .kernel = 0}, {.size = 1, .kernel = 0}}});

  template <class T, class In>
  using Bound = detail::BoundTransposedConvolution<TransposedConv2D, T, In>;
};

CORTEXPR_CHECK_LAYER(TransposedConv2D<2, 3>::Bound<float, Shape<1, 5, 5>>);

}  // namespace cortexpr
