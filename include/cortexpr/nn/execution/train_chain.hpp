#pragma once

#include <cortexpr/core/placed.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/execution/contexts.hpp>
#include <cortexpr/nn/topology/dataflow.hpp>

#include <cstddef>

// The forward and the backward pass of training. An object `buffers` has the addresses of each layer's data:
// output(layer), gradient(layer) by that output, saved(layer), saved_of_batch(layer), scratch(layer) and
// backward_scratch(layer).

namespace cortexpr::detail {

/// The input of layer `Layer`, where `input` is the input of the chain.
template <class ChainType, std::size_t Layer, class Buffers, class T>
constexpr const T* input_of(const Buffers& buffers, const T* input) {
  if constexpr (source_of<ChainType, Layer> == ChainType::size)
    return input;
  else
    return buffers.output(source_of<ChainType, Layer>);
}

/// Runs the layers forward, as in training.
/// Shapes:  input [B, In], B <= MaxRows, with the chain's input_stride
template <class ChainType, std::size_t MaxRows, class Simd, class Buffers, class T>
constexpr void forward_chain(Simd simd, const Buffers& buffers, ChainData<const T> data, const T* input,
                             std::size_t rows, Noise noise) {
  for_each_index<ChainType::size>([&](auto index) {
    using Here = LinkAt<ChainType, index>;
    constexpr std::size_t layer = index;
    if constexpr (!Here::bound::is_view) {
      const ChainData<const T> own = data.at(ChainType::offsets[layer]);
      Here::bound::forward(
          simd, ForwardContext<Here, Mode::training, MaxRows>{.x = {input_of<ChainType, layer>(buffers, input), rows},
                                                              .y = {buffers.output(layer), rows},
                                                              .parameters = own.parameters,
                                                              .statistics = own.statistics,
                                                              .scratch = buffers.scratch(layer),
                                                              .saved = buffers.saved(layer),
                                                              .saved_of_batch = buffers.saved_of_batch(layer),
                                                              .noise = noise.at(layer)});
    }
  });
}

/// The context of `count` samples from `first` on.
template <class Context>
constexpr Context rows_of(Context pass, std::size_t first, std::size_t count) {
  const std::size_t rows = pass.x.count;
  pass.x = {pass.x[first], count};
  pass.y = {pass.y[first], count};
  pass.dy = {pass.dy[first], count};
  if constexpr (Context::wants_input_gradient) pass.dx = {pass.dx[first], count};
  pass.first_row = first;
  pass.is_first = first == 0;
  pass.is_last = first + count == rows;
  return pass;
}

/// Calls backward_parameters, if the layer has parameters.
template <class Bound, class Simd, class Link, bool wants_input, std::size_t MaxRows, class Consumer>
constexpr void give_gradients(Simd simd, const BackwardContext<Link, wants_input, MaxRows>& pass,
                              const Consumer& consumer) {
  if constexpr (has_parameters<Bound>) {
    using Views = BackwardViews<Link, wants_input, MaxRows>;
    Bound::backward_parameters(
        simd, ParametersContext<Link, wants_input, MaxRows, Consumer>{static_cast<const Views&>(pass), consumer});
  }
}

/// Runs one layer backward, for as many samples at a time as the layer wants. The functions that read parameters come
/// before backward_parameters, which may change them. It is not inlined, because equal layers share it, and because the
/// compile time of GCC 12 grows faster than the length of a function.
template <class Bound, class Simd, class Link, bool wants_input, std::size_t MaxRows, class Consumer>
[[gnu::noinline]] constexpr void backward_layer(Simd simd, const BackwardContext<Link, wants_input, MaxRows>& pass,
                                                const Consumer& consumer) {
  if constexpr (CompositeLayer<Bound>) {
    Bound::backward(simd, pass, consumer);
  } else {
    using T = typename Bound::value_type;
    constexpr std::size_t at_a_time = backward_rows<Bound>(MaxRows);
    struct Accumulators {
      alignas(simd::block_alignment<T>) T values[LayerMemory<Bound>::accumulators + 1];
    };
    with_object<Accumulators>([&](Accumulators& accumulators) {
      auto all = pass;
      all.accumulators = accumulators.values;
      const std::size_t rows = all.x.count;
      for (std::size_t first = 0; first < rows; first += at_a_time) {
        const auto now =
            Bound::rows_at_a_time == 0 ? all : rows_of(all, first, rows - first < at_a_time ? rows - first : at_a_time);
        if constexpr (requires { Bound::backward_output(simd, now); }) Bound::backward_output(simd, now);
        if constexpr (wants_input) Bound::backward_input(simd, now);
        give_gradients<Bound>(simd, now, consumer);
      }
    });
  }
}

/// Runs the layers backward, from the last layer to the first one with parameters. The gradient by the output of the
/// last layer must have been written. With `wants_input` all layers run, and input_gradient [B, In] is written.
template <class ChainType, std::size_t MaxRows, bool wants_input, class Simd, class Buffers, class T, class Consumer>
constexpr void backward_chain(Simd simd, const Buffers& buffers, ChainData<const T> data, const T* input,
                              T* input_gradient, std::size_t rows, const Consumer& consumer) {
  constexpr std::size_t first = first_backward<ChainType, wants_input>;
  for_each_index_reversed<ChainType::size>([&](auto index) {
    using Here = LinkAt<ChainType, index>;
    constexpr std::size_t layer = index;
    if constexpr (layer >= first && !Here::bound::is_view) {
      constexpr std::size_t source = source_of<ChainType, layer>;
      constexpr ChainOffsets offsets = ChainType::offsets[layer];
      T* downstream = input_gradient;
      if constexpr (source != ChainType::size) downstream = buffers.gradient(source);
      const ChainData<const T> own = data.at(offsets);
      BackwardContext<Here, (wants_input || layer > first), MaxRows> pass{};
      pass.x = {input_of<ChainType, layer>(buffers, input), rows};
      pass.y = {buffers.output(layer), rows};
      pass.dy = {buffers.gradient(layer), rows};
      pass.dx = {downstream, rows};
      pass.parameters = own.parameters;
      pass.statistics = own.statistics;
      pass.saved = buffers.saved(layer);
      pass.saved_of_batch = buffers.saved_of_batch(layer);
      pass.scratch = buffers.backward_scratch(layer);
      backward_layer<typename Here::bound>(simd, pass, consumer.at(offsets.parameters));
    }
  });
}

/// Updates the statistics of all layers after a forward and a backward pass.
template <class ChainType, class Simd, class Buffers, class T>
constexpr void update_chain_statistics(Simd simd, const Buffers& buffers, T* statistics, std::size_t rows) {
  for_each_index<ChainType::size>([&](auto index) {
    using Bound = BoundAt<ChainType, index>;
    constexpr std::size_t layer = index;
    if constexpr (has_statistics<Bound>)
      Bound::update_statistics(simd, StatisticsContext<Bound>{statistics + ChainType::offsets[layer].statistics,
                                                              buffers.saved_of_batch(layer), rows});
  });
}

}  // namespace cortexpr::detail
