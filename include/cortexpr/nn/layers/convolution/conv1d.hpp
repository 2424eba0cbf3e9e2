#pragma once

#include <cortexpr/nn/layers/convolution/bound_convolution.hpp>

#include <cstddef>

namespace cortexpr {

/// y = activation(x * W + b), where * is the cross-correlation over the steps.
/// Options, in any order: an activation, an initializer, Stride, Valid (the default), Same, Causal or Padding,
/// Dilation, Groups. With Causal an output does not depend on later steps, and with a stride of 1 the layer can run on
/// a stream: its state is the last dilation (kernel - 1) elements of each channel.
/// Shapes:  x [B, C, Steps] -> y [B, Filters, Outputs], Outputs = (Steps + padding - dilation (kernel - 1) - 1) /
///          stride + 1; weight [Filters, C / groups, 1, kernel]; bias [Filters]
/// Cost:    B*Filters*Outputs * C/groups * kernel multiply-adds forward, twice that backward; scratch for one sample
/// Errors:  compile time: the input is no sequence; a kernel or stride of 0; the window is longer than the padded
///          sequence; the groups do not divide channels and filters
/// Source:  Waibel et al., "Phoneme recognition using time-delay neural networks", 1989.
template <std::size_t Filters, std::size_t kernel, class... Options>
struct Conv1D : detail::ConvolutionDescription<Options...> {
  static_assert(Filters > 0, "Conv1D: there must be at least one filter");
  static_assert(
      detail::OptionsOf<detail::ActivationKind, detail::InitializerKind, detail::StrideKind, detail::PaddingKind,
                        detail::DilationKind, detail::GroupsKind>::template fit<Options...>,
      "Conv1D: after the kernel come an activation, an initializer, Stride, Valid, Same, Causal or Padding, Dilation "
      "and Groups, each at most once");
  static constexpr const char* name = "Conv1D";
  using expects = Sequence;
  template <class... Others>
  using with_options = Conv1D<Filters, kernel, Others...>;
  template <class Other>
  using with_activation = detail::WithActivation<with_options, Other, Options...>;

  template <class In>
  static constexpr detail::Convolution geometry{
      detail::Sequences::of<In>.channels, Filters, detail::groups_of<Options...>,
      detail::WindowOf<Stride<1>, Options...>::over_sequence(detail::Sequences::of<In>, kernel)};

  template <class In, class Mismatch>
  struct Check {
    using Problems = detail::ConvolutionProblems<detail::Sequences, In, geometry<In>>;
    static_assert(!Problems::wrong_rank, "Conv1D: the input must be a sequence [C, Steps]; put Reshape before it");
    static_assert(!Problems::does_not_move, "Conv1D: kernel, stride and dilation must be at least 1");
    static_assert(!Problems::too_large,
                  "Conv1D: the kernel must not be longer than the padded input; take a shorter kernel, or Same");
    static_assert(!Problems::groups_do_not_divide, "Conv1D: the groups must divide the channels and the filters");
  };

  template <class T, class In>
  using Bound = detail::BoundConvolution<Conv1D, detail::Sequences, T, In>;
};

CORTEXPR_CHECK_LAYER(Conv1D<2, 3>::Bound<float, Shape<1, 5>>);

}  // namespace cortexpr
