#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/handle.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// Splits a network after its first layers, to train the last layers alone: the body, which may lie in flash, computes
// features of a sample, and the head is trained on them.

namespace cortexpr {

namespace detail {

template <class ShapeType>
struct InputOf;
template <std::size_t... Extents>
struct InputOf<Shape<Extents...>> {
  using type = Input<Extents...>;
};

template <class Net, std::size_t First, std::size_t... Index>
auto layers_of(std::index_sequence<Index...>)
    -> BasicNetwork<typename Net::value_type,
                    typename InputOf<typename BoundAt<typename Net::chain, First>::input_shape>::type,
                    LayerAt<typename Net::chain, First + Index>...>;

template <class Net, std::size_t BodyLayers>
struct Split {
  static_assert(
      BodyLayers > 0 && BodyLayers < Net::layer_count,
      "Body, Head: a layer must remain on each side; the number of the body's layers is 1 to layer_count - 1");
  using body = decltype(layers_of<Net, 0>(std::make_index_sequence<BodyLayers>{}));
  using head = decltype(layers_of<Net, BodyLayers>(std::make_index_sequence<Net::layer_count - BodyLayers>{}));
};

template <class Front, class Back>
struct Joined;
template <class T, class First, class... Front, class Second, class... Back>
struct Joined<BasicNetwork<T, First, Front...>, BasicNetwork<T, Second, Back...>> {
  using type = BasicNetwork<T, First, Front..., Back...>;
};

/// Copies the parameters and statistics of a layer. Their layout does not depend on the layer's position.
template <class Bound, class T>
constexpr void copy_layer(ChainData<const T> source, ChainData<T> target) {
  for (std::size_t i = 0; i < LayerMemory<Bound>::parameters; ++i) target.parameters[i] = source.parameters[i];
  for (std::size_t i = 0; i < LayerMemory<Bound>::statistics; ++i) target.statistics[i] = source.statistics[i];
}

/// Copies the parameters and statistics of `Count` layers, from position `From` of one network to position `To` of
/// another.
template <std::size_t From, std::size_t To, std::size_t Count, class Source, class Target>
constexpr void copy_layers(const Source& source, Target& target) {
  for_each_index<Count>([&](auto index) {
    using FromChain = typename Source::chain;
    using ToChain = typename Target::chain;
    copy_layer<BoundAt<FromChain, From + index>>(source.data().at(FromChain::offsets[From + index]),
                                                 target.data().at(ToChain::offsets[To + index]));
  });
}

}  // namespace detail

/// The network of the first `BodyLayers` layers of `Net`, and the network of the layers after them.
/// Errors:  compile time: one of the two would have no layer
template <class Net, std::size_t BodyLayers>
using Body = typename detail::Split<Net, BodyLayers>::body;
template <class Net, std::size_t BodyLayers>
using Head = typename detail::Split<Net, BodyLayers>::head;

/// Return the two networks with copies of the parameters. The output of the head for the output of the body has the
/// same bits as the output of the network. While the head is trained, the body runs as in inference, without dropout.
///
///     constexpr auto body = cx::body<1>(digits::model);    // in flash
///     auto head = cx::head<1>(digits::model);              // in RAM
///     cx::Trainer trainer{head, cx::SoftmaxCrossEntropy{}, cx::Sgd{}, cx::batch_size<1>};
///
/// Example: examples/firmware/training.cpp
template <std::size_t BodyLayers, class Net>
[[nodiscard]] constexpr Body<Net, BodyLayers> body(const Net& network) noexcept {
  Body<Net, BodyLayers> result;
  detail::copy_layers<0, 0, BodyLayers>(network, result);
  return result;
}
template <std::size_t BodyLayers, class Net>
[[nodiscard]] constexpr Head<Net, BodyLayers> head(const Net& network) noexcept {
  Head<Net, BodyLayers> result;
  detail::copy_layers<BodyLayers, 0, Net::layer_count - BodyLayers>(network, result);
  return result;
}

template <std::size_t BodyLayers, class Net>
[[nodiscard]] constexpr Body<Net, BodyLayers> body(const Handle<Net>& network) noexcept {
  return body<BodyLayers>(*network);
}
template <std::size_t BodyLayers, class Net>
[[nodiscard]] constexpr Head<Net, BodyLayers> head(const Handle<Net>& network) noexcept {
  return head<BodyLayers>(*network);
}

/// Returns one network with the layers of two, the inverse of body and head.
/// Errors:  compile time: the input of the second network is not the output of the first
template <class Front, class Back>
[[nodiscard]] constexpr auto join(const Front& front, const Back& back) noexcept {
  static_assert(std::is_same_v<typename Front::output_shape, typename Back::input_shape>,
                "join: the second network must take what the first gives; compare output_shape and input_shape");
  typename detail::Joined<Front, Back>::type result;
  detail::copy_layers<0, 0, Front::layer_count>(front, result);
  detail::copy_layers<0, Front::layer_count, Back::layer_count>(back, result);
  return result;
}
template <class Front, class Back>
[[nodiscard]] constexpr auto join(const Handle<Front>& front, const Back& back) noexcept {
  return join(*front, back);
}
template <class Front, class Back>
[[nodiscard]] constexpr auto join(const Front& front, const Handle<Back>& back) noexcept {
  return join(front, *back);
}
template <class Front, class Back>
[[nodiscard]] constexpr auto join(const Handle<Front>& front, const Handle<Back>& back) noexcept {
  return join(*front, *back);
}

}  // namespace cortexpr
