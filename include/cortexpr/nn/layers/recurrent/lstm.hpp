#pragma once

#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/layers/recurrent/recurrent_layer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace cortexpr {

namespace detail {

/// Gates i, f, g, o; states h, c. It saves i, f, g, o and tanh(c). The gate gradients are those by the sums in the
/// gates.
struct LstmCell {
  static constexpr std::size_t gates = 4, states = 2, saved = 5, gate_gradients = 4;
  static constexpr std::array<std::size_t, gates> input_gate_gradients{0, 1, 2, 3},
      recurrent_gate_gradients = input_gate_gradients;

  static constexpr std::array<std::size_t, gates> onnx_gates{0, 3, 1, 2};  // i, o, f, g
  static auto to_onnx(auto& graph, auto... inputs) { return graph.node("LSTM", {inputs...}); }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void forward(const Pack (&input)[gates], const Pack (&recurrent)[gates],
                                                const Pack (&before)[states], Pack (&after)[states],
                                                Pack (&saved_rows)[saved]) {
    const auto& [x_i, x_f, x_g, x_o] = input;
    const auto& [h_i, h_f, h_g, h_o] = recurrent;
    auto& [h, c] = after;
    auto& [i, f, g, o, tanh_c] = saved_rows;
    i = gate(x_i + h_i);
    f = gate(x_f + h_f);
    g = math::tanh(x_g + h_g);
    o = gate(x_o + h_o);
    c = fma(f, before[1], i * g);
    tanh_c = math::tanh(c);
    h = o * tanh_c;
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void backward(const Pack (&saved_rows)[saved], const Pack (&before)[states],
                                                 const Pack (&)[states], Pack (&carry)[states],
                                                 Pack (&gradients)[gate_gradients]) {
    const auto& [i, f, g, o, tanh_c] = saved_rows;
    auto& [di, df, dg, d_o] = gradients;
    auto& [dh, dc] = carry;
    const Pack dc_after = fma(dh * o, Tanh::derivative(tanh_c), dc);
    di = dc_after * g * Sigmoid::derivative(i);
    df = dc_after * before[1] * Sigmoid::derivative(f);
    dg = dc_after * i * Tanh::derivative(g);
    d_o = dh * tanh_c * Sigmoid::derivative(o);
    dh = Pack::zero();
    dc = dc_after * f;
  }
};

/// Initializes the bias of the forget gate with 1 and the other biases with 0, so that cells keep their state at first.
/// Source: Jozefowicz et al., "An empirical exploration of recurrent network architectures", 2015.
template <std::size_t Units>
struct ForgetBias {
  template <class T>
  static constexpr T sample(const Random&, std::uint64_t index, Fan) {
    return index / Units == 1 ? T(1) : T(0);
  }
};

}  // namespace detail

/// A long short-term memory. For each step of a sequence:
///     i = sigmoid(x W_i + b_i + h U_i + c_i), likewise f and o,   g = tanh(x W_g + b_g + h U_g + c_g),
///     c = f c + i g,   h = o tanh(c), from h = c = 0
/// as in PyTorch. Options, in any order: ReturnSequences, an initializer for W, RecurrentInitializer for U. The
/// initial b_f is 1.
/// Shapes:  x [B, Steps, F] (put Permute<1, 0> after a Conv1D, which gives [C, Steps]) -> y [B, Units], the last h, or
///          with ReturnSequences [B, Steps, Units]; with the gates i, f, g, o one after the other: input_weight [4 F,
///          Units], recurrent_weight [4 Units, Units], input_bias [4, Units], recurrent_bias [4, Units]
/// Cost:    B*Steps*4*Units*(F + Units) multiply-adds forward, twice that backward
/// Errors:  compile time: the input is no sequence
/// Source:  Hochreiter, Schmidhuber, "Long short-term memory", 1997; Gers et al., "Learning to forget", 2000.
template <std::size_t Units, class... Options>
struct Lstm : detail::RecurrentLayer<detail::LstmCell, Units, detail::ForgetBias<Units>, Options...> {
  static_assert(Units > 0, "Lstm: there must be at least one unit");
  static_assert(
      detail::OptionsOf<detail::ReturnSequencesKind, detail::InitializerKind,
                        detail::RecurrentInitializerKind>::template fit<Options...>,
      "Lstm: after the units come ReturnSequences, an initializer and RecurrentInitializer, each at most once");
  static constexpr const char* name = "Lstm";

  template <class In, class Mismatch>
  struct Check {
    static_assert(
        detail::SequenceExtents<In>::fits,
        "Lstm: the input must be a sequence [Steps, F]; put Reshape before it, or Permute<1, 0> after a Conv1D");
  };
};

CORTEXPR_CHECK_LAYER(Lstm<2>::Bound<float, Shape<5, 3>>);

}  // namespace cortexpr
