#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

// Where everything lies that is not a parameter, planned by the compiler.

namespace cortexpr {

namespace detail {

constexpr std::size_t larger(std::size_t a, std::size_t b) { return a > b ? a : b; }

/// Inference needs two buffers, which the layers use in turn: each reads the one and writes the other. A layer that
/// only looks at its input in another way, or does nothing outside training, takes no turn.
template <class Places>
struct InferencePlan {
  using T = typename At<Places, 0>::value_type;

  template <std::size_t Layer>
  static constexpr bool passes_through =
      At<Places, Layer>::layer::is_view || At<Places, Layer>::layer::only_in_training;

  /// How many layers up to and including this one have written.
  template <std::size_t Layer>
  static constexpr std::size_t turns = [] {
    std::size_t result = 0;
    for_each_index<Layer + 1>([&]<std::size_t I>() { result += passes_through<I> ? 0 : 1; });
    return result;
  }();

  /// Elements of one sample in the buffer of the odd turns (1) and of the even ones (0).
  template <std::size_t Parity>
  static constexpr std::size_t elements = [] {
    std::size_t result = 0;
    for_each_index<Places::size>([&]<std::size_t I>() {
      if (!passes_through<I> && turns<I> % 2 == Parity) result = larger(result, At<Places, I>::output_stride);
    });
    return result;
  }();

  static constexpr std::size_t second_buffer(std::size_t rows) { return simd::block_size<T>(1, rows * elements<1>); }
  static constexpr std::size_t arena(std::size_t rows) {
    return second_buffer(rows) + simd::block_size<T>(1, rows * elements<0>);
  }
};

/// Training keeps every layer's output, and what it saved, until its turn backward; the gradients of activations need
/// two buffers; one scratch area serves all layers.
template <class Places, std::size_t B>
struct TrainingPlan {
  using T = typename At<Places, 0>::value_type;
  static constexpr std::size_t layers = Places::size;

  struct Offsets {
    std::size_t output[layers];
    std::size_t saved[layers];
    std::size_t gradient[2];
    std::size_t scratch;
    std::size_t end;
  };

  static constexpr Offsets offsets = [] {
    Offsets result{};
    std::size_t at = 0;
    std::size_t widest = 0;
    std::size_t scratch = 0;
    const auto take = [&](std::size_t elements) {
      const std::size_t begin = at;
      at += simd::padded(elements, simd::native_lanes<T>);
      return begin;
    };
    for_each_index<layers>([&]<std::size_t I>() {
      using Here = At<Places, I>;
      if (!Here::layer::is_view) result.output[I] = take(B * Here::output_stride);
      if (Here::saved_stride > 0) result.saved[I] = take(B * Here::saved_stride);
      widest = larger(widest, Here::output_stride);
      scratch = larger(scratch, Here::scratch);
    });
    result.gradient[0] = take(B * widest);
    result.gradient[1] = take(B * widest);
    result.scratch = take(scratch);
    result.end = at;
    return result;
  }();

  static constexpr std::size_t arena = offsets.end;
};

}  // namespace detail

struct NoOptimizer {
  static constexpr std::size_t state_slots = 0;
};

/// The memory that a network needs, in bytes, padding included; constants, for a static_assert:
///
///     static_assert(cx::memory<Net>::activation_bytes <= 8 * 1024);
///
/// With a batch size and an optimizer also what training takes on top of the network itself.
template <class Net, std::size_t B = 0, class Optimizer = NoOptimizer>
struct memory {
  /// The network object: weights and biases.
  static constexpr std::size_t parameter_bytes = Net::block_elements * sizeof(typename Net::value_type);
  /// What one inference needs besides the parameters.
  static constexpr std::size_t activation_bytes =
      detail::InferencePlan<typename Net::places>::arena(1) * sizeof(typename Net::value_type);
  static constexpr std::size_t inference_bytes = parameter_bytes + activation_bytes;
  /// What a training step of B samples needs besides the parameters: activations, their gradients, scratch, and the
  /// optimizer's state.
  static constexpr std::size_t training_bytes = [] {
    if constexpr (B == 0) return std::size_t{0};
    else
      return (detail::TrainingPlan<typename Net::places, B>::arena + Optimizer::state_slots * Net::block_elements) *
             sizeof(typename Net::value_type);
  }();
};

}  // namespace cortexpr
