#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/execution/contexts.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/simd/backend.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

// Inference layer by layer, which shows the output of each layer, those inside layers included.

namespace cortexpr::detail {

/// A buffer for activations, on the heap.
template <class T, std::size_t Elements>
class AlignedValues {
 public:
  T* data() { return blocks_.front().values; }

 private:
  struct alignas(simd::block_alignment<T>) Block {
    T values[buffer<T>(Elements + 1)]{};
  };
  std::vector<Block> blocks_ = std::vector<Block>(1);
};

template <class ChainType, std::size_t I = 0, class T, class Visit>
void observe_layers(ChainData<const T> data, const T* input, std::size_t& tensor, const Visit& visit);

/// The layers inside a layer. Where it repeats them, as TimeDistributed does, each repetition shows the same tensors.
template <class Bound, class T, class Visit>
void observe_branches(ChainData<const T> data, const T* input, std::size_t& tensor, const Visit& visit) {
  using First = At<typename Bound::branches, 0>;
  AlignedValues<T, First::input_stride> part;
  const std::size_t first_tensor = tensor;
  for (std::size_t i = 0; i < Bound::repeats; ++i) {
    tensor = first_tensor;
    std::copy_n(input + i * First::input_shape::size, First::input_shape::size, part.data());
    for_each_index<Bound::branches::size>([&](auto k) {
      constexpr ChainOffsets offsets = Bound::bound_branches::offsets[k].chain;
      observe_layers<At<typename Bound::branches, k>>(data.at(offsets), part.data(), tensor, visit);
    });
  }
}

/// Calls visit(tensor, outputs) for the layers of a chain, numbered from `tensor` on in the order of Int8Chain: inner layers
/// come before the layer that consists of them.   Shapes: input [1, In]
template <class ChainType, std::size_t I, class T, class Visit>
void observe_layers(ChainData<const T> data, const T* input, std::size_t& tensor, const Visit& visit) {
  if constexpr (I < ChainType::size) {
    using Here = LinkAt<ChainType, I>;
    using Bound = typename Here::bound;
    if constexpr (passes_through<Bound>) {
      ++tensor;
      observe_layers<ChainType, I + 1>(data, input, tensor, visit);
    } else {
      const ChainData<const T> own = data.at(ChainType::offsets[I]);
      if constexpr (CompositeLayer<Bound>) observe_branches<Bound>(own, input, tensor, visit);
      AlignedValues<T, Here::output_stride> output;
      AlignedValues<T, LayerMemory<Bound>::scratch(1)> scratch;
      Bound::forward(simd::Native{}, ForwardContext<Here, Mode::one_sample>{.x = {input, 1},
                                                                            .y = {output.data(), 1},
                                                                            .parameters = own.parameters,
                                                                            .statistics = own.statistics,
                                                                            .scratch = scratch.data()});
      visit(tensor++, std::span<const T>{output.data(), Bound::output_shape::size});
      observe_layers<ChainType, I + 1>(data, output.data(), tensor, visit);
    }
  }
}

}  // namespace cortexpr::detail
