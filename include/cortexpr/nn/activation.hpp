#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/nn/initializers.hpp>

#include <concepts>
#include <limits>

// An elementwise activation is a struct with two functions of a pack, and a constant that says what the derivative is
// computed from:
//
//   struct Square {
//     static constexpr auto derivative_from = cx::DerivativeFrom::input;
//     template <class Pack> static constexpr Pack value(Pack x) { return x * x; }
//     template <class Pack> static constexpr Pack derivative(Pack x) { return x + x; }
//   };
//
// `derivative` takes y where derivative_from is `output` (tanh' = 1 - y^2), else x. The first costs no memory; for the
// second, training saves the layer's input as well. Optional members:
//
//   using default_initializer = cx::HeNormal;        // of the weights of a layer with this activation
//   static constexpr cx::Clamp clamp{0, 6};          // the activation is min(max(x, 0), 6), and nothing else
//   static auto to_onnx(auto& graph, auto x);        // its nodes in models of ONNX (io/onnx/graph.hpp)
//   static constexpr auto onnx_recurrent = "Tanh";   // its name in ONNX's recurrent operators, which know few
//
// A NaN must stay a NaN, so that training reports it. The packs' min and max return their second argument if one is a
// NaN, so the bound is the first argument.

namespace cortexpr {

enum class DerivativeFrom { output, input };

/// The bounds of an activation that only clamps its input.
struct Clamp {
  float lowest = -std::numeric_limits<float>::infinity();
  float highest = std::numeric_limits<float>::infinity();
};

/// An activation that works on each element alone.
template <class Candidate>
concept ElementwiseActivation = requires { Candidate::derivative_from; };

/// An activation that works on a whole row, as Softmax does.
template <class Candidate>
concept RowActivation = requires { requires Candidate::works_on_rows; };

template <class Candidate>
concept AnyActivation = ElementwiseActivation<Candidate> || RowActivation<Candidate>;

/// An activation that is min(max(x, clamp.lowest), clamp.highest): Linear, Relu, Relu6. Quantized layers clamp their
/// sums and need no table for it.
template <class Candidate>
concept Clamping = requires { requires std::same_as<decltype(Candidate::clamp), const Clamp>; };

namespace detail {

struct FromOutput {
  static constexpr auto derivative_from = DerivativeFrom::output;
};
struct FromInput {
  static constexpr auto derivative_from = DerivativeFrom::input;
};

/// A number as a pack. Always inline, so that the conversion from double happens in the compiler also at -O0.
template <class Pack>
CORTEXPR_INLINE constexpr Pack constant(auto value) {
  return Pack::broadcast(static_cast<typename Pack::value_type>(value));
}

template <class ActivationType>
struct DefaultInitializer {
  using type = GlorotNormal;
};
template <class ActivationType>
  requires requires { typename ActivationType::default_initializer; }
struct DefaultInitializer<ActivationType> {
  using type = typename ActivationType::default_initializer;
};

}  // namespace detail

/// The initializer of weights whose layer does not name one.
template <class ActivationType>
using DefaultInitializer = typename detail::DefaultInitializer<ActivationType>::type;

}  // namespace cortexpr
