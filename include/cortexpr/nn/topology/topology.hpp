#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/input.hpp>

#include <cstddef>
#include <type_traits>

// From a topology to its places, or to a sentence that says what is wrong with it.

namespace cortexpr::detail {

template <class Candidate>
inline constexpr bool is_input = false;
template <std::size_t... Extents>
inline constexpr bool is_input<Input<Extents...>> = true;

/// What can be wrong with one element, which stands at this index after the Input. Apart from the recursion, so that few
/// lines come before the sentence.
template <std::size_t Index, class Element, class Place>
struct CheckElement {
  static_assert(!is_input<Element>, "Network: there must be one Input, and it must come first");
  static_assert(is_input<Element> || !std::is_same_v<typename Place::layer, NoLayer>,
                "Network: every element after Input must be a layer, as nn/layer.hpp describes it");
  using Mismatch = MismatchAtLayer<Index, typename Place::layer, Expected<typename Place::layer::expects>,
                                   Got<typename Place::input_shape>>;
  static constexpr bool done = sizeof(typename Place::layer::template Check<typename Place::input_shape, Mismatch>) > 0;
};

template <class Places, class... Layers>
inline constexpr bool checked = false;
template <class... Places, class... Layers>
inline constexpr bool checked<TypeList<Places...>, Layers...> = (CheckElement<Places::index, Layers, Places>::done && ...);

/// What the rest of the program sees of a topology that is none, for the same reason.
template <class T>
struct NoTopology {
  using input_shape = Shape<1>;
  using places = Arrange<T, 0, input_shape, 1, 0, 0, NoLayer>;
};

template <class T, class... Elements>
struct Topology : NoTopology<T> {
  static_assert(sizeof...(Elements) > 0, "Network: the topology is empty; begin with Input<...>");
  static_assert(sizeof...(Elements) == 0, "Network: the first element must be Input<...>, the shape of one sample");
};

template <class T, std::size_t... Extents>
struct Topology<T, Input<Extents...>> : NoTopology<T> {
  static_assert(always_false<T>, "Network: there must be at least one layer after Input");
};

template <class T, std::size_t... Extents, class... Layers>
struct Topology<T, Input<Extents...>, Layers...> {
  using input_shape = typename Input<Extents...>::shape;
  template <std::size_t statistics_begin>
  using arranged = Arrange<T, 0, input_shape, input_shape::size, 0, statistics_begin, Layers...>;
  using last = At<arranged<0>, sizeof...(Layers) - 1>;
  // Where the statistics begin is known once all parameters have their place.
  using places = arranged<last::statistics_end == 0 ? 0 : last::parameter_end>;
  static_assert(checked<places, Layers...>, "Network: each layer checks its input");
};

}  // namespace cortexpr::detail
