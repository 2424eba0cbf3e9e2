#pragma once

#include <cortexpr/core/shape.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/nn/activation.hpp>
#include <cortexpr/nn/image.hpp>

#include <cstddef>
#include <type_traits>

// How layers with a window are written: what they need comes first, everything else in any order.
//
//     Conv2D<16, 3, Relu, Same>     Conv2D<16, KernelSize{1, 5}, Stride<2>, Groups<4>, HeUniform>     MaxPool2D<2>

namespace cortexpr {

/// The extents of a window; one number makes a square.
struct KernelSize {
  std::size_t height;
  std::size_t width;
  constexpr KernelSize(std::size_t side) : height{side}, width{side} {}
  constexpr KernelSize(std::size_t vertical, std::size_t horizontal) : height{vertical}, width{horizontal} {}
};

/// How far the window moves from one output to the next.
template <std::size_t vertical, std::size_t horizontal = vertical>
struct Stride {};
/// The distance between two taps of the window.
template <std::size_t vertical, std::size_t horizontal = vertical>
struct Dilation {};
/// Each group of filters sees its own group of channels only.
template <std::size_t count>
struct Groups {};

/// How many filters each channel has, in DepthwiseConv2D.
template <std::size_t count>
struct Multiplier {};

/// No padding: the window stays inside the image.
struct Valid {};
/// As much padding as gives an output for every stride-th pixel; where it is odd, more of it to the right and below.
struct Same {};
/// For sequences: all padding before, so that no output sees what comes after it.
struct Causal {};
/// Zeros around the image: Padding<all>, Padding<vertical, horizontal>, or Padding<top, bottom, left, right>; around a
/// sequence: Padding<both>, or Padding<before, after>.
template <std::size_t... extents>
struct Padding {
  static_assert(sizeof...(extents) == 1 || sizeof...(extents) == 2 || sizeof...(extents) == 4,
                "Padding: give one number for all sides, two for vertical and horizontal, or four");
};

namespace detail {

template <class Option>
struct WindowOption {
  static constexpr bool stride = false, dilation = false, groups = false, multiplier = false, padding = false;
};
template <std::size_t V, std::size_t H>
struct WindowOption<Stride<V, H>> : WindowOption<void> {
  static constexpr bool stride = true;
  static constexpr std::size_t vertical = V, horizontal = H;
};
template <std::size_t V, std::size_t H>
struct WindowOption<Dilation<V, H>> : WindowOption<void> {
  static constexpr bool dilation = true;
  static constexpr std::size_t vertical = V, horizontal = H;
};
template <std::size_t Count>
struct WindowOption<Groups<Count>> : WindowOption<void> {
  static constexpr bool groups = true;
  static constexpr std::size_t count = Count;
};

template <std::size_t Count>
struct WindowOption<Multiplier<Count>> : WindowOption<void> {
  static constexpr bool multiplier = true;
  static constexpr std::size_t count = Count;
};

/// Sets the padding of axes whose other members are set.
struct PaddingOption : WindowOption<void> {
  static constexpr bool padding = true;
};
template <>
struct WindowOption<Valid> : PaddingOption {
  static constexpr void pad(kernels::Window&) {}
  static constexpr void pad(kernels::Axis&) {}
};
template <>
struct WindowOption<Same> : PaddingOption {
  static constexpr void pad(kernels::Window& window) {
    pad(window.vertical);
    pad(window.horizontal);
  }
  static constexpr void pad(kernels::Axis& axis) {
    const std::size_t outputs = (axis.size + axis.stride - 1) / axis.stride;
    const std::size_t seen = (outputs - 1) * axis.stride + axis.dilated_kernel();
    const std::size_t missing = seen > axis.size ? seen - axis.size : 0;
    axis.before = missing / 2;
    axis.after = missing - missing / 2;
  }
};
template <>
struct WindowOption<Causal> : PaddingOption {
  static constexpr void pad(kernels::Axis& axis) { axis.before = axis.dilated_kernel() - 1; }
};
template <std::size_t... Extents>
struct WindowOption<Padding<Extents...>> : PaddingOption {
  static constexpr std::size_t count = sizeof...(Extents);
  static constexpr std::size_t extents[count] = {Extents...};
  static constexpr void pad(kernels::Window& window) {
    window.vertical.before = extents[0];
    window.vertical.after = extents[count == 4 ? 1 : 0];
    window.horizontal.before = extents[count / 2];
    window.horizontal.after = extents[count - 1];
  }
  static constexpr void pad(kernels::Axis& axis)
    requires(count <= 2)
  {
    axis.before = extents[0];
    axis.after = extents[count - 1];
  }
};

// The kinds of option, as arguments for Pick.
struct StrideKind {
  template <class Option>
  static constexpr bool has = WindowOption<Option>::stride;
};
struct DilationKind {
  template <class Option>
  static constexpr bool has = WindowOption<Option>::dilation;
};
struct GroupsKind {
  template <class Option>
  static constexpr bool has = WindowOption<Option>::groups;
};
struct MultiplierKind {
  template <class Option>
  static constexpr bool has = WindowOption<Option>::multiplier;
};
struct PaddingKind {
  template <class Option>
  static constexpr bool has = WindowOption<Option>::padding;
};
struct ActivationKind {
  template <class Option>
  static constexpr bool has = AnyActivation<Option>;
};
struct InitializerKind {
  template <class Option>
  static constexpr bool has = AnyInitializer<Option>;
};

/// The option of this kind, or the default.
template <class Kind, class Default, class... Options>
struct PickOption {
  using type = Default;
};
template <class Kind, class Default, class First, class... Others>
struct PickOption<Kind, Default, First, Others...>
    : std::conditional_t<Kind::template has<First>, PickOption<Kind, First>, PickOption<Kind, Default, Others...>> {};
template <class Kind, class Default, class... Options>
using Pick = typename PickOption<Kind, Default, Options...>::type;

template <class... Options>
inline constexpr std::size_t groups_of = WindowOption<Pick<GroupsKind, Groups<1>, Options...>>::count;

template <class... Options>
inline constexpr std::size_t multiplier_of = WindowOption<Pick<MultiplierKind, Multiplier<1>, Options...>>::count;

/// Whether every option is of one of the kinds, and none is given twice.
template <class... Kinds>
struct OptionsOf {
  template <class... Options>
  static constexpr bool fit = [] {
    std::size_t known = 0;
    bool once = true;
    const auto count = [&]<class Kind>(Kind) {
      const std::size_t of_kind = (std::size_t{0} + ... + (Kind::template has<Options> ? 1 : 0));
      known += of_kind;
      once = once && of_kind <= 1;
    };
    (count(Kinds{}), ...);
    return once && known == sizeof...(Options);
  }();
};

/// The window that options describe. One that does not move is left without padding: Check has the word.
template <class DefaultStride, class... Options>
struct WindowOf {
  using StrideOption = WindowOption<Pick<StrideKind, DefaultStride, Options...>>;
  using DilationOption = WindowOption<Pick<DilationKind, Dilation<1>, Options...>>;
  using ChosenPadding = WindowOption<Pick<PaddingKind, Valid, Options...>>;

  static constexpr kernels::Window over_image(ImageExtents image, KernelSize kernel) {
    kernels::Window window{{.size = image.height,
                            .kernel = kernel.height,
                            .stride = StrideOption::vertical,
                            .dilation = DilationOption::vertical},
                           {.size = image.width,
                            .kernel = kernel.width,
                            .stride = StrideOption::horizontal,
                            .dilation = DilationOption::horizontal}};
    if (window.moves()) ChosenPadding::pad(window);
    return window;
  }
  static constexpr kernels::Window over_sequence(ImageExtents sequence, std::size_t kernel) {
    kernels::Axis axis{.size = sequence.width,
                       .kernel = kernel,
                       .stride = StrideOption::horizontal,
                       .dilation = DilationOption::horizontal};
    if (axis.moves()) ChosenPadding::pad(axis);
    return {{.size = 1, .kernel = 1}, axis};
  }
};

/// The window where it can be, or else one that can be calculated with.
constexpr kernels::Window possible(kernels::Window window) {
  if (window.moves() && window.fits()) return window;
  return {{.size = 1, .kernel = 1}, {.size = 1, .kernel = 1}};
}

}  // namespace detail
}  // namespace cortexpr
