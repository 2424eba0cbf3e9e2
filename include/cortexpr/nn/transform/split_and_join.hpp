#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/network.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// A network cut in two after its first N layers, to train one part and leave the other as it is: the body, in flash,
// makes features of a sample, and the head learns from these.

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

template <class Net, std::size_t N>
struct Split {
  static_assert(
      N > 0 && N < Net::layer_count,
      "Body, Head: a layer must remain on each side; the number of the body's layers is 1 to layer_count - 1");
  using body = decltype(layers_of<Net, 0>(std::make_index_sequence<N>{}));
  using head = decltype(layers_of<Net, N>(std::make_index_sequence<Net::layer_count - N>{}));
};

template <class Front, class Back>
struct Joined;
template <class T, class First, class... Front, class Second, class... Back>
struct Joined<BasicNetwork<T, First, Front...>, BasicNetwork<T, Second, Back...>> {
  using type = BasicNetwork<T, First, Front..., Back...>;
};

/// Parameters and statistics of a layer lie in the same order wherever it stands.
template <class Bound, class T>
constexpr void copy_layer(ChainData<const T> source, ChainData<T> target) {
  for (std::size_t i = 0; i < LayerMemory<Bound>::parameters; ++i) target.parameters[i] = source.parameters[i];
  for (std::size_t i = 0; i < LayerMemory<Bound>::statistics; ++i) target.statistics[i] = source.statistics[i];
}

/// Parameters and statistics of `Count` layers, from one network to another that has the same layers elsewhere.
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

/// The network of the first N layers of another, and that of the layers after them.
/// Errors:  compile time: no layer would be left on one side
template <class Net, std::size_t N>
using Body = typename detail::Split<Net, N>::body;
template <class Net, std::size_t N>
using Head = typename detail::Split<Net, N>::head;

/// The two parts of a network, with copies of its parameters: head<N>(network)(body<N>(network)(x)) is network(x), bit
/// for bit. The body is frozen: it runs as in inference, without dropout, while the head is trained.
///
///     constexpr auto body = cx::body<1>(digits::model);    // in flash
///     auto head = cx::head<1>(digits::model);              // in RAM
///     cx::Trainer trainer{head, cx::SoftmaxCrossEntropy{}, cx::Sgd{}, cx::batch_size<1>};
///
/// Example: examples/firmware/training.cpp
template <std::size_t N, class Net>
[[nodiscard]] constexpr Body<Net, N> body(const Net& network) {
  Body<Net, N> result;
  detail::copy_layers<0, 0, N>(network, result);
  return result;
}
template <std::size_t N, class Net>
[[nodiscard]] constexpr Head<Net, N> head(const Net& network) {
  Head<Net, N> result;
  detail::copy_layers<N, 0, Net::layer_count - N>(network, result);
  return result;
}

/// The way back: one network of the layers of two.
/// Errors:  compile time: the second does not take what the first gives
template <class Front, class Back>
[[nodiscard]] constexpr auto join(const Front& front, const Back& back) {
  static_assert(std::is_same_v<typename Front::output_shape, typename Back::input_shape>,
                "join: the second network must take what the first gives; compare output_shape and input_shape");
  typename detail::Joined<Front, Back>::type result;
  detail::copy_layers<0, 0, Front::layer_count>(front, result);
  detail::copy_layers<0, Front::layer_count, Back::layer_count>(back, result);
  return result;
}

}  // namespace cortexpr
