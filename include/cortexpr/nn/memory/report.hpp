#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/memory/plans.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr {

/// The memory that a network needs, in bytes, padding included; constants, for a static_assert:
///
///     static_assert(cx::memory<Net>::activation_bytes <= 8 * 1024);
///
/// With a batch size, an optimizer, and where it takes the batch in parts their size, also what a Trainer of the same
/// takes on top of the network:
///
///     static_assert(cx::memory<Net, 32, cx::Adam<>>::peak_bytes <= 256 * 1024);
template <class Net, std::size_t B = 0, class Optimizer = void, std::size_t Part = B>
struct memory {
 private:
  using T = typename Net::value_type;
  using Chain = typename Net::chain;
  /// The gradient of all parameters is kept where something must be done to it before the update.
  static constexpr bool keeps_gradient =
      Part != B || requires { requires std::is_arithmetic_v<decltype(Optimizer::clip_norm)>; };
  static constexpr std::size_t state_slots = [] {
    if constexpr (std::is_void_v<Optimizer>)
      return std::size_t{0};
    else
      return Optimizer::state_slots;
  }();

  static constexpr std::size_t largest_scratch = [] {
    std::size_t result = 0;
    detail::for_each_index<Chain::size>([&](auto index) {
      using Bound = detail::BoundAt<Chain, index>;
      using Memory = detail::LayerMemory<Bound>;
      constexpr std::size_t layer = index, first = detail::first_backward<Chain, false>;
      if constexpr (B > 0) {
        result = detail::larger(result, Memory::scratch(Part));
        if constexpr (layer >= first) result = detail::larger(result, Memory::backward_scratch(Part, layer > first));
      } else if constexpr (!detail::passes_through<Bound>) {
        result = detail::larger(result, Memory::scratch(1));
      }
    });
    return detail::buffer<T>(result);
  }();

 public:
  /// The network object: weights, biases and statistics.
  static constexpr std::size_t parameter_bytes = Net::block_elements * sizeof(T);
  /// What one inference needs besides the parameters: outputs of layers and scratch, in turn in the same place.
  static constexpr std::size_t activation_bytes = detail::InferencePlan<Chain, 1>::arena.elements * sizeof(T);
  /// What a stream takes besides: Net::State.
  static constexpr std::size_t state_bytes = Chain::state * sizeof(T);
  static constexpr std::size_t inference_bytes = parameter_bytes + activation_bytes;

  /// What a layer writes to only while it runs, of the layer that takes most: in the inference of one sample, or with a
  /// batch size in training. A part of activation_bytes, or of workspace_bytes.
  static constexpr std::size_t scratch_bytes = largest_scratch * sizeof(T);
  /// What training keeps of the samples that it takes at a time: outputs, what layers save, gradients by the outputs, and
  /// scratch, in turn in the same place.
  static constexpr std::size_t workspace_bytes = [] {
    if constexpr (B == 0)
      return std::size_t{0};
    else
      return detail::TrainingPlan<Chain, Part>::arena.elements * sizeof(T);
  }();
  /// The gradient by the parameters, where it is kept: with parts, and where the optimizer clips its norm. Else each layer
  /// hands its own to the optimizer at once.
  static constexpr std::size_t gradient_bytes = B > 0 && keeps_gradient ? Net::trainable_elements * sizeof(T) : 0;
  /// What the optimizer keeps from step to step, such as the two moments of Adam.
  static constexpr std::size_t optimizer_bytes = state_slots * Net::trainable_elements * sizeof(T);
  /// What a training step needs besides the network: workspace, gradient and optimizer; with parts a copy of the
  /// statistics too.
  static constexpr std::size_t training_bytes =
      B == 0 ? 0
             : workspace_bytes + gradient_bytes + optimizer_bytes +
                   (Part != B ? Net::statistics_elements * sizeof(T) : 0);
  /// All that is needed at the worst moment: of one inference, or with a batch size of a training step.
  static constexpr std::size_t peak_bytes = parameter_bytes + (B == 0 ? activation_bytes : training_bytes);
};

}  // namespace cortexpr
