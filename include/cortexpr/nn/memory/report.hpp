#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/memory/plans.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr {

namespace detail {

/// Whether an optimizer limits the norm of the gradient, for which it must know all of it before the update.
template <class Optimizer>
inline constexpr bool clips_gradients = requires { requires std::is_arithmetic_v<decltype(Optimizer::clip_norm)>; };

}  // namespace detail

/// The memory that a network needs, in bytes, with padding. The members are constants, for a static_assert:
///
///     static_assert(cx::memory<Net>::activation_bytes <= 8 * 1024);
///
/// With a batch size, an optimizer and, optionally, the size of a micro-batch, also the memory of a Trainer with these
/// arguments:
///
///     static_assert(cx::memory<Net, 32, cx::Adam<>>::peak_bytes <= 256 * 1024);
template <class Net, std::size_t B = 0, class Optimizer = void, std::size_t MicroBatch = B>
struct memory {
 private:
  using T = typename Net::value_type;
  using Chain = typename Net::chain;
  /// Whether the trainer stores the gradient of all parameters, because it adds or clips gradients before the update.
  static constexpr bool stores_gradient = MicroBatch != B || detail::clips_gradients<Optimizer>;
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
        result = detail::larger(result, Memory::scratch(MicroBatch));
        if constexpr (layer >= first)
          result = detail::larger(result, Memory::backward_scratch(MicroBatch, layer > first));
      } else if constexpr (!detail::passes_through<Bound>) {
        result = detail::larger(result, Memory::scratch(1));
      }
    });
    return detail::buffer<T>(result);
  }();

 public:
  /// The network object: parameters and statistics.
  static constexpr std::size_t parameter_bytes = Net::block_elements * sizeof(T);
  /// The arena of one inference: outputs of layers and scratch. It lies on the stack if it is smaller than stack_limit,
  /// else on the heap.
  static constexpr std::size_t activation_bytes = detail::InferencePlan<Chain, 1>::arena.elements * sizeof(T);
  /// The state of a stream: Net::State.
  static constexpr std::size_t state_bytes = Chain::state * sizeof(T);
  static constexpr std::size_t inference_bytes = parameter_bytes + activation_bytes;

  /// The largest scratch of a layer: in the inference of one sample, or, with a batch size, in training. It is included
  /// in activation_bytes or workspace_bytes.
  static constexpr std::size_t scratch_bytes = largest_scratch * sizeof(T);
  /// The arena of training for one micro-batch: outputs, saved arrays, gradients by the outputs, and scratch.
  static constexpr std::size_t workspace_bytes = [] {
    if constexpr (B == 0)
      return std::size_t{0};
    else
      return detail::TrainingPlan<Chain, MicroBatch>::arena.elements * sizeof(T);
  }();
  /// The gradient by the parameters. It is stored only with micro-batches, or if the optimizer clips its norm;
  /// otherwise each parameter is updated as soon as its gradient is known.
  static constexpr std::size_t gradient_bytes = B > 0 && stores_gradient ? Net::trainable_elements * sizeof(T) : 0;
  /// The state of the optimizer, such as the two moments of Adam.
  static constexpr std::size_t optimizer_bytes = state_slots * Net::trainable_elements * sizeof(T);
  /// What a training step needs besides the network: workspace, gradient and optimizer state; with micro-batches also a
  /// copy of the statistics. It is the state of a Trainer, which lies in the trainer if it is smaller than stack_limit,
  /// else on the heap.
  static constexpr std::size_t training_bytes = B == 0
                                                    ? 0
                                                    : workspace_bytes + gradient_bytes + optimizer_bytes +
                                                          (MicroBatch != B ? Net::statistics_elements * sizeof(T) : 0);
  /// The memory of one inference or, with a batch size, of a training step, with that of the network.
  static constexpr std::size_t peak_bytes = parameter_bytes + (B == 0 ? activation_bytes : training_bytes);
};

}  // namespace cortexpr
