#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/accumulation.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>

// One time step of a recurrent layer, for one sample or a few. A `Cell` says what happens between its gates, pack by
// pack (nn/recurrent.hpp); here are the products that go into the gates, and back. They are in the order of
// accumulation.hpp: one for the input and one for the recurrent weights of each gate.

namespace cortexpr::kernels {

/// How many samples take a step together, so that a weight is loaded once for all of them.
constexpr std::size_t samples_together(std::size_t registers) { return registers >= 32 ? 4 : registers >= 16 ? 2 : 1; }

/// The parameters of a recurrent layer. A gate has rows of its own: In in the input weight, Units in the recurrent
/// weight, one in each bias; so its columns begin with whole packs.
template <class T, std::size_t Units, std::size_t Stride>
struct GateWeights {
  Rows<const T, Units, Stride> input;
  Rows<const T, Units, Stride> recurrent;
  Rows<const T, Units, Stride> input_bias;
  Rows<const T, Units, Stride> recurrent_bias;
};

/// Where the data of some samples lie: the first one's, and how far it is from one to the next.
template <class T>
struct Spread {
  T* data;
  std::size_t distance;
  CORTEXPR_INLINE constexpr T* operator[](std::size_t sample) const { return data + sample * distance; }
};

/// The number of blocks that the range of k is cut into (accumulation.hpp); short ones too where there are few gates:
/// the next step waits for this one, and nothing else hides the latency of the multiply-adds (Gru<16>: 62 -> 58 ns).
template <std::size_t K, std::size_t Gates>
inline constexpr std::size_t gate_blocks = K >= 32               ? 4
                                           : K >= 8 && Gates < 4 ? 2
                                                                 : 1;

/// Adds x W to `to`, for each gate and each of `Samples` samples, one pack of columns wide. What a gate multiplies lies
/// at its offset in x.   Shapes: x [Samples, In] for each gate, weight [Gates * In, Units], to [Samples, Gates]
template <std::size_t In, std::size_t Chains, class Pack, std::size_t Samples, std::size_t Gates, class T, class Weight>
CORTEXPR_INLINE constexpr void add_gate_products(Spread<const T> x, const std::array<std::size_t, Gates>& offsets,
                                                 Weight weight, std::size_t column, Pack (&to)[Samples][Gates]) {
  constexpr std::size_t blocks = gate_blocks<In, Gates>;
  constexpr std::size_t length = In / blocks;
  for (std::size_t first = 0; first < blocks; first += Chains) {
    Pack sums[Chains][Samples][Gates];
    CORTEXPR_UNROLL for (std::size_t c = 0; c < Chains; ++c) CORTEXPR_UNROLL for (std::size_t s = 0; s < Samples; ++s)
        CORTEXPR_UNROLL for (std::size_t g = 0; g < Gates; ++g) sums[c][s][g] = Pack::zero();
    const auto add = [&](std::size_t chain, std::size_t k) CORTEXPR_INLINE_LAMBDA {
      Pack w[Gates];
      CORTEXPR_UNROLL for (std::size_t g = 0; g < Gates; ++g) w[g] = Pack::load(weight[g * In + k] + column);
      CORTEXPR_UNROLL for (std::size_t s = 0; s < Samples; ++s) CORTEXPR_UNROLL for (std::size_t g = 0; g < Gates; ++g)
          sums[chain][s][g] = fma(Pack::broadcast(x[s][offsets[g] + k]), w[g], sums[chain][s][g]);
    };
    for (std::size_t i = first * length; i < (first + 1) * length; ++i)
      CORTEXPR_UNROLL for (std::size_t c = 0; c < Chains; ++c) add(c, c * length + i);
    if (first + Chains == blocks)
      for (std::size_t k = blocks * length; k < In; ++k) add(Chains - 1, k);
    CORTEXPR_UNROLL for (std::size_t c = 0; c < Chains; ++c) CORTEXPR_UNROLL for (std::size_t s = 0; s < Samples; ++s)
        CORTEXPR_UNROLL for (std::size_t g = 0; g < Gates; ++g) to[s][g] = to[s][g] + sums[c][s][g];
  }
}

/// How many blocks run side by side: all where they fit and there are few sums without.
template <class Simd, std::size_t In, std::size_t Samples, std::size_t Gates>
inline constexpr std::size_t gate_chains =
    Samples * Gates < 8 && gate_blocks<In, Gates> * Samples * Gates + 4 <= Simd::registers ? gate_blocks<In, Gates>
                                                                                           : std::size_t{1};

/// Where a step reads and writes. `before` and `after` are states [Cell::states, Stride], the output first; `kept` is
/// what the way back will need, [Cell::kept, Stride], written only if `keep`.
template <class T>
struct StepData {
  Spread<const T> x;
  Spread<const T> before;
  Spread<T> after;
  Spread<T> kept;
};

constexpr std::size_t at_least_one(std::size_t count) { return count > 0 ? count : 1; }

/// The rows of a state, or of anything that lies like one, as packs; and back.
template <std::size_t Count, std::size_t Stride, class Pack, class T, std::size_t N>
CORTEXPR_INLINE constexpr void load_packs(const T* from, Pack (&to)[N]) {
  CORTEXPR_UNROLL for (std::size_t i = 0; i < Count; ++i) to[i] = Pack::load(from + i * Stride);
}
template <std::size_t Count, std::size_t Stride, class Pack, class T, std::size_t N>
CORTEXPR_INLINE constexpr void store_packs(const Pack (&from)[N], T* to) {
  CORTEXPR_UNROLL for (std::size_t i = 0; i < Count; ++i) from[i].store(to + i * Stride);
}

/// One step of `Samples` samples.   Shapes: x [Samples, In] -> after [Samples, Cell::states, Stride]
/// Cost:    Samples * Cell::gates * Units * (In + Units) multiply-adds
template <class Simd, class Cell, std::size_t In, std::size_t Samples, bool keep, class T, std::size_t Units,
          std::size_t Stride>
CORTEXPR_INLINE constexpr void recurrent_step(const GateWeights<T, Units, Stride>& weights, const StepData<T>& data) {
  using Pack = typename Simd::template pack<T, Units>;
  constexpr std::size_t gates = Cell::gates;
  constexpr std::array<std::size_t, gates> everywhere{};
  for (std::size_t column = 0; column < Units; column += Pack::lanes) {
    Pack input[Samples][gates], recurrent[Samples][gates];
    CORTEXPR_UNROLL for (std::size_t s = 0; s < Samples; ++s) CORTEXPR_UNROLL for (std::size_t g = 0; g < gates; ++g) {
      input[s][g] = Pack::load(weights.input_bias[g] + column);
      recurrent[s][g] = Pack::load(weights.recurrent_bias[g] + column);
    }
    add_gate_products<In, gate_chains<Simd, In, Samples, gates>>(data.x, everywhere, weights.input, column, input);
    add_gate_products<Units, gate_chains<Simd, Units, Samples, gates>>(data.before, everywhere, weights.recurrent,
                                                                       column, recurrent);
    CORTEXPR_UNROLL for (std::size_t s = 0; s < Samples; ++s) {
      Pack before[Cell::states], after[Cell::states], kept[at_least_one(Cell::kept)];
      load_packs<Cell::states, Stride>(data.before[s] + column, before);
      Cell::forward(input[s], recurrent[s], before, after, kept);
      store_packs<Cell::states, Stride>(after, data.after[s] + column);
      if constexpr (keep) store_packs<Cell::kept, Stride>(kept, data.kept[s] + column);
    }
  }
}

/// Where a step back reads and writes. `carry` is the gradient by the state after the step, and becomes that by the
/// state before it; `slopes` are the gradients by what goes into the gates, one row every `SlopeDistance`.
template <class T>
struct StepBackData {
  Spread<const T> before;
  Spread<const T> after;
  Spread<const T> kept;
  Spread<T> carry;
  Spread<T> slopes;
};

/// The way back through one step; `turned` are the transposed recurrent weights, gate by gate.
/// Shapes:  turned [Cell::gates * Units, Units], carry [Samples, Cell::states, Stride] -> slopes [Samples,
///          Cell::slopes]
/// Cost:    Samples * Cell::gates * Units * Units multiply-adds
template <class Simd, class Cell, std::size_t SlopeDistance, std::size_t Samples, class T, std::size_t Units,
          std::size_t Stride>
CORTEXPR_INLINE constexpr void recurrent_step_back(Rows<const T, Units, Stride> turned, const StepBackData<T>& data) {
  using Pack = typename Simd::template pack<T, Units>;
  constexpr std::size_t gates = Cell::gates;
  for (std::size_t column = 0; column < Units; column += Pack::lanes)
    for (std::size_t s = 0; s < Samples; ++s) {
      Pack before[Cell::states], after[Cell::states], kept[at_least_one(Cell::kept)], carry[Cell::states],
          slopes[Cell::slopes];
      load_packs<Cell::states, Stride>(data.before[s] + column, before);
      load_packs<Cell::states, Stride>(data.after[s] + column, after);
      load_packs<Cell::kept, Stride>(data.kept[s] + column, kept);
      load_packs<Cell::states, Stride>(data.carry[s] + column, carry);
      Cell::backward(kept, before, after, carry, slopes);
      store_packs<Cell::states, Stride>(carry, data.carry[s] + column);
      store_packs<Cell::slopes, SlopeDistance>(slopes, data.slopes[s] + column);
    }

  constexpr std::array<std::size_t, gates> offsets = [] {
    std::array<std::size_t, gates> result{};
    for (std::size_t g = 0; g < gates; ++g) result[g] = Cell::recurrent_slopes[g] * SlopeDistance;
    return result;
  }();
  for (std::size_t column = 0; column < Units; column += Pack::lanes) {
    Pack sums[Samples][gates];
    CORTEXPR_UNROLL for (std::size_t s = 0; s < Samples; ++s) CORTEXPR_UNROLL for (std::size_t g = 0; g < gates; ++g)
        sums[s][g] = Pack::zero();
    add_gate_products<Units, gate_chains<Simd, Units, Samples, gates>>(
        Spread<const T>{data.slopes.data, data.slopes.distance}, offsets, turned, column, sums);
    CORTEXPR_UNROLL for (std::size_t s = 0; s < Samples; ++s) {
      Pack sum = Pack::load(data.carry[s] + column);
      CORTEXPR_UNROLL for (std::size_t g = 0; g < gates; ++g) sum = sum + sums[s][g];
      sum.store(data.carry[s] + column);
    }
  }
}

/// The gradients by the input of `Steps` steps of one sample; `turned` are the transposed input weights, gate by gate.
/// Shapes:  slopes [Cell::slopes, SlopeDistance], turned [Cell::gates * Units, In] -> to [Steps, In], unpadded
/// Cost:    Steps * Cell::gates * Units * In multiply-adds
template <class Simd, class Cell, std::size_t SlopeDistance, std::size_t Units, std::size_t Steps, class T,
          std::size_t In, std::size_t Stride>
constexpr void recurrent_input_gradient(Spread<const T> slopes, Rows<const T, In, Stride> turned, T* to) {
  using Pack = typename Simd::template pack<T, In>;
  constexpr std::size_t gates = Cell::gates;
  constexpr std::array<std::size_t, gates> offsets = [] {
    std::array<std::size_t, gates> result{};
    for (std::size_t g = 0; g < gates; ++g) result[g] = Cell::input_slopes[g] * SlopeDistance;
    return result;
  }();
  alignas(simd::block_alignment<T>) T values[Pack::lanes];
  for (std::size_t column = 0; column < In; column += Pack::lanes) {
    Pack sums[Steps][gates];
    CORTEXPR_UNROLL for (std::size_t s = 0; s < Steps; ++s) CORTEXPR_UNROLL for (std::size_t g = 0; g < gates; ++g)
        sums[s][g] = Pack::zero();
    add_gate_products<Units, gate_chains<Simd, Units, Steps, gates>>(slopes, offsets, turned, column, sums);
    for (std::size_t s = 0; s < Steps; ++s) {
      Pack sum = sums[s][0];
      CORTEXPR_UNROLL for (std::size_t g = 1; g < gates; ++g) sum = sum + sums[s][g];
      sum.store(values);
      for (std::size_t i = 0; i < Pack::lanes && column + i < In; ++i) to[s * In + column + i] = values[i];
    }
  }
}

}  // namespace cortexpr::kernels
