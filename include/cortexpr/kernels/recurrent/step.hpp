#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/rows.hpp>
#include <cortexpr/kernels/order/accumulation.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>

// One time step of a recurrent layer, for one or several samples, forward and backward. A `Cell` (nn/recurrent.hpp)
// computes the gates and the new state, pack by pack; the kernels here compute the products with the weights. Each gate
// has two products, of the input and of the output of the step before, both in the order of accumulation.hpp.

namespace cortexpr::kernels {

/// The number of samples that take a step together, so that each weight is loaded once for all of them.
constexpr std::size_t samples_per_step(std::size_t registers) { return registers >= 32 ? 4 : registers >= 16 ? 2 : 1; }

/// The parameters of a recurrent layer. Each gate has its own rows, so that its columns start with a whole pack: In
/// rows of the input weight, Units rows of the recurrent weight, one row of each bias.
template <class T, std::size_t Units, std::size_t Stride>
struct GateWeights {
  Rows<const T, Units, Stride> input;
  Rows<const T, Units, Stride> recurrent;
  Rows<const T, Units, Stride> input_bias;
  Rows<const T, Units, Stride> recurrent_bias;
};

/// A view of arrays of several samples: the array of the first sample, and the stride from one sample to the next.
template <class T>
struct StridedSamples {
  T* data;
  std::size_t stride;
  CORTEXPR_INLINE constexpr T* operator[](std::size_t sample) const { return data + sample * stride; }
};

/// The number of blocks of the range of k (accumulation.hpp). Layers with few gates have short blocks, too: the next
/// step depends on this one, so nothing else hides the latency of the multiply-adds (Gru<16>: 58 ns instead of 62 ns).
template <std::size_t Length, std::size_t Gates>
inline constexpr std::size_t gate_blocks = Length >= 32               ? 4
                                           : Length >= 8 && Gates < 4 ? 2
                                                                      : 1;

/// Adds x W to `to`, for each gate and each of `Samples` samples, for one pack of columns. The x of a gate starts at
/// its offset in the data of a sample.
/// Shapes:  x [Samples, In] for each gate, weight [Gates * In, Units], to [Samples, Gates]
template <std::size_t In, std::size_t Chains, class Pack, std::size_t Samples, std::size_t Gates, class T, class Weight>
CORTEXPR_INLINE constexpr void add_gate_products(StridedSamples<const T> x,
                                                 const std::array<std::size_t, Gates>& offsets, Weight weight,
                                                 std::size_t column, Pack (&to)[Samples][Gates]) {
  constexpr std::size_t blocks = gate_blocks<In, Gates>;
  constexpr std::size_t length = In / blocks;
  for (std::size_t first = 0; first < blocks; first += Chains) {
    Pack sums[Chains][Samples][Gates];
    CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < Chains; ++c)
      CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Samples; ++s)
        CORTEXPR_UNROLL_FOR (std::size_t g = 0; g < Gates; ++g) sums[c][s][g] = Pack::zero();
    const auto add = [&](std::size_t chain, std::size_t k) CORTEXPR_INLINE_LAMBDA {
      Pack w[Gates];
      CORTEXPR_UNROLL_FOR (std::size_t g = 0; g < Gates; ++g) w[g] = Pack::load(weight[g * In + k] + column);
      CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Samples; ++s)
        CORTEXPR_UNROLL_FOR (std::size_t g = 0; g < Gates; ++g)
          sums[chain][s][g] = fma(Pack::broadcast(x[s][offsets[g] + k]), w[g], sums[chain][s][g]);
    };
    for (std::size_t i = first * length; i < (first + 1) * length; ++i)
      CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < Chains; ++c) add(c, c * length + i);
    if (first + Chains == blocks)
      for (std::size_t k = blocks * length; k < In; ++k) add(Chains - 1, k);
    CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < Chains; ++c)
      CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Samples; ++s)
        CORTEXPR_UNROLL_FOR (std::size_t g = 0; g < Gates; ++g) to[s][g] = to[s][g] + sums[c][s][g];
  }
}

/// The number of blocks that are computed side by side: all, if there are few independent sums otherwise and the
/// registers suffice.
template <class Simd, std::size_t In, std::size_t Samples, std::size_t Gates>
inline constexpr std::size_t gate_chains =
    Samples * Gates < 8 && gate_blocks<In, Gates> * Samples * Gates + 4 <= Simd::registers ? gate_blocks<In, Gates>
                                                                                           : std::size_t{1};

/// The data of a step. `before` and `after` are the states [Cell::states, Stride] before and after it, whose first row
/// is the output; `saved` is the array [Cell::saved, Stride] for the backward pass.
template <class T>
struct StepData {
  StridedSamples<const T> x;
  StridedSamples<const T> before;
  StridedSamples<T> after;
  StridedSamples<T> saved;
};

constexpr std::size_t at_least_one(std::size_t count) { return count > 0 ? count : 1; }

/// Loads one pack of each of `Count` rows, and stores it.
template <std::size_t Count, std::size_t Stride, class Pack, class T, std::size_t N>
CORTEXPR_INLINE constexpr void load_packs(const T* from, Pack (&to)[N]) {
  CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Count; ++i) to[i] = Pack::load(from + i * Stride);
}
template <std::size_t Count, std::size_t Stride, class Pack, class T, std::size_t N>
CORTEXPR_INLINE constexpr void store_packs(const Pack (&from)[N], T* to) {
  CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Count; ++i) from[i].store(to + i * Stride);
}

/// The sums of `Gates` gates from gate First on, for one pack of columns: products with x, and products with the state.
/// Shapes:  x [Samples, In], state [Samples, Units] -> input, recurrent [Samples, Gates]
template <class Simd, std::size_t In, std::size_t First, class T, std::size_t Units, std::size_t Stride, class Pack,
          std::size_t Samples, std::size_t Gates>
CORTEXPR_INLINE constexpr void gate_sums(const GateWeights<T, Units, Stride>& weights, StridedSamples<const T> x,
                                         StridedSamples<const T> state, std::size_t column,
                                         Pack (&input)[Samples][Gates], Pack (&recurrent)[Samples][Gates]) {
  constexpr std::array<std::size_t, Gates> everywhere{};
  CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Samples; ++s)
    CORTEXPR_UNROLL_FOR (std::size_t g = 0; g < Gates; ++g) {
      input[s][g] = Pack::load(weights.input_bias[First + g] + column);
      recurrent[s][g] = Pack::load(weights.recurrent_bias[First + g] + column);
    }
  using Weight = Rows<const T, Units, Stride>;
  add_gate_products<In, gate_chains<Simd, In, Samples, Gates>>(x, everywhere, Weight{weights.input[First * In]}, column,
                                                               input);
  add_gate_products<Units, gate_chains<Simd, Units, Samples, Gates>>(
      state, everywhere, Weight{weights.recurrent[First * Units]}, column, recurrent);
}

/// One step of `Samples` samples; writes `saved` only if `save`.
/// Shapes:  x [Samples, In] -> after [Samples, Cell::states, Stride]
/// Cost:    Samples * Cell::gates * Units * (In + Units) multiply-adds
template <class Simd, class Cell, std::size_t In, std::size_t Samples, bool save, class T, std::size_t Units,
          std::size_t Stride>
CORTEXPR_INLINE constexpr void recurrent_step(const GateWeights<T, Units, Stride>& weights, const StepData<T>& data) {
  using Pack = typename Simd::template pack<T, Units>;
  constexpr std::size_t gates = Cell::gates;
  for (std::size_t column = 0; column < Units; column += Pack::lanes) {
    Pack input[Samples][gates], recurrent[Samples][gates];
    gate_sums<Simd, In, 0>(weights, data.x, data.before, column, input, recurrent);
    CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Samples; ++s) {
      Pack before[Cell::states], after[Cell::states], saved[at_least_one(Cell::saved)];
      load_packs<Cell::states, Stride>(data.before[s] + column, before);
      Cell::forward(input[s], recurrent[s], before, after, saved);
      store_packs<Cell::states, Stride>(after, data.after[s] + column);
      if constexpr (save) store_packs<Cell::saved, Stride>(saved, data.saved[s] + column);
    }
  }
}

/// The data of a backward step. `carry` is the gradient with respect to the state after the step on entry, and with
/// respect to the state before it on return. `gate_gradients` receives the gradients with respect to the products of
/// the gates, one row per `GateStride` elements.
template <class T>
struct BackwardStepData {
  StridedSamples<const T> before;
  StridedSamples<const T> after;
  StridedSamples<const T> saved;
  StridedSamples<T> carry;
  StridedSamples<T> gate_gradients;
};

/// Adds the gradients by the first `gates` products with the state to the carry.
/// Shapes:  as recurrent_backward_step
template <class Simd, class Cell, std::size_t GateStride, std::size_t gates, std::size_t Samples, class T,
          std::size_t Units, std::size_t Stride>
CORTEXPR_INLINE constexpr void add_state_products(Rows<const T, Units, Stride> transposed,
                                                  const BackwardStepData<T>& data) {
  using Pack = typename Simd::template pack<T, Units>;
  constexpr std::array<std::size_t, gates> offsets = [] {
    std::array<std::size_t, gates> result{};
    for (std::size_t g = 0; g < gates; ++g) result[g] = Cell::recurrent_gate_gradients[g] * GateStride;
    return result;
  }();
  for (std::size_t column = 0; column < Units; column += Pack::lanes) {
    Pack sums[Samples][gates];
    CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Samples; ++s)
      CORTEXPR_UNROLL_FOR (std::size_t g = 0; g < gates; ++g) sums[s][g] = Pack::zero();
    add_gate_products<Units, gate_chains<Simd, Units, Samples, gates>>(
        StridedSamples<const T>{data.gate_gradients.data, data.gate_gradients.stride}, offsets, transposed, column,
        sums);
    CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Samples; ++s) {
      Pack sum = Pack::load(data.carry[s] + column);
      CORTEXPR_UNROLL_FOR (std::size_t g = 0; g < gates; ++g) sum = sum + sums[s][g];
      sum.store(data.carry[s] + column);
    }
  }
}

/// The backward pass of one step. `transposed` holds the transposed recurrent weights, gate by gate.
/// Shapes:  transposed [Cell::gates * Units, Units], carry [Samples, Cell::states, Stride] ->
///          gate_gradients [Samples, Cell::gate_gradients, GateStride]
/// Cost:    Samples * Cell::gates * Units * Units multiply-adds
template <class Simd, class Cell, std::size_t GateStride, std::size_t Samples, class T, std::size_t Units,
          std::size_t Stride>
CORTEXPR_INLINE constexpr void recurrent_backward_step(Rows<const T, Units, Stride> transposed,
                                                       const BackwardStepData<T>& data) {
  using Pack = typename Simd::template pack<T, Units>;
  for (std::size_t column = 0; column < Units; column += Pack::lanes)
    for (std::size_t s = 0; s < Samples; ++s) {
      Pack before[Cell::states], after[Cell::states], saved[at_least_one(Cell::saved)], carry[Cell::states],
          gate_gradients[Cell::gate_gradients];
      load_packs<Cell::states, Stride>(data.before[s] + column, before);
      load_packs<Cell::states, Stride>(data.after[s] + column, after);
      load_packs<Cell::saved, Stride>(data.saved[s] + column, saved);
      load_packs<Cell::states, Stride>(data.carry[s] + column, carry);
      Cell::backward(saved, before, after, carry, gate_gradients);
      store_packs<Cell::states, Stride>(carry, data.carry[s] + column);
      store_packs<Cell::gate_gradients, GateStride>(gate_gradients, data.gate_gradients[s] + column);
    }

  add_state_products<Simd, Cell, GateStride, Cell::gates, Samples>(transposed, data);
}

/// The gradients with respect to the input, for `Steps` steps of one sample. `transposed` holds the transposed input
/// weights, gate by gate.
/// Shapes:  gate_gradients [Cell::gate_gradients, GateStride], transposed [Cell::gates * Units, In] -> to [Steps, In],
///          unpadded
/// Cost:    Steps * Cell::gates * Units * In multiply-adds
template <class Simd, class Cell, std::size_t GateStride, std::size_t Units, std::size_t Steps, class T, std::size_t In,
          std::size_t Stride>
constexpr void recurrent_input_gradient(StridedSamples<const T> gate_gradients, Rows<const T, In, Stride> transposed,
                                        T* to) {
  using Pack = typename Simd::template pack<T, In>;
  constexpr std::size_t gates = Cell::gates;
  constexpr std::array<std::size_t, gates> offsets = [] {
    std::array<std::size_t, gates> result{};
    for (std::size_t g = 0; g < gates; ++g) result[g] = Cell::input_gate_gradients[g] * GateStride;
    return result;
  }();
  alignas(simd::block_alignment<T>) T values[Pack::lanes];
  for (std::size_t column = 0; column < In; column += Pack::lanes) {
    Pack sums[Steps][gates];
    CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Steps; ++s)
      CORTEXPR_UNROLL_FOR (std::size_t g = 0; g < gates; ++g) sums[s][g] = Pack::zero();
    add_gate_products<Units, gate_chains<Simd, Units, Steps, gates>>(gate_gradients, offsets, transposed, column, sums);
    for (std::size_t s = 0; s < Steps; ++s) {
      Pack sum = sums[s][0];
      CORTEXPR_UNROLL_FOR (std::size_t g = 1; g < gates; ++g) sum = sum + sums[s][g];
      sum.store(values);
      for (std::size_t i = 0; i < Pack::lanes && column + i < In; ++i) to[s * In + column + i] = values[i];
    }
  }
}

}  // namespace cortexpr::kernels
