#pragma once

#include <cortexpr/core/random.hpp>
#include <cortexpr/core/tensor.hpp>

#include <cstddef>
#include <cstdint>

// What a layer is called with: views of the network's blocks, at its place.

namespace cortexpr {

/// Where the random numbers of a training step come from: masks are a function of the seed, the step, the layer and
/// the sample's position in the batch.
struct Noise {
  Seed seed;
  std::uint64_t step = 0;
  std::size_t first_sample = 0;
};

/// What a forward pass is for.
enum class Run { one_sample, batch, training };

/// What a layer sees while it runs forward, on at most `most_rows` samples.
///   input      [B, In]
///   output     [B, Out], to be written, padding included
///   scratch    place::scratch<max_rows> elements
///   saved      [B, saved], to be written, in training only
///   saved_of_batch  place::saved_of_batch elements, likewise
///   state_data [B, state] of what came before, to be left as it is afterwards; nullptr: nothing came before
template <class PlaceType, Run run, std::size_t most_rows = 1>
struct ForwardPass {
  using place = PlaceType;
  static constexpr std::size_t max_rows = most_rows;
  using T = typename place::value_type;
  static constexpr bool one_sample = run == Run::one_sample;
  static constexpr bool training = run == Run::training;

  Rows<const T, place::input_shape::size, place::input_stride> input;
  Rows<T, place::output_shape::size, place::output_stride> output;
  const T* block;
  T* scratch;
  T* saved_data = nullptr;
  Noise noise{};
  T* saved_of_batch = nullptr;
  T* state_data = nullptr;

  template <std::size_t Position>
  constexpr auto parameter() const {
    return place::template parameter<Position>(block);
  }
  constexpr auto saved() const
    requires(place::saved_stride > 0)
  {
    return Rows<T, place::layer::template saved<T, typename place::input_shape>, place::saved_stride>{saved_data,
                                                                                                   output.count};
  }
};

/// What a layer sees while it runs backward, on at most `most_rows` samples.
///   output_gradient  [B, Out], padding zero; may be overwritten
///   input_gradient   [B, In], to be written where `wants_input_gradient`, its padding zero
///   scratch          place::backward_scratch<max_rows, wants_input_gradient> elements
///   sink             takes the gradient of each parameter, see kernels/product/weight_gradient.hpp
///   state_gradient   [B, state], the gradient by the state afterwards, to be made that by the state before; or nullptr
template <class PlaceType, bool wants_input, class SinkType, std::size_t most_rows = 1>
struct BackwardPass {
  using place = PlaceType;
  static constexpr std::size_t max_rows = most_rows;
  using T = typename place::value_type;
  static constexpr bool wants_input_gradient = wants_input;

  Rows<const T, place::input_shape::size, place::input_stride> input;
  Rows<const T, place::output_shape::size, place::output_stride> output;
  Rows<T, place::output_shape::size, place::output_stride> output_gradient;
  Rows<T, place::input_shape::size, place::input_stride> input_gradient;
  const T* block;
  const T* saved_data;
  T* scratch;
  SinkType sink;
  const T* saved_of_batch = nullptr;
  T* state_gradient = nullptr;

  template <std::size_t Position>
  constexpr auto parameter() const {
    return place::template parameter<Position>(block);
  }
  constexpr auto saved() const
    requires(place::saved_stride > 0)
  {
    return Rows<const T, place::layer::template saved<T, typename place::input_shape>, place::saved_stride>{saved_data,
                                                                                                         output.count};
  }
  template <std::size_t Position>
  constexpr auto gradient_sink() const {
    return sink.at(place::template offset<Position>);
  }
};

/// What a layer sees when its statistics follow the batch that forward and backward have seen.
///   saved_of_batch  as forward left it
///   samples         how many there were
template <class PlaceType>
struct StatisticsPass {
  using place = PlaceType;
  using T = typename place::value_type;

  T* block;
  const T* saved_of_batch;
  std::size_t samples;

  template <std::size_t Position>
  constexpr auto parameter() const {
    return place::template parameter<Position>(block);
  }
};

}  // namespace cortexpr
