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

// A branch of a composite layer: a chain, its memory, and its forward and backward pass.

namespace cortexpr::detail {

/// The offsets of what the layers of a branch save in training: their outputs and their saved arrays, in elements per
/// sample, and the arrays that they save of a batch.
template <class ChainType>
struct SavedPlan {
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

/// The scratch of a branch in the forward pass, of inference or of training. In training the outputs are saved instead.
template <class ChainType>
constexpr std::size_t branch_scratch(std::size_t rows) {
  std::size_t result = 0;
  for_each_index<ChainType::size>(
      [&](auto index) { result = larger(result, LayerMemory<BoundAt<ChainType, index>>::scratch(rows)); });
  if constexpr (ChainType::size > 0) result = larger(result, plan_arena(inference_lifetimes<ChainType>(rows)).elements);
  return result;
}

/// The plan of the scratch of a branch in the backward pass: the gradients by outputs, then the scratch of the layers.
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

/// The memory of a branch. `SavedT` is const in the backward pass.
template <class T, class SavedT>
struct BranchMemory {
  SavedT* saved;
  SavedT* saved_of_batch;
  T* scratch;
  T* state;
};

/// The addresses of the data of a branch's layers in training; see train_chain.hpp.
template <class ChainType, std::size_t Rows, class SavedT, bool wants_input = true>
struct BranchBuffers {
  using T = typename ChainType::value_type;
  using Plan = SavedPlan<ChainType>;
  BranchMemory<T, SavedT> memory;

  constexpr SavedT* output(std::size_t layer) const { return memory.saved + Rows * Plan::offsets[layer].output; }
  constexpr SavedT* saved(std::size_t layer) const { return memory.saved + Rows * Plan::offsets[layer].saved; }
  constexpr SavedT* saved_of_batch(std::size_t layer) const {
    return memory.saved_of_batch + Plan::offsets[layer].of_batch;
  }
  constexpr T* scratch(std::size_t) const { return memory.scratch; }
  constexpr T* gradient(std::size_t layer) const {
    return memory.scratch + branch_backward_plan<ChainType, Rows, wants_input>.offset[layer];
  }
  constexpr T* backward_scratch(std::size_t layer) const { return gradient(ChainType::size + layer); }
};

/// The forward and the backward pass of a branch.
template <class ChainType>
struct Branch {
  using T = typename ChainType::value_type;
  static constexpr std::size_t layers = ChainType::size;
  /// The layer that writes the output; `layers` if all layers are views, or if there is none.
  static constexpr std::size_t writer = source_of<ChainType, layers>;
  static constexpr bool has_parameters = first_with_parameters<ChainType> < layers;
  template <class Element>
  using Output = Rows<Element, ChainType::output_shape::size, ChainType::output_stride>;

  /// Runs the layers forward and returns the output [B, Out].
  template <Mode mode, std::size_t MaxRows, class Simd>
  static constexpr auto forward(Simd simd, ChainData<const T> data, const T* input, std::size_t rows,
                                const Noise& noise, BranchMemory<T, T> memory) {
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

  /// A view of the gradient by the output, which must be written before `backward` is called. There must be a writer.
  template <std::size_t MaxRows, bool wants_input>
  static constexpr auto output_gradient(std::size_t rows, BranchMemory<T, const T> memory) {
    const BranchBuffers<ChainType, MaxRows, const T, wants_input> buffers{memory};
    return Output<T>{buffers.gradient(writer), rows};
  }
  template <std::size_t MaxRows, bool wants_input, class Simd, class Consumer>
  static constexpr void backward(Simd simd, ChainData<const T> data, const T* input, T* input_gradient,
                                 std::size_t rows, BranchMemory<T, const T> memory, const Consumer& consumer) {
    const BranchBuffers<ChainType, MaxRows, const T, wants_input> buffers{memory};
    backward_chain<ChainType, MaxRows, wants_input>(simd, buffers, data, input, input_gradient, rows, consumer);
  }
  template <class Simd>
  static constexpr void update_statistics(Simd simd, T* statistics, const T* saved_of_batch, std::size_t samples) {
    const BranchBuffers<ChainType, 1, const T> buffers{{nullptr, saved_of_batch, nullptr, nullptr}};
    update_chain_statistics<ChainType>(simd, buffers, statistics, samples);
  }
};

}  // namespace cortexpr::detail
