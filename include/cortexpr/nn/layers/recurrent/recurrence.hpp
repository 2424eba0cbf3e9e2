#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/recurrent/reset_step.hpp>
#include <cortexpr/kernels/recurrent/step.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <type_traits>

// The forward pass through the steps of a sequence. The arithmetic of a recurrent layer after the matrix products is a
// Cell, which works on packs of columns:
//
//   static constexpr std::size_t gates;    // each has a sum of products with the input, and a sum of products with the
//                                          // output of the previous step
//   static constexpr std::size_t states;   // rows of the state; the first one is the output
//   static constexpr std::size_t saved;    // rows that forward saves for backward, per step
//   static constexpr std::size_t gate_gradients;   // rows of gradients by the sums; the rows of each gate's two sums are
//   static constexpr std::array<std::size_t, gates> input_gate_gradients, recurrent_gate_gradients;
//   template <class Pack> static constexpr void forward(const Pack (&input)[gates], const Pack (&recurrent)[gates],
//       const Pack (&before)[states], Pack (&after)[states], Pack (&saved_rows)[saved]);
//   template <class Pack> static constexpr void backward(const Pack (&saved_rows)[saved], const Pack (&before)[states],
//       const Pack (&after)[states], Pack (&carry)[states], Pack (&gradients)[gate_gradients]);
//
// `carry` is the gradient by the state after the step on entry, and on return the gradient by the state before the
// step, except for the part that comes through the products. A cell with two stages is described in
// kernels/recurrent/reset_step.hpp. `Bound` is the bound layer of recurrent_layer.hpp.

namespace cortexpr::detail {

/// Calls action(number of samples, first sample) for all `count` samples: for as many at a time as the kernels take,
/// then for single ones. The number of samples is an integral constant.
template <class Simd, class Action>
CORTEXPR_INLINE constexpr void for_each_group(std::size_t count, Action action) {
  constexpr std::size_t group = kernels::samples_per_step(Simd::registers);
  const std::size_t whole = count - count % group;
  for (std::size_t first = 0; first < whole; first += group)
    action(std::integral_constant<std::size_t, group>{}, first);
  if constexpr (group > 1)
    for (std::size_t first = whole; first < count; ++first) action(std::integral_constant<std::size_t, 1>{}, first);
}

/// Copies a row in whole packs. After a copy by elements, loads of packs would wait for the stores.
template <class Simd, std::size_t Units, class T>
CORTEXPR_INLINE constexpr void copy_padded_row(const T* from, T* to) {
  using Pack = typename Simd::template pack<T, Units>;
  constexpr std::size_t count = Pack::lanes == 1 ? Units : simd::row_stride<T>(Units);
  kernels::map<Pack, kernels::Rest::none>(from, to, count, [](auto values) { return values; });
}

/// Copies the state of one sample.
template <class Simd, class Bound, class T>
CORTEXPR_INLINE constexpr void copy_state(const T* from, T* to) {
  for (std::size_t i = 0; i < Bound::states; ++i)
    copy_padded_row<Simd, Bound::units>(from + i * Bound::stride, to + i * Bound::stride);
}

/// Copies the first state of sample `row`, or its gradient, from `states`, where nullptr means zeros.
template <class Simd, class Bound, class T>
CORTEXPR_INLINE constexpr void begin_state(const T* states, std::size_t row, T* to) {
  if (states == nullptr)
    kernels::fill(to, Bound::state_size, T(0));
  else
    copy_state<Simd, Bound>(states + row * Bound::state_size, to);
}

/// Computes all steps of `Samples` samples from `row` on. Training saves the state of each step; inference alternates
/// between two states.
template <std::size_t Samples, class Simd, class Pass>
CORTEXPR_INLINE constexpr void forward_steps(Simd, const Pass& pass, std::size_t row) {
  using Bound = typename Pass::bound;
  using T = typename Pass::T;
  constexpr std::size_t size = Bound::state_size;
  constexpr std::size_t sample_stride = Pass::training ? Bound::history_stride : size;
  T* const states = [&] {
    if constexpr (Pass::training)
      return pass[Bound::history][row];
    else
      return pass[Bound::two_states].data;
  }();
  const auto state_at = [&](std::size_t step) {
    return states + (Pass::training ? step * size : step % 2 * Samples * size);
  };
  // The first row of the state is the output.
  const auto write_output = [&](kernels::StridedSamples<T> after, [[maybe_unused]] std::size_t step) {
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
  data.before = {state_at(0), sample_stride};
  if constexpr (!Pass::training && Bound::resets_before)
    data.saved = {pass[Bound::rows_of_step].data, Bound::cell::saved * Bound::stride};
  if (Pass::training || stream == nullptr) {
    for (std::size_t s = 0; s < Samples; ++s)
      begin_state<Simd, Bound>(stream, row + s, state_at(0) + s * sample_stride);
  } else {
    data.before = {stream + row * size, size};
  }

  for (std::size_t step = 0; step < Bound::steps; ++step) {
    data.after = {state_at(step + 1), sample_stride};
    if constexpr (Pass::training) data.saved = {states + Bound::saved_by_step(step), sample_stride};
    if constexpr (Bound::resets_before)
      kernels::recurrent_step_with_reset<Simd, typename Bound::cell, Bound::features, Samples>(parameters, data);
    else
      kernels::recurrent_step<Simd, typename Bound::cell, Bound::features, Samples, Pass::training>(parameters, data);
    if constexpr (Bound::returns_sequences) write_output(data.after, step);
    data.x.data += Bound::features;
    data.before = {data.after.data, sample_stride};
  }
  if constexpr (!Bound::returns_sequences) write_output(data.after, 0);
  for (std::size_t s = 0; s < Samples; ++s) kernels::clear_padding(pass.y, row + s);
  if (stream != nullptr)
    for (std::size_t s = 0; s < Samples; ++s) copy_state<Simd, Bound>(data.after[s], stream + (row + s) * size);
}

}  // namespace cortexpr::detail
