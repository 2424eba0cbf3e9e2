#pragma once

#include <cortexpr/nn/layers/pooling/bound_pooling.hpp>

#include <cstddef>

namespace cortexpr {

/// y = the mean of each window. The padding counts as zeros.
/// Options: Stride (the kernel is the default, so that windows do not overlap), Valid (the default), Same or Padding.
/// Shapes:  x [B, C, Steps] -> y [B, C, Outputs], Outputs = (Steps + padding - kernel) / stride + 1
/// Cost:    no multiply-adds, no parameters; scratch for one channel
/// Errors:  compile time: the input is no sequence; a kernel or stride of 0; the window is larger than the padded input
template <std::size_t kernel, class... Options>
struct AvgPool1D : LayerDescription {
  static_assert(detail::OptionsOf<detail::StrideKind, detail::PaddingKind>::template fit<Options...>,
                "AvgPool1D: after the kernel come Stride, and Valid, Same or Padding, each at most once");
  static constexpr const char* name = "AvgPool1D";
  using expects = Sequence;

  template <class In>
  static constexpr kernels::Window geometry =
      detail::WindowOf<Stride<kernel>, Options...>::over_sequence(detail::Sequences::of<In>, kernel);

  template <class In, class Mismatch>
  struct Check {
    using Problems = detail::WindowProblems<detail::Sequences, In, geometry<In>>;
    static_assert(!Problems::wrong_rank, "AvgPool1D: the input must be a sequence [C, Steps]; put Reshape before it");
    static_assert(!Problems::does_not_move, "AvgPool1D: kernel and stride must be at least 1");
    static_assert(!Problems::too_large,
                  "AvgPool1D: the kernel must not be larger than the padded input; take a smaller kernel, or Same");
  };

  template <class T, class In>
  using Bound = detail::BoundPooling<AvgPool1D, detail::Sequences, kernels::Mean, T, In>;
};

CORTEXPR_CHECK_LAYER(AvgPool1D<2>::Bound<float, Shape<1, 4>>);

}  // namespace cortexpr
