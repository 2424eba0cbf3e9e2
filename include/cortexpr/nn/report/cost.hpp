#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/memory/plans.hpp>
#include <cortexpr/nn/topology/chain.hpp>

#include <cstddef>

// The cost of each layer, computed by the compiler.

namespace cortexpr {

namespace detail {

/// The least number of elements that an inference of one sample reads and writes.
template <class Bound>
constexpr std::size_t elements_moved() {
  if constexpr (passes_through<Bound>) {
    return 0;
  } else if constexpr (CompositeLayer<Bound>) {
    std::size_t inside = 0;
    for_each_index<Bound::branches::size>([&](auto k) {
      using Branch = At<typename Bound::branches, k>;
      inside += Branch::output_shape::size;
      for_each_index<Branch::size>([&](auto index) { inside += elements_moved<BoundAt<Branch, index>>(); });
    });
    return Bound::output_shape::size + Bound::repeats * inside;
  } else {
    using Memory = LayerMemory<Bound>;
    return Bound::input_shape::size + Memory::parameter_count + Memory::statistic_count + Bound::output_shape::size;
  }
}

/// The elements of activations and scratch that are alive while a layer runs for one sample.
template <class ChainType, std::size_t Layer>
constexpr std::size_t elements_alive() {
  std::size_t result = 0;
  for (const Lifetime& buffer : inference_lifetimes<ChainType>(1))
    if (buffer.first <= Layer && Layer <= buffer.last) result += buffer.elements;
  return result;
}
/// The same without the scratch of the layer, in which the layers of its branches have theirs.
template <class ChainType, std::size_t Layer>
constexpr std::size_t elements_around() {
  return elements_alive<ChainType, Layer>() - inference_lifetimes<ChainType>(1)[ChainType::size + Layer].elements;
}

}  // namespace detail

/// The cost of a layer, as an object. `cost` describes the members.
struct LayerCost {
  std::size_t parameters = 0, statistics = 0, macs = 0, bytes_moved = 0, flash_bytes = 0, ram_bytes = 0;
};

namespace detail {

/// The cost of a layer of a chain, if `elements_around_chain` elements are alive outside of the chain.
template <class ChainType, std::size_t Layer>
constexpr LayerCost cost_of(std::size_t elements_around_chain) {
  using Bound = BoundAt<ChainType, Layer>;
  using Memory = LayerMemory<Bound>;
  constexpr std::size_t bytes = sizeof(typename ChainType::value_type);
  return {.parameters = Memory::parameter_count,
          .statistics = Memory::statistic_count,
          .macs = Bound::macs,
          .bytes_moved = elements_moved<Bound>() * bytes,
          .flash_bytes = (Memory::parameters + Memory::statistics) * bytes,
          .ram_bytes = (elements_around_chain + elements_alive<ChainType, Layer>()) * bytes};
}

}  // namespace detail

/// The cost of layer `Layer` of a network as constants, for a static_assert. The first layer after Input is 0.
///
///     static_assert(cx::cost<Net, 2>::macs < 100'000);
template <class Net, std::size_t Layer>
struct cost {
 private:
  static_assert(Layer < Net::layer_count, "cost: the network must have this layer; the first after Input is 0");
  static constexpr LayerCost numbers = detail::cost_of<typename Net::chain, Layer>(0);

 public:
  /// Weights and biases, without padding.
  static constexpr std::size_t parameters = numbers.parameters;
  /// Numbers that no optimizer updates, such as the running means of BatchNorm.
  static constexpr std::size_t statistics = numbers.statistics;
  /// Multiply-adds for one sample.
  static constexpr std::size_t macs = numbers.macs;
  /// The bytes that one inference of the layer reads and writes at least: input, parameters, statistics and output,
  /// each once and without padding. For a composite layer, the bytes of its inner layers, of the outputs of its
  /// branches and of its own output. 0 for views and for layers that do nothing in inference.
  static constexpr std::size_t bytes_moved = numbers.bytes_moved;
  /// The bytes of its parameters and statistics in the network's block, with padding.
  static constexpr std::size_t flash_bytes = numbers.flash_bytes;
  /// The bytes that are alive while the layer runs in the inference of one sample: its input, output and scratch, with
  /// padding. The input of the first layer belongs to the caller and is not counted.
  static constexpr std::size_t ram_bytes = numbers.ram_bytes;
};

}  // namespace cortexpr
