#pragma once

#include <cortexpr/core/shape.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/nn/options/image.hpp>
#include <cortexpr/nn/options/pick.hpp>

#include <cstddef>

// The options of layers with a window. They follow the arguments that the layer needs, in any order:
//
//     Conv2D<16, 3, Relu, Same>     Conv2D<16, KernelSize{1, 5}, Stride<2>, Groups<4>, HeUniform>     MaxPool2D<2>

namespace cortexpr {

namespace detail {

// Each option derives from its kind.
struct StrideOption {};
struct DilationOption {};
struct GroupsOption {};
struct MultiplierOption {};
struct PaddingOption {};

using StrideKind = KindOf<StrideOption>;
using DilationKind = KindOf<DilationOption>;
using GroupsKind = KindOf<GroupsOption>;
using MultiplierKind = KindOf<MultiplierOption>;
using PaddingKind = KindOf<PaddingOption>;

}  // namespace detail

/// The extents of a window; one number makes a square.
struct KernelSize {
  std::size_t height;
  std::size_t width;
  constexpr KernelSize(std::size_t side) : height{side}, width{side} {}
  constexpr KernelSize(std::size_t vertical, std::size_t horizontal) : height{vertical}, width{horizontal} {}
};

/// The step of the window from one output to the next.
template <std::size_t Vertical, std::size_t Horizontal = Vertical>
struct Stride : detail::StrideOption {
  static constexpr std::size_t vertical = Vertical, horizontal = Horizontal;
};
/// The step from one element of the kernel to the next, in pixels.
template <std::size_t Vertical, std::size_t Horizontal = Vertical>
struct Dilation : detail::DilationOption {
  static constexpr std::size_t vertical = Vertical, horizontal = Horizontal;
};
/// The number of groups. Each group of filters is applied to its own group of channels only.
template <std::size_t Count>
struct Groups : detail::GroupsOption {
  static constexpr std::size_t count = Count;
};
/// The number of filters of each channel, in DepthwiseConv2D.
template <std::size_t Count>
struct Multiplier : detail::MultiplierOption {
  static constexpr std::size_t count = Count;
};

/// No padding: the window stays inside the image.
struct Valid : detail::PaddingOption {};
/// Padding such that there is an output for every stride-th pixel. If it is odd, the right and the lower side get one
/// more.
struct Same : detail::PaddingOption {};
/// Padding before a sequence only, so that no output depends on later steps.
struct Causal : detail::PaddingOption {};
/// Zeros around the image: Padding<all>, Padding<vertical, horizontal>, or Padding<top, bottom, left, right>; around a
/// sequence: Padding<both>, or Padding<before, after>.
template <std::size_t... extents>
struct Padding : detail::PaddingOption {
  static_assert(sizeof...(extents) == 1 || sizeof...(extents) == 2 || sizeof...(extents) == 4,
                "Padding: give one number for all sides, two for vertical and horizontal, or four");
};

namespace detail {

// pad sets the padding of an axis, or of both axes of a window. The other members must be set.
constexpr void pad(Valid, kernels::Axis&) {}
constexpr void pad(Same, kernels::Axis& axis) {
  const std::size_t outputs = (axis.size + axis.stride - 1) / axis.stride;
  const std::size_t covered = (outputs - 1) * axis.stride + axis.dilated_kernel();
  const std::size_t missing = covered > axis.size ? covered - axis.size : 0;
  axis.before = missing / 2;
  axis.after = missing - missing / 2;
}
constexpr void pad(Causal, kernels::Axis& axis) { axis.before = axis.dilated_kernel() - 1; }
template <std::size_t... extents>
  requires(sizeof...(extents) <= 2)
constexpr void pad(Padding<extents...>, kernels::Axis& axis) {
  constexpr std::size_t all[] = {extents...};
  axis.before = all[0];
  axis.after = all[sizeof...(extents) - 1];
}

constexpr void pad(Valid, kernels::Window&) {}
constexpr void pad(Same same, kernels::Window& window) {
  pad(same, window.vertical);
  pad(same, window.horizontal);
}
template <std::size_t... extents>
constexpr void pad(Padding<extents...>, kernels::Window& window) {
  constexpr std::size_t count = sizeof...(extents), all[] = {extents...};
  window.vertical.before = all[0];
  window.vertical.after = all[count == 4 ? 1 : 0];
  window.horizontal.before = all[count / 2];
  window.horizontal.after = all[count - 1];
}

template <class... Options>
inline constexpr std::size_t groups_of = Pick<GroupsKind, Groups<1>, Options...>::count;

template <class... Options>
inline constexpr std::size_t multiplier_of = Pick<MultiplierKind, Multiplier<1>, Options...>::count;

/// The window that options describe. A window with a stride of 0 gets no padding; Check reports it.
template <class DefaultStride, class... Options>
struct WindowOf {
  using stride = Pick<StrideKind, DefaultStride, Options...>;
  using dilation = Pick<DilationKind, Dilation<1>, Options...>;
  using padding = Pick<PaddingKind, Valid, Options...>;

  static constexpr kernels::Window over_image(ImageExtents image, KernelSize kernel) {
    kernels::Window window{
        {.size = image.height, .kernel = kernel.height, .stride = stride::vertical, .dilation = dilation::vertical},
        {.size = image.width, .kernel = kernel.width, .stride = stride::horizontal, .dilation = dilation::horizontal}};
    if (window.moves()) pad(padding{}, window);
    return window;
  }
  static constexpr kernels::Window over_sequence(ImageExtents sequence, std::size_t kernel) {
    kernels::Axis axis{
        .size = sequence.width, .kernel = kernel, .stride = stride::horizontal, .dilation = dilation::horizontal};
    if (axis.moves()) pad(padding{}, axis);
    return {{.size = 1, .kernel = 1}, axis};
  }
};

/// The window if it fits, or a placeholder, so that only the sentence of Check appears.
constexpr kernels::Window possible(kernels::Window window) {
  if (window.moves() && window.fits()) return window;
  return {{.size = 1, .kernel = 1}, {.size = 1, .kernel = 1}};
}

/// The possible errors of a window over an input, in the order in which Check reports them. `Frame` is Images or
/// Sequences.
template <class Frame, class In, kernels::Window window>
struct WindowProblems {
  static constexpr bool wrong_rank = In::rank != Frame::rank;
  static constexpr bool does_not_move = !window.moves();
  static constexpr bool too_large = !wrong_rank && !does_not_move && !window.fits();
};

}  // namespace detail
}  // namespace cortexpr
