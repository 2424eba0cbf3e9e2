#pragma once

#include <cortexpr/nn/layers/convolution/bound_convolution.hpp>

#include <cstddef>

namespace cortexpr {

/// y = activation(x * W + b), where * is the cross-correlation, as in other neural-network libraries.
/// Options, in any order: an activation, an initializer, Stride, Valid (the default), Same or Padding, Dilation,
/// Groups.
/// Shapes:  x [B, C, H, W] -> y [B, Filters, H', W'], H' = (H + padding - dilation (kernel - 1) - 1) / stride + 1;
///          weight [Filters, C / groups, kernel height, kernel width]; bias [Filters]
/// Cost:    B*Filters*H'*W' * C/groups * kernel height * kernel width multiply-adds forward, twice that backward;
///          scratch for one sample
/// Errors:  compile time: the input is no image; a kernel or stride of 0; the window is larger than the padded image;
///          the groups do not divide channels and filters
/// Source:  LeCun et al., "Gradient-based learning applied to document recognition", 1998.
template <std::size_t Filters, KernelSize kernel, class... Options>
struct Conv2D : detail::ConvolutionDescription<Options...> {
  static_assert(Filters > 0, "Conv2D: there must be at least one filter");
  static_assert(
      detail::OptionsOf<detail::ActivationKind, detail::InitializerKind, detail::StrideKind, detail::PaddingKind,
                        detail::DilationKind, detail::GroupsKind>::template fit<Options...>,
      "Conv2D: after the kernel come an activation, an initializer, Stride, Valid, Same or Padding, Dilation and "
      "Groups, each at most once");
  static constexpr const char* name = "Conv2D";
  using expects = Image;
  template <class... Others>
  using with_options = Conv2D<Filters, kernel, Others...>;
  template <class Other>
  using with_activation = detail::WithActivation<with_options, Other, Options...>;

  template <class In>
  static constexpr detail::Convolution geometry{
      detail::Images::of<In>.channels, Filters, detail::groups_of<Options...>,
      detail::WindowOf<Stride<1>, Options...>::over_image(detail::Images::of<In>, kernel)};

  template <class In, class Mismatch>
  struct Check {
    using Problems = detail::ConvolutionProblems<detail::Images, In, geometry<In>>;
    static_assert(!Problems::wrong_rank, "Conv2D: the input must be an image [C, H, W]; put Reshape before it");
    static_assert(!Problems::does_not_move, "Conv2D: kernel, stride and dilation must be at least 1");
    static_assert(!Problems::too_large,
                  "Conv2D: the kernel must not be larger than the padded input; take a smaller kernel, or Same");
    static_assert(!Problems::groups_do_not_divide, "Conv2D: the groups must divide the channels and the filters");
  };

  template <class T, class In>
  using Bound = detail::BoundConvolution<Conv2D, detail::Images, T, In>;
};

CORTEXPR_CHECK_LAYER(Conv2D<2, 3>::Bound<float, Shape<1, 5, 5>>);

}  // namespace cortexpr
