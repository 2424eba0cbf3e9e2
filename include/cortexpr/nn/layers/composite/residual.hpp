#pragma once

#include <cortexpr/nn/layers/composite/composite.hpp>

#include <cstddef>

namespace cortexpr {

/// The layers of the shortcut of a Residual whose output has another shape than its input, as in
/// Projection<Conv2D<16, 1, Stride<2>>>.
template <class... Layers>
struct Projection;

template <class... Elements>
struct Residual;

namespace detail {

/// The two branches: the layers, then the shortcut.
template <class... Elements>
struct ResidualBranches {
  using type = Composite<merge::Sum, Sequential<Elements...>, Sequential<>>;
  template <class Inside, class Around>
  struct With;
  template <class... Inside, class Around>
  struct With<Sequential<Inside...>, Around> {
    using type = Residual<Inside...>;
  };
};
template <class... Around, class... Layers>
struct ResidualBranches<Projection<Around...>, Layers...> {
  using type = Composite<merge::Sum, Sequential<Layers...>, Sequential<Around...>>;
  template <class Inside, class Beside>
  struct With;
  template <class... Inside, class... Beside>
  struct With<Sequential<Inside...>, Sequential<Beside...>> {
    using type = Residual<Projection<Beside...>, Inside...>;
  };
};

}  // namespace detail

/// y = layers(x) + x, or layers(x) + projection(x) if the first element is a Projection:
///
///     cx::Residual<cx::Conv2D<8, 3, cx::Same, cx::Relu>, cx::Conv2D<8, 3, cx::Same>>
///     cx::Residual<cx::Projection<cx::Conv2D<16, 1, cx::Stride<2>>>, cx::Conv2D<16, 3, cx::Same, cx::Stride<2>>>
///
/// Shapes:  x [B, ...] -> y [B, Out]; parameters "0.<inner layer>.<parameter>", in the projection "1.<...>"
/// Cost:    that of its layers, and an addition for each output
/// Errors:  compile time: layers and projection have unequal output shapes; the errors of its layers, with
///          MismatchWithin<...>
/// Source:  He et al., "Deep residual learning for image recognition", 2016.
template <class... Elements>
struct Residual : detail::ResidualBranches<Elements...>::type {
  static constexpr const char* name = "Residual";
  template <class Inside, class Around>
  using with_branches = typename detail::ResidualBranches<Elements...>::template With<Inside, Around>::type;

  template <class In, class Mismatch>
  struct Check {
    static_assert(Residual::template inner_layers_fit<In, Mismatch>, "Residual: each layer checks its input");
    static_assert(
        Residual::template branches_fit<In>,
        "Residual: the layers must give the shape of what they are added to; begin with Projection<...>, whose "
        "layers give the input that shape");
  };
};

CORTEXPR_CHECK_LAYER(Residual<>::Bound<float, Shape<3>>);

}  // namespace cortexpr
