#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/rows.hpp>
#include <cortexpr/kernels/recurrent/step.hpp>

#include <array>
#include <cstddef>

// One time step of a cell whose last gate is multiplied with a product of the state and another gate, the reset gate, and
// not with the state itself. The products of that gate need all columns of the reset gate, so a step has two stages. The
// interface of such a cell (ResetBeforeCell in nn/layers/recurrent/gru.hpp):
//
//   static constexpr std::size_t first_gates;   // the gates of the first stage; one follows
//   static constexpr std::size_t reset_state;   // the saved row that the last gate is multiplied with
//   template <class Pack> static constexpr void forward_first(input, recurrent, before, saved_rows);
//   template <class Pack> static constexpr void forward_last(input, recurrent, before, after, saved_rows);
//   template <class Pack> static constexpr void backward_last(saved_rows, before, carry, gradients);
//   template <class Pack> static constexpr void backward_first(product, saved_rows, before, carry, gradients);
//
// with arrays of packs as in nn/layers/recurrent/recurrence.hpp. `product` is the gradient by the reset state.

namespace cortexpr::kernels {

/// One step of `Samples` samples. Writes `saved` also in inference, because the second stage reads it.
/// Shapes:  x [Samples, In] -> after [Samples, Cell::states, Stride]
/// Cost:    Samples * Cell::gates * Units * (In + Units) multiply-adds
template <class Simd, class Cell, std::size_t In, std::size_t Samples, class T, std::size_t Units, std::size_t Stride>
CORTEXPR_INLINE constexpr void recurrent_step_with_reset(const GateWeights<T, Units, Stride>& weights,
                                                         const StepData<T>& data) {
  using Pack = typename Simd::template pack<T, Units>;
  constexpr std::size_t first = Cell::first_gates;
  const StridedSamples<const T> reset_state{data.saved.data + Cell::reset_state * Stride, data.saved.stride};
  for (std::size_t column = 0; column < Units; column += Pack::lanes) {
    Pack input[Samples][first], recurrent[Samples][first];
    gate_sums<Simd, In, 0>(weights, data.x, data.before, column, input, recurrent);
    CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Samples; ++s) {
      Pack before[Cell::states], saved[Cell::saved]{};
      load_packs<Cell::states, Stride>(data.before[s] + column, before);
      Cell::forward_first(input[s], recurrent[s], before, saved);
      store_packs<Cell::saved, Stride>(saved, data.saved[s] + column);
    }
  }
  for (std::size_t column = 0; column < Units; column += Pack::lanes) {
    Pack input[Samples][1], recurrent[Samples][1];
    gate_sums<Simd, In, first>(weights, data.x, reset_state, column, input, recurrent);
    CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Samples; ++s) {
      Pack before[Cell::states], after[Cell::states], saved[Cell::saved];
      load_packs<Cell::states, Stride>(data.before[s] + column, before);
      load_packs<Cell::saved, Stride>(data.saved[s] + column, saved);
      Cell::forward_last(input[s], recurrent[s], before, after, saved);
      store_packs<Cell::states, Stride>(after, data.after[s] + column);
      store_packs<Cell::saved, Stride>(saved, data.saved[s] + column);
    }
  }
}

/// The backward pass of one step. `transposed` holds the transposed recurrent weights, gate by gate.
/// Shapes:  transposed [Cell::gates * Units, Units], carry [Samples, Cell::states, Stride] ->
///          gate_gradients [Samples, Cell::gate_gradients, GateStride]
/// Cost:    Samples * Cell::gates * Units * Units multiply-adds
template <class Simd, class Cell, std::size_t GateStride, std::size_t Samples, class T, std::size_t Units,
          std::size_t Stride>
CORTEXPR_INLINE constexpr void recurrent_backward_step_with_reset(Rows<const T, Units, Stride> transposed,
                                                                  const BackwardStepData<T>& data) {
  using Pack = typename Simd::template pack<T, Units>;
  constexpr std::size_t first = Cell::first_gates;
  // Applies `formula`(sample, column, saved, before, carry, gradients) to one pack of columns of each sample.
  const auto update = [&](std::size_t column, auto formula) CORTEXPR_INLINE_LAMBDA {
    for (std::size_t s = 0; s < Samples; ++s) {
      Pack before[Cell::states], saved[Cell::saved], carry[Cell::states], gradients[Cell::gate_gradients];
      load_packs<Cell::states, Stride>(data.before[s] + column, before);
      load_packs<Cell::saved, Stride>(data.saved[s] + column, saved);
      load_packs<Cell::states, Stride>(data.carry[s] + column, carry);
      load_packs<Cell::gate_gradients, GateStride>(data.gate_gradients[s] + column, gradients);
      formula(s, saved, before, carry, gradients);
      store_packs<Cell::states, Stride>(carry, data.carry[s] + column);
      store_packs<Cell::gate_gradients, GateStride>(gradients, data.gate_gradients[s] + column);
    }
  };
  for (std::size_t column = 0; column < Units; column += Pack::lanes)
    update(column, [](std::size_t, const auto& saved, const auto& before, auto& carry, auto& gradients) {
      Cell::backward_last(saved, before, carry, gradients);
    });
  const StridedSamples<const T> gradients{data.gate_gradients.data, data.gate_gradients.stride};
  for (std::size_t column = 0; column < Units; column += Pack::lanes) {
    Pack product[Samples][1]{};
    add_gate_products<Units, gate_chains<Simd, Units, Samples, 1>>(
        gradients, std::array<std::size_t, 1>{Cell::recurrent_gate_gradients[first] * GateStride},
        Rows<const T, Units, Stride>{transposed[first * Units]}, column, product);
    update(column, [&](std::size_t s, const auto& saved, const auto& before, auto& carry, auto& gradients_of_sample) {
      Cell::backward_first(product[s][0], saved, before, carry, gradients_of_sample);
    });
  }
  add_state_products<Simd, Cell, GateStride, first, Samples>(transposed, data);
}

}  // namespace cortexpr::kernels
