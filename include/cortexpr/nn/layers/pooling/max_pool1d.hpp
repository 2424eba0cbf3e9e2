#pragma once

#include <cortexpr/nn/layers/pooling/pooling_layer.hpp>

#include <cstddef>

namespace cortexpr {

/// y = the largest element of each window; padding counts for nothing. What is not a number stays so.
/// Options: Stride (the kernel is the default, so that windows do not overlap), Valid (the default), Same or Padding.
/// Shapes:  x [B, C, T] -> y [B, C, T'], T' = (T + padding - kernel) / stride + 1
/// Cost:    no multiply-adds, no parameters; scratch for one channel. The gradient goes to the first of equals.
/// Errors:  compile time: the input is no sequence; a window that stands still or is larger than the padded input
template <std::size_t kernel, class... Options>
struct MaxPool1D : detail::PoolingLayer<MaxPool1D<kernel, Options...>, detail::Sequences, kernels::Largest> {
  static_assert(detail::OptionsOf<detail::StrideKind, detail::PaddingKind>::template fit<Options...>,
                "MaxPool1D: after the kernel come Stride, and Valid, Same or Padding, each at most once");
  static constexpr const char* name = "MaxPool1D";
  using expects = Sequence;

  template <class In>
  static constexpr kernels::Window geometry =
      detail::WindowOf<Stride<kernel>, Options...>::over_sequence(detail::Sequences::of<In>, kernel);

  template <class In, class Mismatch>
  struct Check {
    using Problems = detail::PoolingProblems<detail::Sequences, In, geometry<In>>;
    static_assert(!Problems::rank, "MaxPool1D: the input must be a sequence [C, T]; put Reshape before it");
    static_assert(!Problems::still, "MaxPool1D: kernel and stride must be at least 1");
    static_assert(!Problems::too_large,
                  "MaxPool1D: the kernel must not be larger than the padded input; take a smaller kernel, or Same");
  };
};

static_assert(Layer<MaxPool1D<2>, Shape<1, 4>>, "MaxPool1D: must satisfy the layer concept");

}  // namespace cortexpr
