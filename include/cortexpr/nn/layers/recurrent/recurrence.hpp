#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/recurrent/step.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <type_traits>

// Forward through the steps of a sequence. What a recurrent layer does between its gates is a Cell, which works on packs
// of columns:
//
//   static constexpr std::size_t gates;    // each sums products of the input and products of the output of the step before
//   static constexpr std::size_t states;   // rows of the state; the first one is the output
//   static constexpr std::size_t saved;    // rows that forward saves of a step for backward
//   static constexpr std::size_t gate_gradients;  // rows of gradients by the sums that enter the gates:
//   static constexpr std::array<std::size_t, gates> input_gate_gradients, recurrent_gate_gradients;   // the row of each gate's sum
//   template <class Pack> static constexpr void forward(const Pack (&input)[gates], const Pack (&recurrent)[gates],
//       const Pack (&before)[states], Pack (&after)[states], Pack (&keep)[saved]);
//   template <class Pack> static constexpr void backward(const Pack (&keep)[saved], const Pack (&before)[states],
//       const Pack (&after)[states], Pack (&carry)[states], Pack (&gradients)[gate_gradients]);
//
// in: `carry` is the gradient by the state after the step; out: the part of the gradient by the state before the step
// that does not go through the products. `Bound` is the bound layer of recurrent_layer.hpp.

namespace cortexpr::detail {

/// Calls action(number of samples, first sample) until all `count` samples are done: for as many samples at a time as
/// the kernels take, then for the remaining ones. The number is an integral constant.
template <class Simd, class Action>
CORTEXPR_INLINE constexpr void for_each_group(std::size_t count, Action action) {
  constexpr std::size_t group = kernels::samples_per_step(Simd::registers);
  const std::size_t whole = count - count % group;
  for (std::size_t first = 0; first < whole; first += group)
    action(std::integral_constant<std::size_t, group>{}, first);
  if constexpr (group > 1)
    for (std::size_t first = whole; first < count; ++first) action(std::integral_constant<std::size_t, 1>{}, first);
}

/// Copies whole packs: loads of what was stored element by element would wait for the stores.
template <class Simd, std::size_t Units, class T>
CORTEXPR_INLINE constexpr void copy_padded_row(const T* from, T* to) {
  using Pack = typename Simd::template pack<T, Units>;
  constexpr std::size_t count = Pack::lanes == 1 ? Units : simd::row_stride<T>(Units);
  kernels::map<Pack, kernels::Rest::none>(from, to, count, [](auto values) { return values; });
}

template <class Simd, class Bound, class T>
CORTEXPR_INLINE constexpr void copy_state(const T* from, T* to) {
  for (std::size_t i = 0; i < Bound::states; ++i)
    copy_padded_row<Simd, Bound::units>(from + i * Bound::stride, to + i * Bound::stride);
}

/// The first state of sample `row`, or of its gradient: one of `states`; nullptr means zeros.
template <class Simd, class Bound, class T>
CORTEXPR_INLINE constexpr void begin_state(const T* states, std::size_t row, T* to) {
  if (states == nullptr)
    kernels::fill(to, Bound::state_size, T(0));
  else
    copy_state<Simd, Bound>(states + row * Bound::state_size, to);
}

/// Forward of `Samples` samples from `row` on, through all steps. Outside training two states are enough, which take
/// turns.
template <std::size_t Samples, class Simd, class Pass>
CORTEXPR_INLINE constexpr void forward_steps(Simd, const Pass& pass, std::size_t row) {
  using Bound = typename Pass::bound;
  using T = typename Pass::T;
  constexpr std::size_t size = Bound::state_size;
  constexpr std::size_t distance = Pass::training ? Bound::history_stride : size;
  T* const states = [&] {
    if constexpr (Pass::training)
      return pass[Bound::history][row];
    else
      return pass[Bound::two_states].data;
  }();
  const auto state_at = [&](std::size_t step) {
    return states + (Pass::training ? step * size : step % 2 * Samples * size);
  };
  /// The first row of the state is the output.
  const auto take_output = [&](kernels::StridedSamples<T> after, [[maybe_unused]] std::size_t step) {
    using Pack = typename Simd::template pack<T, Bound::units>;
    for (std::size_t s = 0; s < Samples; ++s)
      if constexpr (Bound::returns_sequences)
        kernels::map<Pack, kernels::Rest::some>(after[s], pass.y[row + s] + step * Bound::units, Bound::units,
                                                [](auto values) { return values; });
      else
        copy_padded_row<Simd, Bound::units>(after[s], pass.y[row + s]);
  };
  const kernels::GateWeights<T, Bound::units, Bound::stride> parameters{
      pass[Bound::input_weight], pass[Bound::recurrent_weight], pass[Bound::input_bias], pass[Bound::recurrent_bias]};
  T* const stream = pass.state == nullptr ? nullptr : pass[Bound::stream].data;

  kernels::StepData<T> data{};
  data.x = {pass.x[row], Pass::link::input_stride};
  data.before = {state_at(0), distance};
  if (Pass::training || stream == nullptr) {
    for (std::size_t s = 0; s < Samples; ++s) begin_state<Simd, Bound>(stream, row + s, state_at(0) + s * distance);
  } else {
    data.before = {stream + row * size, size};
  }

  for (std::size_t step = 0; step < Bound::steps; ++step) {
    data.after = {state_at(step + 1), distance};
    if constexpr (Pass::training) data.saved = {states + Bound::saved_by_step(step), distance};
    kernels::recurrent_step<Simd, typename Bound::cell, Bound::features, Samples, Pass::training>(parameters, data);
    if constexpr (Bound::returns_sequences) take_output(data.after, step);
    data.x.data += Bound::features;
    data.before = {data.after.data, distance};
  }
  if constexpr (!Bound::returns_sequences) take_output(data.after, 0);
  for (std::size_t s = 0; s < Samples; ++s) kernels::clear_padding(pass.y, row + s);
  if (stream != nullptr)
    for (std::size_t s = 0; s < Samples; ++s) copy_state<Simd, Bound>(data.after[s], stream + (row + s) * size);
}

}  // namespace cortexpr::detail
