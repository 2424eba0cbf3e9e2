#pragma once

#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/layers/recurrent/recurrent_layer.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace cortexpr {

/// An option of Gru: the reset gate is multiplied with the state before the product, n = tanh(x W_n + b_n + (r h) U_n +
/// c_n), as ONNX computes with linear_before_reset 0 and Keras with reset_after=False.
struct ResetBefore {};

namespace detail {

struct ResetBeforeKind {
  template <class Option>
  static constexpr bool has = std::is_same_v<Option, ResetBefore>;
};

/// Gates r, z, n; state h. It saves r, z, n and h U_n + c_n, the recurrent sum of n. The gate gradients are those by
/// the sums in r, z and n, and by the recurrent sum of n, which r is multiplied with.
struct GruCell {
  static constexpr std::size_t gates = 3, states = 1, saved = 4, gate_gradients = 4;
  static constexpr std::array<std::size_t, gates> input_gate_gradients{0, 1, 2}, recurrent_gate_gradients{0, 1, 3};

  static constexpr std::array<std::size_t, gates> onnx_gates{1, 0, 2};  // z, r, n
  static auto to_onnx(auto& graph, auto... inputs) {
    return graph.node("GRU", {inputs...}).set("linear_before_reset", 1);
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void forward(const Pack (&input)[gates], const Pack (&recurrent)[gates],
                                                const Pack (&before)[states], Pack (&after)[states],
                                                Pack (&saved_rows)[saved]) {
    const auto& [x_r, x_z, x_n] = input;
    const auto& [h_r, h_z, h_n] = recurrent;
    auto& [r, z, n, recurrent_n] = saved_rows;
    r = gate(x_r + h_r);
    z = gate(x_z + h_z);
    n = math::tanh(fma(r, h_n, x_n));
    recurrent_n = h_n;
    after[0] = fma(z, before[0] - n, n);
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void backward(const Pack (&saved_rows)[saved], const Pack (&before)[states],
                                                 const Pack (&)[states], Pack (&carry)[states],
                                                 Pack (&gradients)[gate_gradients]) {
    const auto& [r, z, n, recurrent_n] = saved_rows;
    auto& [dr, dz, dn, d_recurrent_n] = gradients;
    auto& [dh] = carry;
    const Pack one = constant<Pack>(1);
    dn = dh * (one - z) * Tanh::derivative(n);
    dr = dn * recurrent_n * Sigmoid::derivative(r);
    dz = dh * (before[0] - n) * Sigmoid::derivative(z);
    d_recurrent_n = dn * r;
    dh = dh * z;
  }
};

/// Gates r, z, n; state h. It saves r, z, n and r h. The interface is that of kernels/recurrent/reset_step.hpp.
struct ResetBeforeCell {
  static constexpr std::size_t gates = 3, states = 1, saved = 4, gate_gradients = 3;
  static constexpr std::array<std::size_t, gates> input_gate_gradients{0, 1, 2}, recurrent_gate_gradients{0, 1, 2};
  static constexpr std::size_t first_gates = 2, reset_state = 3;
  static constexpr std::array<std::size_t, gates> onnx_gates = GruCell::onnx_gates;
  static auto to_onnx(auto& graph, auto... inputs) {
    return graph.node("GRU", {inputs...}).set("linear_before_reset", 0);
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void forward_first(const Pack (&input)[2], const Pack (&recurrent)[2],
                                                      const Pack (&before)[states], Pack (&saved_rows)[saved]) {
    auto& [r, z, n, reset_h] = saved_rows;
    r = gate(input[0] + recurrent[0]);
    z = gate(input[1] + recurrent[1]);
    reset_h = r * before[0];
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void forward_last(const Pack (&input)[1], const Pack (&recurrent)[1],
                                                     const Pack (&before)[states], Pack (&after)[states],
                                                     Pack (&saved_rows)[saved]) {
    auto& [r, z, n, reset_h] = saved_rows;
    n = math::tanh(input[0] + recurrent[0]);
    after[0] = fma(z, before[0] - n, n);
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void backward_last(const Pack (&saved_rows)[saved], const Pack (&before)[states],
                                                      Pack (&carry)[states], Pack (&gradients)[gate_gradients]) {
    const auto& [r, z, n, reset_h] = saved_rows;
    auto& [dr, dz, dn] = gradients;
    auto& [dh] = carry;
    dn = dh * (constant<Pack>(1) - z) * Tanh::derivative(n);
    dz = dh * (before[0] - n) * Sigmoid::derivative(z);
    dh = dh * z;
  }

  template <class Pack>
  CORTEXPR_INLINE static constexpr void backward_first(Pack d_reset_h, const Pack (&saved_rows)[saved],
                                                       const Pack (&before)[states], Pack (&carry)[states],
                                                       Pack (&gradients)[gate_gradients]) {
    const auto& [r, z, n, reset_h] = saved_rows;
    gradients[0] = d_reset_h * before[0] * Sigmoid::derivative(r);
    carry[0] = fma(d_reset_h, r, carry[0]);
  }
};

template <class... Options>
using GruCellFor =
    std::conditional_t<std::is_void_v<Pick<ResetBeforeKind, void, Options...>>, GruCell, ResetBeforeCell>;

}  // namespace detail

/// A gated recurrent unit. For each step of a sequence:
///     r = sigmoid(x W_r + b_r + h U_r + c_r),   z = sigmoid(x W_z + b_z + h U_z + c_z),
///     n = tanh(x W_n + b_n + r (h U_n + c_n)),  h = (1 - z) n + z h, from h = 0
/// as in PyTorch. Options, in any order: ReturnSequences, ResetBefore, an initializer for W, RecurrentInitializer for U.
/// Shapes:  x [B, Steps, F] (put Permute<1, 0> after a Conv1D, which gives [C, Steps]) -> y [B, Units], the last h, or
///          with ReturnSequences [B, Steps, Units]; with the gates r, z, n one after the other: input_weight [3 F,
///          Units], recurrent_weight [3 Units, Units], input_bias [3, Units], recurrent_bias [3, Units]
/// Cost:    B*Steps*3*Units*(F + Units) multiply-adds forward, twice that backward
/// Errors:  compile time: the input is no sequence
/// Source:  Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.
/// Example: examples/08_stream.cpp
template <std::size_t Units, class... Options>
struct Gru : detail::RecurrentLayer<detail::GruCellFor<Options...>, Units, Zeros, Options...> {
  static_assert(Units > 0, "Gru: there must be at least one unit");
  static_assert(detail::OptionsOf<detail::ReturnSequencesKind, detail::ResetBeforeKind, detail::InitializerKind,
                                  detail::RecurrentInitializerKind>::template fit<Options...>,
                "Gru: after the units come ReturnSequences, ResetBefore, an initializer and RecurrentInitializer, each "
                "at most once");
  static constexpr const char* name = "Gru";

  template <class In, class Mismatch>
  struct Check {
    static_assert(
        detail::SequenceExtents<In>::fits,
        "Gru: the input must be a sequence [Steps, F]; put Reshape before it, or Permute<1, 0> after a Conv1D");
  };
};

CORTEXPR_CHECK_LAYER(Gru<2>::Bound<float, Shape<5, 3>>);

}  // namespace cortexpr
