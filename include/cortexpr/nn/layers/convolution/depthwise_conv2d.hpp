#pragma once

#include <cortexpr/nn/layers/convolution/bound_convolution.hpp>

#include <cstddef>

namespace cortexpr {

/// A convolution in which each channel has its own filters: y[c M + m] = activation(x[c] * W[c M + m] + b[c M + m]).
/// Options, in any order: an activation, an initializer, Multiplier<M> (1 is the default), Stride, Valid (the default),
/// Same or Padding, Dilation.
/// Shapes:  x [B, C, H, W] -> y [B, C*M, H', W'], as in Conv2D; weight [C*M, 1, kernel height, kernel width]; bias
///          [C*M]
/// Cost:    B*C*M*H'*W' * kernel height * kernel width multiply-adds forward, twice that backward; scratch for one
///          sample
/// Errors:  compile time: the input is no image; a kernel or stride of 0; the window is larger than the padded image
/// Source:  Howard et al., "MobileNets", 2017, section 3.1.
template <KernelSize kernel, class... Options>
struct DepthwiseConv2D : detail::ConvolutionDescription<Options...> {
  static_assert(
      detail::OptionsOf<detail::ActivationKind, detail::InitializerKind, detail::StrideKind, detail::PaddingKind,
                        detail::DilationKind, detail::MultiplierKind>::template fit<Options...>,
      "DepthwiseConv2D: after the kernel come an activation, an initializer, Stride, Valid, Same or Padding, "
      "Dilation and Multiplier, each at most once");
  static constexpr const char* name = "DepthwiseConv2D";
  using expects = Image;
  template <class... Others>
  using with_options = DepthwiseConv2D<kernel, Others...>;
  template <class Other>
  using with_activation = detail::WithActivation<with_options, Other, Options...>;

  template <class In>
  static constexpr detail::Convolution geometry{
      detail::Images::of<In>.channels, detail::Images::of<In>.channels* detail::multiplier_of<Options...>,
      detail::Images::of<In>.channels,
      detail::WindowOf<Stride<1>, Options...>::over_image(detail::Images::of<In>, kernel)};

  template <class In, class Mismatch>
  struct Check {
    using Problems = detail::ConvolutionProblems<detail::Images, In, geometry<In>>;
    static_assert(!Problems::wrong_rank,
                  "DepthwiseConv2D: the input must be an image [C, H, W]; put Reshape before it");
    static_assert(!Problems::does_not_move, "DepthwiseConv2D: kernel, stride and dilation must be at least 1");
    static_assert(
        !Problems::too_large,
        "DepthwiseConv2D: the kernel must not be larger than the padded input; take a smaller kernel, or Same");
    static_assert(detail::multiplier_of<Options...> > 0, "DepthwiseConv2D: the multiplier must be at least 1");
  };

  template <class T, class In>
  using Bound = detail::BoundConvolution<DepthwiseConv2D, detail::Images, T, In>;
};

CORTEXPR_CHECK_LAYER(DepthwiseConv2D<3>::Bound<float, Shape<1, 5, 5>>);

}  // namespace cortexpr
