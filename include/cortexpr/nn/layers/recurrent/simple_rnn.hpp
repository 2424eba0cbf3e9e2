#pragma once

#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/layers/recurrent/recurrent_layer.hpp>

#include <array>
#include <cstddef>

namespace cortexpr {

namespace detail {

/// One gate, which is the output; state h. It saves the sum in the gate, if the activation's derivative needs it.
template <ElementwiseActivation ActivationType>
struct SimpleCell {
  static constexpr bool saves_input = ActivationType::derivative_from == DerivativeFrom::input;
  static constexpr std::size_t gates = 1, states = 1, saved = saves_input ? 1 : 0, gate_gradients = 1;
  static constexpr std::array<std::size_t, gates> input_gate_gradients{0}, recurrent_gate_gradients{0};

  static constexpr std::array<std::size_t, gates> onnx_gates{0};
  static auto to_onnx(auto& graph, auto... inputs) {
    static_assert(
        requires { ActivationType::onnx_recurrent; },
        "onnx::save: ONNX's RNN must know the activation of SimpleRnn; take Tanh, Relu, Sigmoid, Elu or Softplus");
    return graph.node("RNN", {inputs...}).set_list("activations", ActivationType::onnx_recurrent);
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void forward(const Pack (&input)[gates], const Pack (&recurrent)[gates],
                                                const Pack (&)[states], Pack (&after)[states], Pack (&saved_rows)[1]) {
    auto& [z] = saved_rows;
    auto& [h] = after;
    z = input[0] + recurrent[0];
    h = ActivationType::value(z);
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void backward(const Pack (&saved_rows)[1], const Pack (&)[states],
                                                 const Pack (&after)[states], Pack (&carry)[states],
                                                 Pack (&gradients)[gate_gradients]) {
    auto& [dz] = gradients;
    auto& [dh] = carry;
    dz = dh * ActivationType::derivative(saves_input ? saved_rows[0] : after[0]);
    dh = Pack::zero();
  }
};

struct ElementwiseKind {
  template <class Option>
  static constexpr bool has = ElementwiseActivation<Option>;
};

}  // namespace detail

/// A simple recurrent layer (Elman). For each step of a sequence h = activation(x W + b + h U + c), from h = 0.
/// Options, in any order: an elementwise activation (default Tanh), ReturnSequences, an initializer for W,
/// RecurrentInitializer for U.
/// Shapes:  x [B, Steps, F] (put Permute<1, 0> after a Conv1D, which gives [C, Steps]) -> y [B, Units], the last h, or
///          with ReturnSequences [B, Steps, Units]; input_weight [F, Units], recurrent_weight [Units, Units],
///          input_bias [1, Units], recurrent_bias [1, Units]
/// Cost:    B*Steps*Units*(F + Units) multiply-adds forward, twice that backward
/// Errors:  compile time: the input is no sequence
/// Source:  Elman, "Finding structure in time", 1990.
template <std::size_t Units, class... Options>
struct SimpleRnn : detail::RecurrentLayer<detail::SimpleCell<detail::Pick<detail::ElementwiseKind, Tanh, Options...>>,
                                          Units, Zeros, Options...> {
  static_assert(Units > 0, "SimpleRnn: there must be at least one unit");
  static_assert(detail::OptionsOf<detail::ElementwiseKind, detail::ReturnSequencesKind, detail::InitializerKind,
                                  detail::RecurrentInitializerKind>::template fit<Options...>,
                "SimpleRnn: after the units come an elementwise activation, ReturnSequences, an initializer and "
                "RecurrentInitializer, each at most once");
  static constexpr const char* name = "SimpleRnn";

  template <class In, class Mismatch>
  struct Check {
    static_assert(
        detail::SequenceExtents<In>::fits,
        "SimpleRnn: the input must be a sequence [Steps, F]; put Reshape before it, or Permute<1, 0> after a Conv1D");
  };
};

CORTEXPR_CHECK_LAYER(SimpleRnn<2>::Bound<float, Shape<5, 3>>);

}  // namespace cortexpr
