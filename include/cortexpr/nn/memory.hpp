#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/arena.hpp>
#include <cortexpr/nn/chain.hpp>
#include <cortexpr/nn/layer.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// Where everything lies that is not a parameter, planned by the compiler.

namespace cortexpr {

namespace detail {

constexpr std::size_t larger(std::size_t a, std::size_t b) { return a > b ? a : b; }

/// Whole packs of elements, after which any other buffer may begin.
template <class T>
constexpr std::size_t buffer(std::size_t elements) {
  return simd::padded(elements, simd::native_lanes<T>);
}

/// Inference of at most `Rows` samples keeps each layer's output until the next layer has read it. A layer that only
/// looks at its input in another way, or does nothing outside training, has none.
template <class Places, std::size_t Rows>
struct InferencePlan {
  using T = typename At<Places, 0>::value_type;
  static constexpr std::size_t layers = Places::size;

  template <std::size_t Layer>
  static constexpr bool passes_through =
      At<Places, Layer>::layer::is_view || At<Places, Layer>::layer::only_in_training;

  static constexpr std::array<Lifetime, 2 * layers> lifetimes = [] {
    std::array<Lifetime, 2 * layers> buffers{};  // outputs, then scratch
    Lifetime* output = nullptr;
    for_each_index<layers>([&]<std::size_t I>() {
      using Here = At<Places, I>;
      if constexpr (!passes_through<I>) {
        if (output != nullptr) output->last = I;
        output = &buffers[I];
        *output = {buffer<T>(Rows * Here::output_stride), I, layers};
        buffers[layers + I] = {buffer<T>(Here::template scratch<Rows>), I, I};
      }
    });
    return buffers;
  }();
  static constexpr ArenaPlan<2 * layers> arena = plan_arena(lifetimes);

  template <std::size_t Layer>
  static constexpr std::size_t output = arena.offset[Layer];
  template <std::size_t Layer>
  static constexpr std::size_t scratch = arena.offset[layers + Layer];
};

/// What layers keep of a stream lies side by side.
template <class Places>
struct StatePlan {
  using T = typename At<Places, 0>::value_type;

  // All in one walk over the layers: a walk for each would take the square of their number.
  static constexpr std::array<std::size_t, Places::size + 1> offsets = [] {
    std::array<std::size_t, Places::size + 1> result{};
    for_each_index<Places::size>(
        [&]<std::size_t I>() { result[I + 1] = result[I] + simd::block_size<T>(1, At<Places, I>::state); });
    return result;
  }();
  /// Where the state of a layer begins.
  template <std::size_t Layer>
  static constexpr std::size_t offset = offsets[Layer];
  static constexpr std::size_t elements = offset<Places::size>;
};

/// Training of at most `B` samples keeps every layer's output, and what it saved, until its turn backward, and the
/// gradient by an output from the turn of the layer that read it until that of the layer that wrote it. Before the first
/// layer that learns there are no gradients.
template <class Places, std::size_t B>
struct TrainingPlan {
  using T = typename At<Places, 0>::value_type;
  static constexpr std::size_t layers = Places::size;

  static constexpr ArenaPlan<6 * layers> arena = plan_arena([] {
    constexpr std::size_t first = first_backward<Places, false>;
    std::array<Lifetime, 6 * layers> buffers{};
    std::size_t reader = layers;  // of the output; the loss comes after all layers
    for_each_index_reversed<layers>([&]<std::size_t I>() {
      using Here = At<Places, I>;
      if constexpr (!Here::layer::is_view) {
        constexpr std::size_t backward = 2 * layers - I, end = 2 * layers + 1;
        constexpr bool has_statistics = Here::statistics_end > Here::statistics_begin;  // which follow in the end
        buffers[I] = {buffer<T>(B * Here::output_stride), I, backward};
        buffers[layers + I] = {buffer<T>(B * Here::saved_stride), I, backward};
        buffers[2 * layers + I] = {buffer<T>(Here::saved_of_batch), I, has_statistics ? end : backward};
        buffers[4 * layers + I] = {buffer<T>(Here::template scratch<B>), I, I};
        if constexpr (I >= first) {
          constexpr std::size_t scratch = Here::template backward_scratch<B, (I > first)>;
          buffers[3 * layers + I] = {buffer<T>(B * Here::output_stride), 2 * layers - reader, backward};
          buffers[5 * layers + I] = {buffer<T>(scratch), backward, backward};
        }
        reader = I;
      }
    });
    return buffers;
  }());

  template <std::size_t Layer>
  static constexpr std::size_t output = arena.offset[Layer];
  template <std::size_t Layer>
  static constexpr std::size_t saved = arena.offset[layers + Layer];
  template <std::size_t Layer>
  static constexpr std::size_t saved_of_batch = arena.offset[2 * layers + Layer];
  template <std::size_t Layer>
  static constexpr std::size_t gradient = arena.offset[3 * layers + Layer];
  template <std::size_t Layer>
  static constexpr std::size_t scratch = arena.offset[4 * layers + Layer];
  template <std::size_t Layer>
  static constexpr std::size_t backward_scratch = arena.offset[5 * layers + Layer];
};

}  // namespace detail

struct NoOptimizer {
  static constexpr std::size_t state_slots = 0;
};

/// The memory that a network needs, in bytes, padding included; constants, for a static_assert:
///
///     static_assert(cx::memory<Net>::activation_bytes <= 8 * 1024);
///
/// With a batch size, an optimizer, and where it takes the batch in parts their size, also what a Trainer of the same
/// takes on top of the network:
///
///     static_assert(cx::memory<Net, 32, cx::Adam<>>::peak_bytes <= 256 * 1024);
template <class Net, std::size_t B = 0, class Optimizer = NoOptimizer, std::size_t Part = B>
struct memory {
 private:
  using T = typename Net::value_type;
  using Places = typename Net::places;
  /// Trainer keeps it whole where something must be done to it before the update.
  static constexpr bool keeps_gradient =
      Part != B || requires { requires std::is_arithmetic_v<decltype(Optimizer::clip_norm)>; };

  static constexpr std::size_t largest_scratch = [] {
    std::size_t result = 0;
    detail::for_each_index<Places::size>([&]<std::size_t I>() {
      using Here = detail::At<Places, I>;
      constexpr std::size_t first = detail::first_backward<Places, false>;
      if constexpr (B > 0) {
        result = detail::larger(result, Here::template scratch<Part>);
        if constexpr (I >= first)
          result = detail::larger(result, Here::template backward_scratch<Part, (I > first)>);
      } else if constexpr (!Here::layer::is_view && !Here::layer::only_in_training) {
        result = detail::larger(result, Here::template scratch<1>);
      }
    });
    return detail::buffer<T>(result);
  }();

 public:
  /// The network object: weights, biases and statistics.
  static constexpr std::size_t parameter_bytes = Net::block_elements * sizeof(T);
  /// What one inference needs besides the parameters: outputs of layers and scratch, in turn in the same place.
  static constexpr std::size_t activation_bytes = detail::InferencePlan<Places, 1>::arena.elements * sizeof(T);
  /// What a stream takes besides: Net::State.
  static constexpr std::size_t state_bytes = detail::StatePlan<Places>::elements * sizeof(T);
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
      return detail::TrainingPlan<Places, Part>::arena.elements * sizeof(T);
  }();
  /// The gradient by the parameters, where it is kept: with parts, and where the optimizer clips its norm. Else each layer
  /// hands its own to the optimizer at once.
  static constexpr std::size_t gradient_bytes = B > 0 && keeps_gradient ? Net::trainable_elements * sizeof(T) : 0;
  /// What the optimizer keeps from step to step, such as the two moments of Adam.
  static constexpr std::size_t optimizer_bytes = Optimizer::state_slots * Net::trainable_elements * sizeof(T);
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
