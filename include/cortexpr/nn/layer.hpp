#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/nn/execution/contexts.hpp>
#include <cortexpr/nn/initializers.hpp>
#include <cortexpr/nn/topology/array_layout.hpp>
#include <cortexpr/nn/topology/arrays.hpp>
#include <cortexpr/nn/topology/bound_layer.hpp>
#include <cortexpr/nn/topology/exchange.hpp>
#include <cortexpr/simd/backend.hpp>

#include <concepts>
#include <cstddef>

// How a layer is defined. In a topology it is a description: an empty type that does not know its input.
// nn/layers/dense.hpp is a good example.
//
//   struct YourLayer : LayerDescription {
//     static constexpr const char* name = "YourLayer";        // for reports
//     using expects = Vector;                                 // Vector, Image, Sequence or AnyInput, for diagnostics
//     template <class In, class Mismatch> struct Check;       // static_asserts about the input, with sentences
//     template <class T, class In> struct Bound;              // the layer for a scalar type and an input shape
//   };
//
// Bound is instantiated before Check, so it must be well-formed for a wrong input too. It derives from
// BoundLayer<T, In, Out>, which has the scalar type and the shapes, and adds
//
//   static constexpr Arrays arrays{...};                      // its arrays (topology/arrays.hpp), if it has any
//   static constexpr std::size_t macs;                        // multiply-adds for one sample, if there are any
//   static constexpr void forward(auto simd, const auto& pass);              // computes y from x
//   static constexpr void backward_output(auto simd, const auto& pass);      // turns dL/dy into dL/dz; optional
//   static constexpr void backward_input(auto simd, const auto& pass);       // computes dx; reads the parameters
//   static constexpr void backward_parameters(auto simd, const auto& pass);  // gives the gradients of parameters away
//   static constexpr void update_statistics(auto simd, const auto& pass);    // if it has a Statistic
//
// execution/contexts.hpp describes `pass`. The functions of backward are called in the order above, backward_input only
// if the gradient by the layer's input is wanted. `simd` is an object of a type of simd/backend.hpp, which selects the
// packs of the kernels. A layer whose outputs are sums of products describes them in `linear_map`
// (topology/linear_map.hpp); a layer that consists of layers lists them in `branches` (layers/composite/). For models of
// ONNX a layer adds its nodes in `static auto to_onnx(auto& graph, auto x)` (io/onnx/graph.hpp).

namespace cortexpr {

/// The base of descriptions, with defaults.
struct LayerDescription {
  using expects = AnyInput;
  template <class In, class Mismatch>
  struct Check {};
};

namespace detail {

// Contexts of a layer with padded rows, which the concepts below call its functions with.
template <class Bound>
using PaddedLink = Link<Bound, simd::row_stride<typename Bound::value_type>(Bound::input_shape::size)>;
template <class Bound>
using AnyForward = ForwardContext<PaddedLink<Bound>, Mode::training, 2>;
template <class Bound>
using AnyBackward = BackwardContext<PaddedLink<Bound>, true, 2>;
template <class Bound>
using AnyParameters = ParametersContext<PaddedLink<Bound>, true, 2, kernels::StoreGradient<typename Bound::value_type>>;

template <class Bound>
concept HasShapes = requires {
  typename Bound::value_type;
  typename Bound::input_shape;
  typename Bound::output_shape;
  Bound::arrays;
  { Bound::macs } -> std::convertible_to<std::size_t>;
};
template <class Bound>
concept HasForward = requires(const AnyForward<Bound>& pass) { Bound::forward(simd::ConstantEvaluated{}, pass); };
template <class Bound>
concept HasBackwardInput =
    requires(const AnyBackward<Bound>& pass) { Bound::backward_input(simd::ConstantEvaluated{}, pass); };
template <class Bound>
concept HasBackwardParameters =
    requires(const AnyParameters<Bound>& pass) { Bound::backward_parameters(simd::ConstantEvaluated{}, pass); };
template <class Bound>
concept HasUpdateStatistics =
    requires(const StatisticsContext<Bound>& pass) { Bound::update_statistics(simd::ConstantEvaluated{}, pass); };

/// Whether a layer has arrays of its own in a region. For a check it takes the compiler less time than LayerMemory.
template <Region region, class... List>
constexpr bool any_in(Arrays<List...>) {
  return (... || (List::region == region && List::columns > 0));
}
template <class Bound, Region region>
inline constexpr bool has_own = any_in<region>(Bound::arrays);

/// Reports each member that a bound layer lacks in a sentence.
template <class Bound>
struct CheckLayer {
  static_assert(HasShapes<Bound>, "Layer: Bound must derive from BoundLayer<T, In, Out>");
  static_assert(Bound::is_view || HasForward<Bound>, "Layer: Bound must have forward(simd, pass), which writes pass.y");
  static_assert(Bound::is_view || CompositeLayer<Bound> || HasBackwardInput<Bound>,
                "Layer: Bound must have backward_input(simd, pass), which writes pass.dx");
  static_assert(
      CompositeLayer<Bound> || !has_own<Bound, Region::parameters> || HasBackwardParameters<Bound>,
      "Layer: Bound has parameters, so it must have backward_parameters(simd, pass), which gives their gradients "
      "to pass.gradient(parameter)");
  static_assert(!has_own<Bound, Region::statistics> || HasUpdateStatistics<Bound>,
                "Layer: Bound has statistics, so it must have update_statistics(simd, pass)");
};

}  // namespace detail

/// A complete bound layer; otherwise the compilation ends with a sentence. The definition of a layer is followed by
///
///     static_assert(cortexpr::Layer<YourLayer::Bound<float, cortexpr::Shape<3>>>);
///
/// In the library it is CORTEXPR_CHECK_LAYER (config.hpp) instead, which checks in the tests only.
template <class Bound>
concept Layer = sizeof(detail::CheckLayer<Bound>) > 0;

}  // namespace cortexpr
