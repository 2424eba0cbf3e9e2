#pragma once

#include <cortexpr/core/math.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/recurrent/recurrence.hpp>
#include <cortexpr/nn/layers/recurrent/recurrence_backward.hpp>
#include <cortexpr/nn/options/sequence.hpp>
#include <cortexpr/nn/options/window.hpp>

#include <cstddef>
#include <type_traits>

// The common part of recurrent layers. They differ in their Cell, which recurrence.hpp describes.

namespace cortexpr {

/// An option of recurrent layers: return the output of every step, [Steps, Units], and not only of the last one.
struct ReturnSequences {};

/// An option of recurrent layers: the initializer of the recurrent weights. An initializer without it is for the input
/// weights.
template <AnyInitializer InitializerType>
struct RecurrentInitializer {
  using initializer = InitializerType;
};

namespace detail {

template <class Option>
inline constexpr bool is_recurrent_initializer = false;
template <class InitializerType>
inline constexpr bool is_recurrent_initializer<RecurrentInitializer<InitializerType>> = true;

struct ReturnSequencesKind {
  template <class Option>
  static constexpr bool has = std::is_same_v<Option, ReturnSequences>;
};
struct RecurrentInitializerKind {
  template <class Option>
  static constexpr bool has = is_recurrent_initializer<Option>;
};

/// A recurrent layer. `InputBias` is the initializer of the input bias.
template <class CellType, std::size_t Units, class InputBias, class... Options>
struct RecurrentLayer : LayerDescription {
  using expects = Sequence;
  using initializer = Pick<InitializerKind, GlorotUniform, Options...>;
  using recurrent_initializer =
      typename Pick<RecurrentInitializerKind, RecurrentInitializer<GlorotUniform>, Options...>::initializer;
  static constexpr bool returns_sequences =
      std::is_same_v<Pick<ReturnSequencesKind, void, Options...>, ReturnSequences>;
  template <class In>
  using Output = std::conditional_t<returns_sequences, Shape<SequenceExtents<In>::steps, Units>, Shape<Units>>;

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, Output<In>> {
    using cell = CellType;
    static constexpr bool returns_sequences = RecurrentLayer::returns_sequences;
    static constexpr std::size_t steps = SequenceExtents<In>::steps, features = SequenceExtents<In>::features;
    static constexpr std::size_t units = Units, gates = cell::gates, states = cell::states;
    static constexpr std::size_t rows_at_a_time = kernels::samples_per_step(simd::Native::registers);
    /// Whether a step has two stages (kernels/recurrent/reset_step.hpp).
    static constexpr bool resets_before = requires { cell::reset_state; };

    // The rows of each gate follow those of the gate before it.
    static constexpr Parameter<"input_weight", Shape<gates * features, Units>, initializer, Fan{features, Units}>
        input_weight{};
    static constexpr Parameter<"recurrent_weight", Shape<gates * Units, Units>, recurrent_initializer,
                               Fan{Units, Units}>
        recurrent_weight{};
    static constexpr BiasParameter<"input_bias", Shape<gates, Units>, InputBias> input_bias{};
    static constexpr BiasParameter<"recurrent_bias", Shape<gates, Units>, Zeros> recurrent_bias{};

    /// The elements of a padded row of Units, of a state, and of all states of a sample.
    static constexpr std::size_t stride = simd::row_stride<T>(Units), state_size = states * stride;
    static constexpr std::size_t all_states = (steps + 1) * state_size;
    /// The state before the first step and after each step, then the rows that the cell saves of each step.
    static constexpr Saved<"history", all_states + steps * cell::saved * stride> history{};
    static constexpr std::size_t history_stride = simd::row_stride<T>(history.columns);
    static constexpr std::size_t saved_by_step(std::size_t step) { return all_states + step * cell::saved * stride; }

    static constexpr StreamState<"stream", states, Units> stream{};
    static constexpr Scratch<"two_states", 2 * rows_at_a_time * states, Units> two_states{};
    /// What the first stage of a step saves for the second, in inference.
    static constexpr Scratch<"rows_of_step", resets_before ? rows_at_a_time * cell::saved : 0, Units> rows_of_step{};

    /// The gradients by the sums in the gates. A row holds all steps.
    static constexpr Carried<"gate_gradients", cell::gate_gradients, steps * stride> gate_gradients{};
    static constexpr std::size_t gradient_stride = simd::row_stride<T>(gate_gradients.columns);
    /// The gradients by the state between two steps, for the samples that are processed together.
    static constexpr BackwardScratch<"state_gradients", rows_at_a_time * states, Units> state_gradients{};
    static constexpr BackwardScratch<"transposed_recurrent", gates * Units, Units> transposed_recurrent{};
    static constexpr InputGradientScratch<"transposed_input", gates * Units, features> transposed_input{};
    // The gradients of the parameters, summed over the samples.
    static constexpr BackwardScratch<"input_weight_sums", gates * features, Units> input_weight_sums{};
    static constexpr BackwardScratch<"recurrent_weight_sums", gates * Units, Units> recurrent_weight_sums{};
    static constexpr BackwardScratch<"input_bias_sums", gates, Units> input_bias_sums{};
    static constexpr BackwardScratch<"recurrent_bias_sums", gates, Units> recurrent_bias_sums{};

    static constexpr Arrays arrays{input_weight,
                                   recurrent_weight,
                                   input_bias,
                                   recurrent_bias,
                                   history,
                                   stream,
                                   two_states,
                                   rows_of_step,
                                   gate_gradients,
                                   state_gradients,
                                   transposed_recurrent,
                                   input_weight_sums,
                                   recurrent_weight_sums,
                                   input_bias_sums,
                                   recurrent_bias_sums,
                                   transposed_input};
    static constexpr Exchange exchange(decltype(input_weight)) { return {.name = "weight_ih_l0", .transposed = gates}; }
    static constexpr Exchange exchange(decltype(recurrent_weight)) {
      return {.name = "weight_hh_l0", .transposed = gates};
    }
    static constexpr Exchange exchange(decltype(input_bias)) { return {.name = "bias_ih_l0", .is_flat = true}; }
    static constexpr Exchange exchange(decltype(recurrent_bias)) { return {.name = "bias_hh_l0", .is_flat = true}; }
    static constexpr std::size_t macs = steps * gates * Units * (features + Units);

    template <class Simd, class Pass>
    static constexpr void forward(Simd simd, const Pass& pass) {
      if constexpr (Pass::one_sample)
        forward_steps<1>(simd, pass, 0);
      else
        for_each_group<Simd>(pass.x.count,
                             [&](auto samples, std::size_t row) { forward_steps<samples>(simd, pass, row); });
    }

    /// Computes the gate gradients.
    template <class Simd>
    static constexpr void backward_output(Simd simd, const auto& pass) {
      if (pass.is_first) transpose_gates<Simd, gates>(pass[recurrent_weight], pass[transposed_recurrent]);
      for_each_group<Simd>(pass.x.count,
                           [&](auto samples, std::size_t row) { backward_steps<samples>(simd, pass, row); });
    }

    template <class Simd>
    static constexpr void backward_input(Simd simd, const auto& pass) {
      if (pass.is_first) transpose_gates<Simd, gates>(pass[input_weight], pass[transposed_input]);
      for (std::size_t row = 0; row < pass.x.count; ++row) backward_input_of(simd, pass, row);
    }

    template <class Simd>
    static constexpr void backward_parameters(Simd simd, const auto& pass) {
      using Pack = typename Simd::template pack<T, simd::native_lanes<T>>;
      if (pass.is_first)
        for_each_parameter([&](auto parameter, auto sums, std::size_t elements) {
          kernels::begin_sums<Pack>(pass.gradient(parameter), pass[sums].data, elements);
        });
      for (std::size_t row = 0; row < pass.x.count; ++row) add_parameter_gradients(simd, pass, row);
      if (pass.is_last)
        for_each_parameter([&](auto parameter, auto sums, std::size_t elements) {
          kernels::end_sums<Pack>(pass.gradient(parameter), pass[sums].data, elements);
        });
    }

    static auto to_onnx(auto& graph, auto x) {
      const auto steps_first = graph.node("Transpose", {x}).set("perm", {1, 0, 2});
      const auto w = graph.gates("weight_ih_l0", {1, gates * Units, features}, cell::onnx_gates, input_weight);
      const auto r = graph.gates("weight_hh_l0", {1, gates * Units, Units}, cell::onnx_gates, recurrent_weight);
      const auto b = graph.gates("bias_l0", {1, 2 * gates * Units}, cell::onnx_gates, input_bias, recurrent_bias);
      const auto y = cell::to_onnx(graph, steps_first, w, r, b).set("hidden_size", Units);
      if constexpr (returns_sequences) {
        const auto one_direction = graph.node("Squeeze", {y, graph.integers({1})});
        return graph.node("Transpose", {one_direction}).set("perm", {1, 0, 2});
      } else {
        return graph.node("Squeeze", {y.output(1), graph.integers({0})});
      }
    }

   private:
    /// Calls action(parameter, array of sums, number of elements with padding) for each parameter.
    template <class Action>
    static constexpr void for_each_parameter(const Action& action) {
      action(input_weight, input_weight_sums, simd::block_size<T>(gates * features, Units));
      action(recurrent_weight, recurrent_weight_sums, simd::block_size<T>(gates * Units, Units));
      action(input_bias, input_bias_sums, simd::block_size<T>(gates, Units));
      action(recurrent_bias, recurrent_bias_sums, simd::block_size<T>(gates, Units));
    }
  };
};

/// The sigmoid of a gate, 1 / (1 + exp(-x)), computed as (1 + tanh(x / 2)) / 2. In float the absolute error is at most
/// 1e-7, and it needs no division.
template <class Pack>
CORTEXPR_INLINE constexpr Pack gate(Pack x) {
  const Pack half = constant<Pack>(0.5);
  return fma(half, math::tanh(half * x), half);
}

}  // namespace detail
}  // namespace cortexpr
