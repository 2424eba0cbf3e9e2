#pragma once

#include <cortexpr/core/placed.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/memory/arena_planner.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/nn/topology/dataflow.hpp>

#include <array>
#include <cstddef>

// The memory plans of inference and training: an offset in one arena for each output, saved array, gradient and
// scratch.

namespace cortexpr::detail {

constexpr std::size_t larger(std::size_t a, std::size_t b) { return a > b ? a : b; }

/// The buffers of inference for at most `rows` samples: the outputs of all layers, then their scratch. An output is
/// alive until the next layer has read it. A layer that passes its input on has no output.
template <class ChainType>
constexpr auto inference_lifetimes(std::size_t rows) {
  using T = typename ChainType::value_type;
  constexpr std::size_t layers = ChainType::size;
  std::array<Lifetime, 2 * layers> buffers{};
  Lifetime* output = nullptr;
  for_each_index<layers>([&](auto index) {
    using Here = LinkAt<ChainType, index>;
    constexpr std::size_t layer = index;
    if constexpr (!passes_through<typename Here::bound>) {
      if (output != nullptr) output->last = layer;
      output = &buffers[layer];
      *output = {buffer<T>(rows * Here::output_stride), layer, layers};
      buffers[layers + layer] = {buffer<T>(LayerMemory<typename Here::bound>::scratch(rows)), layer, layer};
    }
  });
  return buffers;
}

template <class ChainType, std::size_t Rows>
struct InferencePlan {
  static constexpr std::size_t layers = ChainType::size;
  static constexpr ArenaPlan<2 * layers> arena = plan_arena(inference_lifetimes<ChainType>(Rows));
  static constexpr std::size_t output(std::size_t layer) { return arena.offset[layer]; }
  static constexpr std::size_t scratch(std::size_t layer) { return arena.offset[layers + layer]; }
};

/// The number of samples that go through the layers together in inference: enough for the tiles of the kernels, with at
/// most 32 KiB of buffers, which fit on the stack and into the first cache. Where the parameters exceed 1 MiB, and with
/// it a core's second cache, each is read from farther away: 256 KiB of buffers on the heap then make the inference of
/// 3072-1024-512-10 1.7 times as fast.
template <class ChainType>
inline constexpr std::size_t samples_at_once = [] {
  using T = typename ChainType::value_type;
  constexpr bool reads_from_afar = CORTEXPR_HEAP && ChainType::parameters * sizeof(T) > 1'048'576;
  constexpr std::size_t on_the_stack = stack_limit < 32'768 ? stack_limit : 32'768;
  constexpr std::size_t room = (reads_from_afar ? 262'144 : on_the_stack) / sizeof(T);
  constexpr std::size_t one = InferencePlan<ChainType, 1>::arena.elements;
  constexpr std::size_t two = InferencePlan<ChainType, 2>::arena.elements;
  if constexpr (room < two || two == one) {
    return std::size_t{1};
  } else {
    constexpr std::size_t fitting = 1 + (room - one) / (two - one);
    return fitting < 60 ? fitting : std::size_t{60};
  }
}();

/// The plan of training for at most `B` samples. Time counts the layers forward and then backward. The output and the
/// saved arrays of a layer are alive from its forward to its backward pass, the gradient by its output from the
/// backward pass of the layer that reads the output to its own. Layers before the first one with parameters have no
/// gradients.
template <class ChainType, std::size_t B>
struct TrainingPlan {
  using T = typename ChainType::value_type;
  static constexpr std::size_t layers = ChainType::size;

  static constexpr ArenaPlan<6 * layers> arena = plan_arena([] {
    constexpr std::size_t first = first_backward<ChainType, false>;
    std::array<Lifetime, 6 * layers> buffers{};
    std::size_t reader = layers;  // the layer that reads the output; the loss comes after all layers
    for_each_index_reversed<layers>([&](auto index) {
      using Here = LinkAt<ChainType, index>;
      using Bound = typename Here::bound;
      using Memory = LayerMemory<Bound>;
      constexpr std::size_t layer = index;
      if constexpr (!Bound::is_view) {
        constexpr std::size_t backward = 2 * layers - layer, end = 2 * layers + 1;
        buffers[layer] = {buffer<T>(B * Here::output_stride), layer, backward};
        buffers[layers + layer] = {Memory::saved(B), layer, backward};
        // Statistics are updated at the end.
        buffers[2 * layers + layer] = {Memory::saved_of_batch, layer, Memory::statistics > 0 ? end : backward};
        buffers[4 * layers + layer] = {buffer<T>(Memory::scratch(B)), layer, layer};
        if constexpr (layer >= first) {
          constexpr std::size_t scratch = Memory::backward_scratch(B, layer > first);
          buffers[3 * layers + layer] = {buffer<T>(B * Here::output_stride), 2 * layers - reader, backward};
          buffers[5 * layers + layer] = {buffer<T>(scratch), backward, backward};
        }
        reader = layer;
      }
    });
    return buffers;
  }());

  static constexpr std::size_t output(std::size_t layer) { return arena.offset[layer]; }
  static constexpr std::size_t saved(std::size_t layer) { return arena.offset[layers + layer]; }
  static constexpr std::size_t saved_of_batch(std::size_t layer) { return arena.offset[2 * layers + layer]; }
  static constexpr std::size_t gradient(std::size_t layer) { return arena.offset[3 * layers + layer]; }
  static constexpr std::size_t scratch(std::size_t layer) { return arena.offset[4 * layers + layer]; }
  static constexpr std::size_t backward_scratch(std::size_t layer) { return arena.offset[5 * layers + layer]; }
};

}  // namespace cortexpr::detail
