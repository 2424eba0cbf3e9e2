#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/kernels/recurrent/step.hpp>
#include <cortexpr/nn/layers/recurrent/recurrence.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// The steps of back-propagation through time. `Bound` is the bound layer of recurrent_layer.hpp. The functions are not
// inlined into one, because GCC 12 then keeps fewer values in registers (Lstm<32>: 9 % more instructions backward).

namespace cortexpr::detail {

/// Transposes the weight of each gate.   Shapes: weight [Gates * In, Units] -> to [Gates * Units, In]
template <class Simd, std::size_t Gates, class Weight, class To>
constexpr void transpose_gates(Weight weight, To to) {
  constexpr std::size_t inputs = To::columns, units = Weight::columns;
  for (std::size_t g = 0; g < Gates; ++g)
    kernels::transpose<Simd>(Weight{weight[g * inputs], inputs}, To{to[g * units], units});
}

/// Computes the gate gradients from dy, for all steps of `Samples` samples from `row` on.
template <std::size_t Samples, class Simd, class Pass>
[[gnu::noinline]] constexpr void backward_steps(Simd, const Pass& pass, std::size_t row) {
  using Bound = typename Pass::bound;
  using T = typename Pass::T;
  using Cell = typename Bound::cell;
  constexpr std::size_t size = Bound::state_size, gradient_stride = Bound::gradient_stride;
  const T* const history = pass[Bound::history][row];
  T* const gate_gradients = pass[Bound::gate_gradients][row * Cell::gate_gradients];
  const kernels::StridedSamples<T> carry{pass[Bound::state_gradients].data, size};
  for (std::size_t s = 0; s < Samples; ++s)
    begin_state<Simd, Bound>(pass.state_gradient, pass.first_row + row + s, carry[s]);

  for (std::size_t step = Bound::steps; step-- > 0;) {
    if (Bound::returns_sequences || step == Bound::steps - 1)
      for (std::size_t s = 0; s < Samples; ++s) {
        const T* const dy = pass.dy[row + s] + (Bound::returns_sequences ? step * Bound::units : 0);
        for (std::size_t j = 0; j < Bound::units; ++j) carry[s][j] = carry[s][j] + dy[j];
      }
    const auto saved = [&](std::size_t offset) {
      return kernels::StridedSamples<const T>{history + offset, Bound::history_stride};
    };
    const Rows<const T, Bound::units, Bound::stride> transposed(pass[Bound::transposed_recurrent]);
    const kernels::BackwardStepData<T> data{
        saved(step * size),
        saved((step + 1) * size),
        saved(Bound::saved_by_step(step)),
        carry,
        {gate_gradients + step * Bound::stride, Cell::gate_gradients * gradient_stride}};
    if constexpr (Bound::resets_before)
      kernels::recurrent_backward_step_with_reset<Simd, Cell, gradient_stride, Samples>(transposed, data);
    else
      kernels::recurrent_backward_step<Simd, Cell, gradient_stride, Samples>(transposed, data);
  }
  if (pass.state_gradient != nullptr)
    for (std::size_t s = 0; s < Samples; ++s)
      copy_state<Simd, Bound>(carry[s], pass.state_gradient + (pass.first_row + row + s) * size);
}

/// Computes dx of one sample, for all of its steps.
template <class Simd, class Pass>
[[gnu::noinline]] constexpr void backward_input_of(Simd, const Pass& pass, std::size_t row) {
  using Bound = typename Pass::bound;
  using T = typename Pass::T;
  using Cell = typename Bound::cell;
  constexpr std::size_t features = Bound::features;
  const T* const gate_gradients = pass[Bound::gate_gradients][row * Cell::gate_gradients];
  for_each_group<Simd>(Bound::steps, [&](auto count, std::size_t step) {
    kernels::recurrent_input_gradient<Simd, Cell, Bound::gradient_stride, Bound::units, count>(
        kernels::StridedSamples<const T>{gate_gradients + step * Bound::stride, Bound::stride},
        Rows<const T, features, simd::row_stride<T>(features)>(pass[Bound::transposed_input]),
        pass.dx[row] + step * features);
  });
  kernels::clear_padding(pass.dx, row);
}

/// Adds the gradients of one sample to those of all parameters, step by step.
template <class Simd, class Pass>
[[gnu::noinline]] constexpr void add_parameter_gradients(Simd, const Pass& pass, std::size_t row) {
  using Bound = typename Pass::bound;
  using T = typename Pass::T;
  using Cell = typename Bound::cell;
  constexpr std::size_t features = Bound::features, units = Bound::units, steps = Bound::steps;
  using Gradients = Rows<const T, units, Bound::stride>;
  const auto gradients = pass[Bound::gate_gradients];
  const std::size_t first = row * Cell::gate_gradients;
  const Rows<const T, features, features> x{pass.x[row], steps};
  const T* const history = pass[Bound::history][row];
  const Rows<const T, units, Bound::state_size> before{history, steps};
  const auto sum = [&](auto array, std::size_t array_row) { return kernels::SumGradient<T>{pass[array][array_row]}; };
  for (std::size_t g = 0; g < Bound::gates; ++g) {
    const Gradients of_input{gradients[first + Cell::input_gate_gradients[g]], steps};
    const Gradients of_state{gradients[first + Cell::recurrent_gate_gradients[g]], steps};
    kernels::weight_gradient<Simd>(x, of_input, sum(Bound::input_weight_sums, g * features));
    const auto add_recurrent = [&](auto state) {
      kernels::weight_gradient<Simd>(state, of_state, sum(Bound::recurrent_weight_sums, g * units));
    };
    bool takes_reset_state = false;
    if constexpr (Bound::resets_before) {
      const Rows<const T, units, Cell::saved * Bound::stride> reset_state{
          history + Bound::saved_by_step(0) + Cell::reset_state * Bound::stride, steps};
      takes_reset_state = g == Cell::first_gates;
      if (takes_reset_state) add_recurrent(reset_state);
    }
    if (!takes_reset_state) add_recurrent(before);
    kernels::bias_gradient<Simd>(of_input, sum(Bound::input_bias_sums, g));
    kernels::bias_gradient<Simd>(of_state, sum(Bound::recurrent_bias_sums, g));
  }
}

}  // namespace cortexpr::detail
