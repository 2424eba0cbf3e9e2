#pragma once

#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/recurrent_layer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace cortexpr {

namespace detail {

/// The gates i, f, g, o. State: h, c. Kept: i, f, g, o and tanh(c).
struct LstmCell {
  static constexpr std::size_t gates = 4, states = 2, saved = 5, gate_gradients = 4;
  static constexpr std::array<std::size_t, gates> input_gate_gradients{0, 1, 2, 3}, recurrent_gate_gradients = input_gate_gradients;

  template <class Pack>
  CORTEXPR_INLINE static constexpr void forward(const Pack (&input)[gates], const Pack (&recurrent)[gates],
                                                const Pack (&before)[states], Pack (&after)[states],
                                                Pack (&keep)[saved]) {
    keep[0] = gate(input[0] + recurrent[0]);
    keep[1] = gate(input[1] + recurrent[1]);
    keep[2] = math::tanh(input[2] + recurrent[2]);
    keep[3] = gate(input[3] + recurrent[3]);
    after[1] = fma(keep[1], before[1], keep[0] * keep[2]);
    keep[4] = math::tanh(after[1]);
    after[0] = keep[3] * keep[4];
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void backward(const Pack (&keep)[saved], const Pack (&before)[states],
                                                 const Pack (&)[states], Pack (&carry)[states], Pack (&slope)[gate_gradients]) {
    const auto& [i, f, g, o, squashed] = keep;
    const Pack by_cell = fma(carry[0] * o, Tanh::derivative(squashed), carry[1]);
    slope[0] = by_cell * g * Sigmoid::derivative(i);
    slope[1] = by_cell * before[1] * Sigmoid::derivative(f);
    slope[2] = by_cell * i * Tanh::derivative(g);
    slope[3] = carry[0] * squashed * Sigmoid::derivative(o);
    carry[0] = Pack::zero();
    carry[1] = by_cell * f;
  }
};

/// 1 for the forget gate, which so begins by remembering; else 0.
/// Source: Jozefowicz et al., "An empirical exploration of recurrent network architectures", 2015.
template <std::size_t Units>
struct ForgetBias {
  template <class T>
  static constexpr T sample(const Random&, std::uint64_t index, Fan) {
    return index / Units == 1 ? T(1) : T(0);
  }
};

}  // namespace detail

/// A long short-term memory, for every step of a sequence:
///     i = sigmoid(x W_i + b_i + h U_i + c_i), and so f and o,   g = tanh(x W_g + b_g + h U_g + c_g),
///     c = f c + i g,   h = o tanh(c), from h = c = 0
/// as in PyTorch. Options, in any order: ReturnSequences, an initializer for W, RecurrentInitializer for U. b_f starts
/// from 1.
/// Shapes:  x [B, T, F], time first (after a Conv1D, [C, T], put Permute<1, 0>) -> y [B, Units], the last h, or with
///          ReturnSequences [B, T, Units]; of the gates i, f, g, o one after the other: input_weight [4 F, Units],
///          recurrent_weight [4 Units, Units], input_bias [4, Units], recurrent_bias [4, Units]
/// Cost:    B*T*4*Units*(F + Units) multiply-adds forward, twice that backward
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
    static_assert(detail::TimeFirst<In>::fits,
                  "Lstm: the input must be a sequence [T, F]; put Reshape before it, or Permute<1, 0> after a Conv1D");
  };
};

static_assert(Layer<Lstm<2>, Shape<5, 3>>, "Lstm: must satisfy the layer concept");

}  // namespace cortexpr
