#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/initializers.hpp>
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
//
// and, where the defaults of LayerDefaults do not fit, what it saves for the backward pass and the scratch it needs.
// The network gives it a place (Place) and calls it with views of the network's blocks (ForwardPass, BackwardPass).

namespace cortexpr {

/// One array of parameters: its name in the layer, its shape, what it starts from.
template <FixedString Name, class ParameterShape, class InitializerType, Fan fan_of = Fan{1, 1}>
struct Parameter {
  using shape = ParameterShape;
  using initializer = InitializerType;
  static constexpr auto name = Name;
  static constexpr Fan fan = fan_of;
  static constexpr std::size_t columns = last_extent<shape>;
  static constexpr std::size_t rows = shape::size / columns;
};

/// What most layers answer.
struct LayerDefaults {
  template <class In>
  using parameters = TypeList<>;
  template <class In>
  static constexpr std::size_t macs = 0;
  /// Elements of a sample that forward keeps for backward, besides input and output.
  template <class In>
  static constexpr std::size_t saved = 0;
  /// Elements that backward may write to, whatever the batch.
  template <class T, class In>
  static constexpr std::size_t scratch = 0;
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

/// A layer at its place in a network: its index, its shapes, and where its parameters lie in the network's block.
template <class T, std::size_t Index, class LayerType, class In, std::size_t InputStride, std::size_t Offset>
struct Place {
  using value_type = T;
  using layer = LayerType;
  using input_shape = In;
  using output_shape = typename LayerType::template output_shape<In>;
  using parameters = typename LayerType::template parameters<In>;
  static constexpr std::size_t index = Index;
  static constexpr std::size_t input_stride = InputStride;
  static constexpr std::size_t output_stride =
      LayerType::is_view || LayerType::only_in_training ? InputStride : simd::row_stride<T>(output_shape::size);
  static constexpr std::size_t saved_stride =
      LayerType::template saved<In> == 0 ? 0 : simd::row_stride<T>(LayerType::template saved<In>);
  static constexpr std::size_t scratch = LayerType::template scratch<T, In>;

  template <class One>
  static constexpr std::size_t elements = simd::block_size<T>(One::rows, One::columns);

  static constexpr std::size_t parameter_begin = Offset;
  static constexpr std::size_t parameter_end = []<class... One>(TypeList<One...>) {
    return (Offset + ... + elements<One>);
  }(parameters{});
  static constexpr std::size_t parameter_count = []<class... One>(TypeList<One...>) {
    return (std::size_t{0} + ... + One::shape::size);
  }(parameters{});

  /// Where the parameter of this position begins in the network's block.
  template <std::size_t Position>
  static constexpr std::size_t offset = [] {
    std::size_t result = Offset;
    for_each_index<Position>([&]<std::size_t I>() { result += elements<At<parameters, I>>; });
    return result;
  }();

  template <std::size_t Position, class Scalar>
  static constexpr auto parameter(Scalar* block) {
    using One = At<parameters, Position>;
    return Rows<Scalar, One::columns, simd::row_stride<T>(One::columns)>{block + offset<Position>, One::rows};
  }
};

/// Where the random numbers of a training step come from: masks are a function of the seed, the step, the layer and
/// the sample's position in the batch.
struct Noise {
  Seed seed;
  std::uint64_t step = 0;
  std::size_t first_sample = 0;
};

/// What a forward pass is for.
enum class Run { one_sample, batch, training };

/// What a layer sees while it runs forward.
///   input      [B, In]
///   output     [B, Out], to be written, padding included
///   saved      [B, saved], to be written, in training only
template <class PlaceType, Run run>
struct ForwardPass {
  using place = PlaceType;
  using T = typename place::value_type;
  static constexpr bool one_sample = run == Run::one_sample;
  static constexpr bool training = run == Run::training;

  Rows<const T, place::input_shape::size, place::input_stride> input;
  Rows<T, place::output_shape::size, place::output_stride> output;
  const T* block;
  T* saved_data = nullptr;
  Noise noise{};

  template <std::size_t Position>
  constexpr auto parameter() const {
    return place::template parameter<Position>(block);
  }
  constexpr auto saved() const
    requires(place::saved_stride > 0)
  {
    return Rows<T, place::layer::template saved<typename place::input_shape>, place::saved_stride>{saved_data,
                                                                                                   output.count};
  }
};

/// What a layer sees while it runs backward.
///   output_gradient  [B, Out], padding zero; may be overwritten
///   input_gradient   [B, In], to be written where `wants_input_gradient`, its padding zero
///   scratch          place::scratch elements
///   sink             takes the gradient of each parameter, see kernels/weight_gradient.hpp
template <class PlaceType, bool wants_input, class SinkType>
struct BackwardPass {
  using place = PlaceType;
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

  template <std::size_t Position>
  constexpr auto parameter() const {
    return place::template parameter<Position>(block);
  }
  constexpr auto saved() const
    requires(place::saved_stride > 0)
  {
    return Rows<const T, place::layer::template saved<typename place::input_shape>, place::saved_stride>{saved_data,
                                                                                                         output.count};
  }
  template <std::size_t Position>
  constexpr auto gradient_sink() const {
    return sink.at(place::template offset<Position>);
  }
};

}  // namespace cortexpr
