#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/input.hpp>
#include <cortexpr/nn/topology/chain.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// Makes a chain of bound layers from a topology, or ends the compilation with a sentence about the error.

namespace cortexpr::detail {

template <class Candidate>
inline constexpr bool is_input = false;
template <std::size_t... Extents>
inline constexpr bool is_input<Input<Extents...>> = true;

/// Checks the element at position `Index` after Input. Neither a part of the recursion in Chain nor a function, so that
/// the compiler prints few lines before the sentence.
template <std::size_t Index, class Element, class Bound, bool binds>
struct CheckElement {
  static_assert(!is_input<Element>, "Network: there must be one Input, and it must come first");
  static_assert(is_input<Element>, "Network: every element after Input must be a layer, as nn/layer.hpp describes it");
  static constexpr bool done = true;
};
template <std::size_t Index, class Element, class Bound>
struct CheckElement<Index, Element, Bound, true> {
  using In = typename Bound::input_shape;
  using Mismatch = MismatchAtLayer<Index, Element, Expected<typename Element::expects>, Got<In>>;
  static constexpr bool done = sizeof(typename Element::template Check<In, Mismatch>) > 0;
};

template <class ChainType, class Indices = std::make_index_sequence<ChainType::size>>
inline constexpr bool checked = false;
template <class ChainType, std::size_t... Index>
inline constexpr bool checked<ChainType, std::index_sequence<Index...>> =
    sum({CheckElement<Index, LayerAt<ChainType, Index>, BoundAt<ChainType, Index>,
                      binds_at<ChainType, Index>>::done...}) == ChainType::size;

/// A placeholder for a wrong topology, so that only the sentence about it appears.
template <class T>
struct NoTopology {
  using input_shape = Shape<1>;
  using chain = Chain<T, input_shape, 1, NoLayer>;
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
  using chain = Chain<T, input_shape, input_shape::size, Layers...>;
  static_assert(checked<chain>, "Network: each layer checks its input");
};

}  // namespace cortexpr::detail
