#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/input.hpp>

#include <cstddef>

// From a list of descriptions to a list of places: each layer is given its input's shape, and its parameters' offset.

namespace cortexpr::detail {

template <class Candidate>
inline constexpr bool is_input = false;
template <std::size_t... Extents>
inline constexpr bool is_input<Input<Extents...>> = true;

template <class T, class Done, class In, std::size_t InputStride, std::size_t Offset, class... Layers>
struct Arrange {
  using places = Done;
};

template <class T, class Done, class In, std::size_t InputStride, std::size_t Offset, class First, class... Others>
struct Arrange<T, Done, In, InputStride, Offset, First, Others...> {
  static constexpr std::size_t index = Done::size;
  static_assert(!is_input<First>, "Network: there must be one Input, and it must come first");
  static_assert(is_input<First> || Layer<First, In>,
                "Network: every element after Input must be a layer, as nn/layer.hpp describes it");
  using Mismatch = MismatchAtLayer<index, First, Expected<typename First::expects>, Got<In>>;
  static_assert(sizeof(typename First::template Check<In, Mismatch>) > 0, "Network: the layer checks its input");
  using place = Place<T, index, First, In, InputStride, Offset>;
  using places = typename Arrange<T, typename Done::template append<place>, typename place::output_shape,
                                  place::output_stride, place::parameter_end, Others...>::places;
};

template <class T, class... Elements>
struct Topology {
  static_assert(sizeof...(Elements) > 0, "Network: the topology is empty; begin with Input<...>");
  static_assert(always_false<Elements...> || sizeof...(Elements) == 0,
                "Network: the first element must be Input<...>, the shape of one sample");
};

template <class T, std::size_t... Extents, class... Layers>
struct Topology<T, Input<Extents...>, Layers...> {
  static_assert(sizeof...(Layers) > 0, "Network: there must be at least one layer after Input");
  using input_shape = Shape<Extents...>;
  using places = typename Arrange<T, TypeList<>, input_shape, input_shape::size, 0, Layers...>::places;
};

}  // namespace cortexpr::detail
