#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/initializers.hpp>
#include <cortexpr/nn/passes.hpp>
#include <cortexpr/nn/place.hpp>
#include <cortexpr/simd/backend.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

// What a layer says about itself. A layer is a description: an empty type that, given the shape of its input, answers
//
//   static constexpr const char* name;                       // for reports
//   using expects;                                           // Vector, Image or AnyInput, for diagnostics
//   template <class In> using output_shape;                  // Shape<...> of one sample
//   template <class In> using parameters;                    // TypeList<Parameter<...>...>
//   template <class In> static constexpr std::size_t macs;   // multiply-adds for one sample
//   template <class In, class Mismatch> struct Check;        // static_asserts, with sentences
//   template <class Simd> static constexpr void forward(const auto& pass);
//   template <class Simd> static constexpr void backward(const auto& pass);
//   template <class Simd> static constexpr void update_statistics(const auto& pass);  // if it has a Statistic
//
// and, where the defaults of LayerDefaults do not fit, what it saves for the backward pass and the scratch it needs.
// The network gives it a place (Place) and calls it with views of the network's blocks (ForwardPass, BackwardPass).

namespace cortexpr {

/// One array of parameters: its name in the layer, its shape, what it starts from.
template <detail::FixedString Name, class ParameterShape, class InitializerType, Fan fan_of = Fan{1, 1}>
struct Parameter {
  using shape = ParameterShape;
  using initializer = InitializerType;
  static constexpr auto name = Name;
  static constexpr Fan fan = fan_of;
  /// How it lies in memory: as a matrix with a row for each index of the first axis; a vector is one row.
  static constexpr std::size_t rows = shape::rank < 2 ? 1 : extent<shape, 0>;
  static constexpr std::size_t columns = shape::size / rows;
  static constexpr bool trainable = true;
};

/// One array of numbers that belongs to the network like its parameters, but that no optimizer moves: training hands
/// what it has seen to the layer's update_statistics.
template <detail::FixedString Name, class StatisticShape, class InitializerType>
struct Statistic : Parameter<Name, StatisticShape, InitializerType> {
  static constexpr bool trainable = false;
};

/// What most layers answer.
struct LayerDefaults {
  template <class In>
  using parameters = detail::TypeList<>;
  template <class In>
  static constexpr std::size_t macs = 0;
  /// Elements of a sample that forward keeps for backward, besides input and output.
  template <class T, class In>
  static constexpr std::size_t saved = 0;
  /// Elements that it keeps of the batch as a whole.
  template <class T, class In>
  static constexpr std::size_t saved_of_batch = 0;
  /// Elements that forward may write to, for at most so many samples; and backward, with the gradient by the input or,
  /// in the first layer that learns, without.
  template <class T, class In, std::size_t>
  static constexpr std::size_t scratch = 0;
  template <class T, class In, std::size_t, bool>
  static constexpr std::size_t backward_scratch = 0;
  /// Elements that a sequence leaves for what comes after it, when a network runs on a stream.
  template <class T, class In>
  static constexpr std::size_t state = 0;
  /// The output is the input, seen with another shape.
  static constexpr bool is_view = false;
  /// There is nothing to do outside training.
  static constexpr bool only_in_training = false;
  template <class In, class Mismatch>
  struct Check {};
};

/// A layer with this input shape.
template <class Candidate, class In>
concept Layer = requires {
  { Candidate::name } -> std::convertible_to<const char*>;
  typename Candidate::expects;
  typename Candidate::template output_shape<In>;
  typename Candidate::template parameters<In>;
  { Candidate::template macs<In> } -> std::convertible_to<std::size_t>;
  { Candidate::is_view } -> std::convertible_to<bool>;
};

}  // namespace cortexpr
