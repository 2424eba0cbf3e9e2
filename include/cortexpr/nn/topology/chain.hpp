#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/topology/array_layout.hpp>
#include <cortexpr/nn/topology/bound_layer.hpp>
#include <cortexpr/nn/topology/link.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// From a list of layers to a chain of bound layers: each layer is bound to the shape of its input, and its parameters,
// statistics and stream state get offsets.

namespace cortexpr::detail {

/// A placeholder for a type that is no layer, so that only the sentence about it appears.
struct NoLayer {
  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, In> {};
};

template <class Candidate, class T, class In>
concept Binds = requires { typename Candidate::template Bound<T, In>; };

/// The bound layer, or the placeholder.
template <class Candidate, class T, class In>
struct BindTo {
  using type = NoLayer::Bound<T, In>;
};
template <class Candidate, class T, class In>
  requires Binds<Candidate, T, In>
struct BindTo<Candidate, T, In> {
  using type = typename Candidate::template Bound<T, In>;
};

/// The links in `Done`, and those of `Layers`, the first of which has the input `In`.
template <class T, class Done, class In, std::size_t InputStride, class... Layers>
struct LinkAfter {
  using links = Done;
};
template <class T, class Done, class In, std::size_t InputStride, class First, class... Others>
struct LinkAfter<T, Done, In, InputStride, First, Others...> {
  using link = Link<typename BindTo<First, T, In>::type, InputStride>;
  using links = typename LinkAfter<T, typename Done::template append<link>, typename link::bound::output_shape,
                                   link::output_stride, Others...>::links;
};

/// The offsets of a layer's arrays in the chain's parameters, statistics and stream state, in elements.
struct ChainOffsets {
  std::size_t parameters = 0, statistics = 0, state = 0;
};

/// The parameters and statistics of a chain, or of a layer.
template <class T>
struct ChainData {
  T* parameters;
  T* statistics;
  constexpr operator ChainData<const T>() const { return {parameters, statistics}; }
  constexpr ChainData at(ChainOffsets offsets) const {
    return {parameters + offsets.parameters, statistics + offsets.statistics};
  }
};

/// The shape and the stride of a chain's output. The output of an empty chain is its input.
template <class Links, class In, std::size_t InputStride>
struct ChainEnd {
  using last = At<Links, Links::size - 1>;
  using output_shape = typename last::bound::output_shape;
  static constexpr std::size_t output_stride = last::output_stride;
};
template <class In, std::size_t InputStride>
struct ChainEnd<TypeList<>, In, InputStride> {
  using output_shape = In;
  static constexpr std::size_t output_stride = InputStride;
};

/// Layers one after the other, bound to an input with a row stride of `InputStride`: a network, or a branch of a
/// composite layer.
template <class T, class In, std::size_t InputStride, class... Layers>
struct [[CORTEXPR_ABI]] Chain {
  using value_type = T;
  using input_shape = In;
  static constexpr std::size_t input_stride = InputStride;
  /// The layers as the topology lists them.
  using layers = TypeList<Layers...>;
  /// The bound layers, as Links.
  using links = typename LinkAfter<T, TypeList<>, In, InputStride, Layers...>::links;
  static constexpr std::size_t size = sizeof...(Layers);
  using output_shape = typename ChainEnd<links, In, InputStride>::output_shape;
  static constexpr std::size_t output_stride = ChainEnd<links, In, InputStride>::output_stride;

  // One loop computes all offsets, because a loop for each layer would take quadratic time. The lists of values stand in
  // the place of fold expressions, of which Clang accepts 256 operands.
  static constexpr std::array<ChainOffsets, size + 1> offsets = []<class... One>(TypeList<One...>) {
    std::array<ChainOffsets, size + 1> result{
        {{},
         {LayerMemory<typename One::bound>::parameters, LayerMemory<typename One::bound>::statistics,
          LayerMemory<typename One::bound>::state}...}};
    for (std::size_t i = 0; i < size; ++i) {
      result[i + 1].parameters += result[i].parameters;
      result[i + 1].statistics += result[i].statistics;
      result[i + 1].state += result[i].state;
    }
    return result;
  }(links{});
  static constexpr std::size_t parameters = offsets[size].parameters, statistics = offsets[size].statistics,
                               state = offsets[size].state;

  static constexpr std::size_t macs = []<class... One>(TypeList<One...>) {
    return sum({One::bound::macs...});
  }(links{});
  /// Padding not counted.
  static constexpr std::size_t parameter_count = []<class... One>(TypeList<One...>) {
    return sum({LayerMemory<typename One::bound>::parameter_count...});
  }(links{});
  static constexpr std::size_t statistic_count = []<class... One>(TypeList<One...>) {
    return sum({LayerMemory<typename One::bound>::statistic_count...});
  }(links{});
};

/// The link, the bound layer and the layer at a position of a chain.
template <class ChainType, std::size_t Position>
using LinkAt = At<typename ChainType::links, Position>;
template <class ChainType, std::size_t Position>
using BoundAt = typename LinkAt<ChainType, Position>::bound;
template <class ChainType, std::size_t Position>
using LayerAt = At<typename ChainType::layers, Position>;
/// Whether the element at a position is a layer; a placeholder is bound in the place of anything else.
template <class ChainType, std::size_t Position>
inline constexpr bool binds_at = Binds<LayerAt<ChainType, Position>, typename ChainType::value_type,
                                       typename BoundAt<ChainType, Position>::input_shape>;

}  // namespace cortexpr::detail
