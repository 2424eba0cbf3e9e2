#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/execution/infer.hpp>
#include <cortexpr/nn/execution/train_chain.hpp>
#include <cortexpr/nn/memory/arena_planner.hpp>
#include <cortexpr/nn/memory/plans.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/nn/topology/dataflow.hpp>

#include <array>
#include <cstddef>

// One branch of a layer that consists of layers: a chain, its memory, and how it runs.

namespace cortexpr::detail {

/// What the layers of a branch keep of a training step from forward to backward lies side by side: of each sample their
/// outputs and what they save, then what they save of the batch. In elements; of a sample, or of the batch.
template <class ChainType>
struct KeptPlan {
  using T = typename ChainType::value_type;
  struct Offsets {
    std::size_t output = 0, saved = 0, of_batch = 0;
  };
  static constexpr std::array<Offsets, ChainType::size + 1> offsets = [] {
    std::array<Offsets, ChainType::size + 1> result{};
    for_each_index<ChainType::size>([&](auto index) {
      using Here = LinkAt<ChainType, index>;
      using Memory = LayerMemory<typename Here::bound>;
      Offsets& here = result[index];
      here.saved = here.output + buffer<T>(Here::output_stride);
      result[index + 1] = {Here::bound::is_view ? here.output : here.saved + Memory::saved(1), 0,
                           here.of_batch + buffer<T>(Memory::saved_of_batch)};
    });
    return result;
  }();
  static constexpr std::size_t elements = offsets[ChainType::size].output;
  static constexpr std::size_t elements_of_batch = offsets[ChainType::size].of_batch;
};

/// Scratch of a branch that runs forward; training keeps all else.
template <class ChainType>
constexpr std::size_t branch_scratch(std::size_t rows) {
  std::size_t result = 0;
  for_each_index<ChainType::size>(
      [&](auto index) { result = larger(result, LayerMemory<BoundAt<ChainType, index>>::scratch(rows)); });
  if constexpr (ChainType::size > 0) result = larger(result, plan_arena(inference_lifetimes<ChainType>(rows)).elements);
  return result;
}

/// Scratch of a branch that runs backward: the gradients by outputs, then the scratch of the layers.
template <class ChainType>
constexpr auto plan_branch_backward(std::size_t rows, bool wants_input) {
  using T = typename ChainType::value_type;
  constexpr std::size_t layers = ChainType::size;
  const std::size_t first = wants_input ? 0 : first_with_parameters<ChainType>;
  std::array<Lifetime, 2 * layers> buffers{};
  std::size_t reader = layers;
  for_each_index_reversed<layers>([&](auto index) {
    using Here = LinkAt<ChainType, index>;
    constexpr std::size_t layer = index;
    if (Here::bound::is_view || layer < first) return;
    const std::size_t scratch = LayerMemory<typename Here::bound>::backward_scratch(rows, wants_input || layer > first);
    buffers[layer] = {buffer<T>(rows * Here::output_stride), layers - reader, layers - layer};
    buffers[layers + layer] = {buffer<T>(scratch), layers - layer, layers - layer};
    reader = layer;
  });
  return plan_arena(buffers);
}
template <class ChainType, std::size_t Rows, bool wants_input>
inline constexpr auto branch_backward_plan = plan_branch_backward<ChainType>(Rows, wants_input);

/// What a branch was given of the memory of the layer around it. Backward only reads what forward kept.
template <class T, class Kept>
struct BranchMemory {
  Kept* kept;
  Kept* kept_of_batch;
  T* scratch;
  T* state;
};

/// Where the layers of a branch find their data while training; see train_chain.hpp.
template <class ChainType, std::size_t Rows, class Kept, bool wants_input = true>
struct BranchBuffers {
  using T = typename ChainType::value_type;
  using Plan = KeptPlan<ChainType>;
  BranchMemory<T, Kept> memory;

  constexpr Kept* output(std::size_t layer) const { return memory.kept + Rows * Plan::offsets[layer].output; }
  constexpr Kept* saved(std::size_t layer) const { return memory.kept + Rows * Plan::offsets[layer].saved; }
  constexpr Kept* saved_of_batch(std::size_t layer) const {
    return memory.kept_of_batch + Plan::offsets[layer].of_batch;
  }
  constexpr T* scratch(std::size_t) const { return memory.scratch; }
  constexpr T* gradient(std::size_t layer) const {
    return memory.scratch + branch_backward_plan<ChainType, Rows, wants_input>.offset[layer];
  }
  constexpr T* backward_scratch(std::size_t layer) const { return gradient(ChainType::size + layer); }
};

/// How a branch runs.
template <class ChainType>
struct Branch {
  using T = typename ChainType::value_type;
  static constexpr std::size_t layers = ChainType::size;
  /// The layer that writes the output; views and an empty branch only pass their input on.
  static constexpr std::size_t writer = source_of<ChainType, layers>;
  static constexpr bool learns = first_with_parameters<ChainType> < layers;
  template <class Element>
  using Output = Rows<Element, ChainType::output_shape::size, ChainType::output_stride>;

  /// Returns the output [B, Out].
  template <Mode mode, std::size_t MaxRows, class Simd>
  static constexpr auto forward(Simd simd, ChainData<const T> data, const T* input, std::size_t rows, const Noise& noise,
                                BranchMemory<T, T> memory) {
    if constexpr (layers == 0) {
      return Output<const T>{input, rows};
    } else if constexpr (mode == Mode::training) {
      const BranchBuffers<ChainType, MaxRows, T> buffers{memory};
      forward_chain<ChainType, MaxRows>(simd, buffers, data, input, rows, noise);
      return Output<const T>{input_of<ChainType, layers>(buffers, input), rows};
    } else {
      return infer<ChainType, mode, MaxRows>(simd, data, input, rows, memory.scratch, memory.state);
    }
  }

  /// Where the gradient by the output must be put, before backward. Not if there is no writer.
  template <std::size_t MaxRows, bool wants_input>
  static constexpr auto output_gradient(std::size_t rows, BranchMemory<T, const T> memory) {
    const BranchBuffers<ChainType, MaxRows, const T, wants_input> buffers{memory};
    return Output<T>{buffers.gradient(writer), rows};
  }
  template <std::size_t MaxRows, bool wants_input, class Simd, class Consumer>
  static constexpr void backward(Simd simd, ChainData<const T> data, const T* input, T* input_gradient, std::size_t rows,
                                 BranchMemory<T, const T> memory, const Consumer& consumer) {
    const BranchBuffers<ChainType, MaxRows, const T, wants_input> buffers{memory};
    backward_chain<ChainType, MaxRows, wants_input>(simd, buffers, data, input, input_gradient, rows, consumer);
  }
  template <class Simd>
  static constexpr void update_statistics(Simd simd, T* statistics, const T* kept_of_batch, std::size_t samples) {
    const BranchBuffers<ChainType, 1, const T> buffers{{nullptr, kept_of_batch, nullptr, nullptr}};
    update_chain_statistics<ChainType>(simd, buffers, statistics, samples);
  }
};

}  // namespace cortexpr::detail
