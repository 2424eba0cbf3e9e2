#pragma once

#include <cortexpr/nn/convolution_layer.hpp>
#include <cortexpr/nn/transposed_convolve.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr {

/// The transpose of Conv2D, which makes images larger: each pixel puts its multiple of the kernel into the output,
/// `stride` pixels from the next one. (It is what Conv2D does to gradients, no inverse.)
/// Options, in any order: an activation, an initializer, Stride, Valid (the default), Same or Padding, which is cut
/// off.
/// Shapes:  x [B, C, H, W] -> y [B, Filters, H', W'], H' = (H - 1) stride + kernel - padding; with Same H' = H stride;
///          weight [C, Filters, kernel height, kernel width]; bias [Filters]
/// Cost:    B*C*H*W * Filters * kernel height * kernel width multiply-adds forward, twice that backward; scratch for
///          one sample
/// Errors:  compile time: the input is no image; a window that stands still; padding that leaves no output
/// Source:  Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", 2016, section 4.
template <std::size_t Filters, KernelSize kernel, class... Options>
struct TransposedConv2D : LayerDefaults {
  static_assert(Filters > 0, "TransposedConv2D: there must be at least one filter");
  static_assert(detail::OptionsOf<detail::ActivationKind, detail::InitializerKind, detail::StrideKind,
                                  detail::PaddingKind>::template fit<Options...>,
                "TransposedConv2D: after the kernel come an activation, an initializer, Stride, and Valid, Same or "
                "Padding, each at most once");
  static constexpr const char* name = "TransposedConv2D";
  using expects = Image;
  using activation = detail::Pick<detail::ActivationKind, Linear, Options...>;
  using initializer = detail::Pick<detail::InitializerKind, DefaultInitializer<activation>, Options...>;
  using padding = detail::Pick<detail::PaddingKind, Valid, Options...>;

  /// The window over the output, if there is one.
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
  template <class In>
  using passes = detail::TransposedConvolve<geometry<In>, activation>;
  template <class In>
  using output_shape = Shape<Filters, geometry<In>.window.vertical.size, geometry<In>.window.horizontal.size>;
  template <class In>
  using parameters =
      detail::TypeList<Parameter<"weight",
                         Shape<geometry<In>.filters, Filters, geometry<In>.window.vertical.kernel,
                               geometry<In>.window.horizontal.kernel>,
                         initializer, Fan{geometry<In>.filters * geometry<In>.window.kernel_size(), geometry<In>.taps()}>,
               Parameter<"bias", Shape<Filters>, Zeros>>;
  template <class In>
  static constexpr std::size_t macs = geometry<In>.macs();
  template <class T, class In>
  static constexpr std::size_t saved = needs_saved_input<activation>() ? output_shape<In>::size : 0;
  template <class T, class In, std::size_t>
  static constexpr std::size_t scratch = passes<In>::template scratch<T>;
  template <class T, class In, std::size_t, bool wants_input>
  static constexpr std::size_t backward_scratch = passes<In>::template backward_scratch<T, wants_input>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    passes<typename Pass::place::input_shape>::template forward<Simd>(pass);
  }
  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    passes<typename Pass::place::input_shape>::template backward<Simd>(pass);
  }
};

static_assert(Layer<TransposedConv2D<2, 3>, Shape<1, 5, 5>>, "TransposedConv2D: must satisfy the layer concept");

}  // namespace cortexpr
