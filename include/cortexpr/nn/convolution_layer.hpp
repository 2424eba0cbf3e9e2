#pragma once

#include <cortexpr/nn/convolve.hpp>
#include <cortexpr/nn/image.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/window_options.hpp>

#include <cstddef>
#include <type_traits>

// What the types of layers that convolve have in common. `LayerType` adds its name, what it checks, and
//
//   template <class In> static constexpr Convolution geometry;

namespace cortexpr::detail {

/// The geometry where it can be, or else one that can be calculated with: Check has the word.
constexpr Convolution possible(Convolution geometry) {
  const std::size_t groups = geometry.groups_divide() ? geometry.groups : 1;
  return {geometry.channels, geometry.filters, groups, possible(geometry.window)};
}

/// What can be wrong with a convolution, in order; `Frame` is Images or Sequences.
template <class Frame, class In, Convolution geometry>
struct ConvolutionProblems {
  static constexpr bool rank = In::rank != Frame::rank;
  static constexpr bool still = !geometry.window.moves();
  static constexpr bool too_large = !rank && !still && !geometry.window.fits();
  static constexpr bool groups = !rank && !geometry.groups_divide();
};

template <class LayerType, class Frame, class... Options>
struct ConvolutionLayer : LayerDefaults {
  using activation = Pick<ActivationKind, Linear, Options...>;
  using initializer = Pick<InitializerKind, cortexpr::DefaultInitializer<activation>, Options...>;

  template <class In>
  static constexpr Convolution place = possible(LayerType::template geometry<In>);
  template <class In>
  using passes = Convolve<place<In>, activation>;

  template <class In>
  using output_shape = typename Frame::template shape<place<In>.filters, place<In>.window.vertical.output(),
                                                      place<In>.window.horizontal.output()>;
  template <class In>
  using parameters =
      TypeList<Parameter<"weight",
                         Shape<place<In>.filters, place<In>.group_channels(), place<In>.window.vertical.kernel,
                               place<In>.window.horizontal.kernel>,
                         initializer, Fan{place<In>.taps(), place<In>.group_filters() * place<In>.window.kernel_size()}>,
               Parameter<"bias", Shape<place<In>.filters>, Zeros>>;
  template <class In>
  static constexpr std::size_t macs = place<In>.macs();
  template <class T, class In>
  static constexpr std::size_t saved = needs_saved_input<activation>() ? place<In>.outputs() : 0;
  template <class T, class In, std::size_t>
  static constexpr std::size_t scratch = passes<In>::template scratch<T>;
  template <class T, class In, std::size_t, bool wants_input>
  static constexpr std::size_t backward_scratch = passes<In>::template backward_scratch<T, wants_input>;
  template <class T, class In>
  static constexpr std::size_t state = std::is_same_v<Frame, Sequences> ? place<In>.history() : 0;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    passes<typename Pass::place::input_shape>::template forward<Simd>(pass);
  }
  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    passes<typename Pass::place::input_shape>::template backward<Simd>(pass);
  }
};

}  // namespace cortexpr::detail
