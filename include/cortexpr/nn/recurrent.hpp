#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/recurrent/step.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

// The passes of recurrent layers: a state goes from step to step, and its gradient back through time. What a layer does
// between its gates is a Cell, which works on packs of columns:
//
//   static constexpr std::size_t gates;    // products of the input, and of the state's first row, which is the output
//   static constexpr std::size_t states;   // rows of the state
//   static constexpr std::size_t kept;     // rows that a step keeps for the way back
//   static constexpr std::size_t slopes;   // rows of gradients by what goes into the gates:
//   static constexpr std::size_t input_gate_gradients[gates], recurrent_gate_gradients[gates];   // the row of each gate's product
//   template <class Pack> static constexpr void forward(const Pack (&input)[gates], const Pack (&recurrent)[gates],
//       const Pack (&before)[states], Pack (&after)[states], Pack (&keep)[saved]);
//   template <class Pack> static constexpr void backward(const Pack (&keep)[saved], const Pack (&before)[states],
//       const Pack (&after)[states], Pack (&carry)[states], Pack (&slope)[gate_gradients]);
//
// `carry` is the gradient by the state after the step, and becomes that by the state before it, but for what goes
// through the products.

namespace cortexpr::detail {

/// What a recurrent layer is to its passes, and how its data lie; a sample is [steps, features].
template <class CellType, std::size_t Units, std::size_t Steps, std::size_t Features, bool returns_sequences>
struct Recurrence {
  using Cell = CellType;
  static constexpr std::size_t units = Units, steps = Steps, features = Features;
  static constexpr bool whole_sequence = returns_sequences;

  static constexpr std::size_t together = kernels::samples_per_step(simd::Native::registers);

  template <class T>
  static constexpr std::size_t stride = simd::row_stride<T>(Units);
  template <class T>
  static constexpr std::size_t state = Cell::states * stride<T>;
  /// The state before the first step and after each, then what each step keeps.
  template <class T>
  static constexpr std::size_t saved = ((Steps + 1) * Cell::states + Steps * Cell::saved) * stride<T>;
  /// Two states for each sample, which take turns.
  template <class T>
  static constexpr std::size_t scratch = 2 * together * state<T>;
  /// Where the rows that a step kept begin in what is saved of a sample: after the states.
  template <class T>
  static constexpr std::size_t kept_offset(std::size_t step) {
    return ((Steps + 1) * Cell::states + step * Cell::saved) * stride<T>;
  }

  /// Calls action.template operator()<Count>(first) for all of `count` samples, some of them together.
  template <class Simd, class Action>
  CORTEXPR_INLINE static constexpr void in_groups(std::size_t count, Action action) {
    constexpr std::size_t group = kernels::samples_per_step(Simd::registers);
    const std::size_t whole = count - count % group;
    for (std::size_t first = 0; first < whole; first += group) action.template operator()<group>(first);
    if constexpr (group > 1)
      for (std::size_t first = whole; first < count; ++first) action.template operator()<1>(first);
  }

  /// Whole packs: a load of what was stored in pieces would have to wait for them.
  template <class Simd, class T>
  CORTEXPR_INLINE static constexpr void copy_padded_row(const T* from, T* to) {
    using Pack = typename Simd::template pack<T, Units>;
    constexpr std::size_t count = Pack::lanes == 1 ? Units : stride<T>;
    kernels::map<Pack, kernels::Rest::none>(from, to, count, [](auto values) { return values; });
  }
  template <class Simd, class T>
  CORTEXPR_INLINE static constexpr void copy_state(const T* from, T* to) {
    for (std::size_t i = 0; i < Cell::states; ++i) copy_padded_row<Simd>(from + i * stride<T>, to + i * stride<T>);
  }

  /// A state of this sample, where there are any, or else zeros.
  template <class Simd, class T>
  CORTEXPR_INLINE static constexpr void begin_state(const T* states, std::size_t row, T* to) {
    if (states == nullptr)
      kernels::fill(to, state<T>, T(0));
    else
      copy_state<Simd>(states + row * state<T>, to);
  }
};

/// The pass forward of a Recurrence.
template <class Layout>
struct RecurrenceForward {
  using Cell = typename Layout::Cell;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    if constexpr (Pass::one_sample)
      forward_group<Simd, 1>(pass, 0);
    else
      Layout::template in_groups<Simd>(
          pass.input.count, [&]<std::size_t Samples>(std::size_t row) { forward_group<Simd, Samples>(pass, row); });
  }

 private:
  /// `Samples` samples from `row` on, through all steps. Without training two states are enough, which take turns.
  template <class Simd, std::size_t Samples, class Pass>
  CORTEXPR_INLINE static constexpr void forward_group(const Pass& pass, std::size_t row) {
    using T = typename Pass::T;
    constexpr std::size_t size = Layout::template state<T>;
    constexpr std::size_t distance = Pass::training ? Pass::place::saved_stride : size;
    T* const states = Pass::training ? pass.saved_data + row * distance : pass.scratch;
    const auto state_at = [&](std::size_t step) {
      return states + (Pass::training ? step * size : step % 2 * Samples * size);
    };
    const auto parameters = kernels::GateWeights<T, Layout::units, Layout::template stride<T>>{
        pass.template parameter<0>(), pass.template parameter<1>(), pass.template parameter<2>(),
        pass.template parameter<3>()};

    kernels::StepData<T> data{};
    data.x = {pass.input[row], Pass::place::input_stride};
    data.before = {state_at(0), distance};
    if (Pass::training || pass.state_data == nullptr) {
      for (std::size_t s = 0; s < Samples; ++s)
        Layout::template begin_state<Simd>(pass.state_data, row + s, state_at(0) + s * distance);
    } else {
      data.before = {pass.state_data + row * size, size};
    }

    for (std::size_t step = 0; step < Layout::steps; ++step) {
      data.after = {state_at(step + 1), distance};
      if constexpr (Pass::training) data.saved = {states + Layout::template kept_offset<T>(step), distance};
      kernels::recurrent_step<Simd, Cell, Layout::features, Samples, Pass::training>(parameters, data);
      if constexpr (Layout::whole_sequence) take_output<Simd, Samples>(data.after, pass.output, row, step);
      data.x.data += Layout::features;
      data.before = {data.after.data, distance};
    }
    if constexpr (!Layout::whole_sequence) take_output<Simd, Samples>(data.after, pass.output, row, 0);
    for (std::size_t s = 0; s < Samples; ++s) kernels::clear_padding(pass.output, row + s);
    if (pass.state_data != nullptr)
      for (std::size_t s = 0; s < Samples; ++s)
        Layout::template copy_state<Simd>(data.after[s], pass.state_data + (row + s) * size);
  }

  /// The first row of the state after a step, as a part of the output.
  template <class Simd, std::size_t Samples, class T, class Output>
  CORTEXPR_INLINE static constexpr void take_output(kernels::StridedSamples<T> after, Output output, std::size_t row,
                                                    std::size_t step) {
    using Pack = typename Simd::template pack<T, Layout::units>;
    for (std::size_t s = 0; s < Samples; ++s)
      if constexpr (Layout::whole_sequence)
        kernels::map<Pack, kernels::Rest::some>(after[s], output[row + s] + step * Layout::units, Layout::units,
                                                [](auto values) { return values; });
      else
        Layout::template copy_padded_row<Simd>(after[s], output[row + s]);
  }
};

}  // namespace cortexpr::detail
