#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/int8/fake_quantize.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/int8/layers/composite.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

// The outputs of a layer as its integers give them: the 8-bit layer itself calculates them.

namespace cortexpr::detail {

template <class T>
constexpr kernels::Int8Grid<T> grid_of(Quantization quantization) {
  return {static_cast<T>(quantization.scale), static_cast<T>(quantization.zero_point)};
}

/// What an 8-bit layer needs to run, in the bytes of an array of T.
template <class Int8Layer, class Bound>
struct IntegerPass {
  using T = typename Bound::value_type;
  static constexpr std::size_t inputs = Bound::input_shape::size, outputs = Bound::output_shape::size;
  struct Memory {
    typename Int8Layer::Constants constants{};
    std::int8_t input[inputs]{};
    std::int8_t output[outputs]{};
    alignas(4) std::int8_t scratch[Int8Layer::scratch_bytes + 1]{};
    alignas(16) simd::Int8Operand operands[Int8Layer::operand_elements + 1]{};
  };
  /// An array of T begins at a multiple of a pack only.
  static constexpr std::size_t slack = alignof(Memory) > simd::block_alignment<T>
                                           ? alignof(Memory) - simd::block_alignment<T>
                                           : 0;
  static constexpr std::size_t elements = (sizeof(Memory) + slack + sizeof(T) - 1) / sizeof(T);

  /// The constants that round_weight_as_integers fills, before run<true>. There are none in constant expressions.
  static auto& begin(T* memory) { return (::new (aligned(memory)) Memory)->constants; }
  static auto& constants(T* memory) { return memory_at(memory).constants; }

  /// y = the outputs for x, which are numbers that the input's quantization represents; NaN where `unrounded` is. With
  /// `has_constants` those of `begin` are taken where there are any.
  /// Shapes:  x [B, In], unrounded [B, Out] -> y [B, Out]; memory [elements]
  template <class Simd, bool has_constants>
  static constexpr void run(auto x, auto unrounded, auto y, T* memory, ChainData<const T> data, Quantization input,
                            Range range) {
    if (__builtin_is_constant_evaluated())
      run_in_constant<Simd>(x, unrounded, y, data, input, range);
    else if constexpr (has_constants)
      run_in<Simd>(memory_at(memory), x, unrounded, y, input, quantization_of(range));
    else
      quantize_and_run<Simd>(*::new (aligned(memory)) Memory, x, unrounded, y, data, input, range);
  }

 private:
  static void* aligned(T* memory) {
    const std::uintptr_t misfit = reinterpret_cast<std::uintptr_t>(memory) % alignof(Memory);
    return memory + (misfit == 0 ? 0 : (alignof(Memory) - misfit) / sizeof(T));
  }
  static Memory& memory_at(T* memory) { return *std::launder(static_cast<Memory*>(aligned(memory))); }
  /// A function of its own, because the memory may be too large for the stack.
  template <class Simd>
  static constexpr void run_in_constant(auto x, auto unrounded, auto y, ChainData<const T> data, Quantization input,
                                        Range range) {
    Memory memory;
    quantize_and_run<Simd>(memory, x, unrounded, y, data, input, range);
  }
  template <class Simd>
  static constexpr void quantize_and_run(Memory& memory, auto x, auto unrounded, auto y, ChainData<const T> data,
                                         Quantization input, Range range) {
    run_in<Simd>(memory, x, unrounded, y, input, Int8Layer::quantize(memory.constants, data, input, &range));
  }
  template <class Simd>
  static constexpr void run_in(Memory& memory, auto x, auto unrounded, auto y, Quantization input,
                               Quantization result) {
    for (std::size_t row = 0; row < y.count; ++row) {
      kernels::to_int8<Simd>(x[row], memory.input, inputs, grid_of<T>(input));
      Int8Layer::run(memory.constants, static_cast<const std::int8_t*>(memory.input), memory.output,
                     {memory.scratch, memory.operands});
      kernels::from_int8<Simd>(static_cast<const std::int8_t*>(memory.output), static_cast<const T*>(unrounded[row]),
                               y[row], outputs, grid_of<T>(result));
      kernels::clear_padding(y, row);
    }
  }
};

/// The merge of the outputs of several branches, whose quantizations are those that `After` (qat/fake_layers.hpp) lists.
template <class Bound, class After, class Rounding>
struct IntegerMerge;
template <class Bound, class... After, class Rounding>
struct IntegerMerge<Bound, TypeList<After...>, Rounding> {
  using T = typename Bound::value_type;
  static constexpr std::size_t branches = sizeof...(After);
  static constexpr bool adds = Bound::merge::adds;
  template <bool training>
  static constexpr bool applies = (After::template applies<training> && ...);

  std::array<Quantization, branches> quantizations;
  MergeConstants<branches, Rounding> constants{};

  /// `statistics` are those of the layer.
  constexpr IntegerMerge(const T* statistics) {
    std::size_t k = 0;
    ((quantizations[k] = After::at(statistics + Bound::bound_branches::offsets[k + 1].chain.statistics), ++k), ...);
  }
  constexpr bool is_known() const {
    for (const Quantization& one : quantizations)
      if (!(one.scale > 0)) return false;
    return true;
  }

  /// y = the merged outputs. `unrounded` holds the outputs of the branches side by side; where they are added, `values`
  /// does.   Shapes: unrounded [B, Out], values [B * branches, Out] -> y [B, Out]
  template <class Simd>
  constexpr void run(auto unrounded, auto y, auto values, Range range) {
    const kernels::Int8Grid<T> grid = grid_of<T>(constants.quantize(quantizations, range, adds ? branches : 1));
    for (std::size_t row = 0; row < y.count; ++row) {
      if constexpr (adds)
        for (std::size_t first = 0; first < y.columns; first += most)
          merge<Simd>(unrounded[row] + first, y[row] + first, y.columns - first, grid, [&](auto add) {
            for (std::size_t k = 0; k < branches; ++k) add(k, values[row * branches + k] + first);
          });
      else
        for (std::size_t k = 0; k < branches; ++k) {
          const std::size_t end = k + 1 < branches ? begins[k + 1] : y.columns;
          for (std::size_t first = begins[k]; first < end; first += most)
            merge<Simd>(unrounded[row] + first, y[row] + first, end - first, grid,
                        [&](auto add) { add(k, unrounded[row] + first); });
        }
      kernels::clear_padding(y, row);
    }
  }

 private:
  static constexpr std::size_t most = 256;

  /// At most `most` elements: y = what `inputs` adds, by add(branch, numbers).
  template <class Simd>
  constexpr void merge(const T* unrounded, T* y, std::size_t count, kernels::Int8Grid<T> grid, auto inputs) const {
    std::int32_t sums[most]{};
    std::int8_t values[most];
    count = count < most ? count : most;
    inputs([&](std::size_t branch, const T* numbers) {
      kernels::to_int8<Simd>(numbers, values, count, grid_of<T>(quantizations[branch]));
      for (std::size_t i = 0; i < count; ++i) sums[i] += constants.scaled(branch, values[i]);
    });
    for (std::size_t i = 0; i < count; ++i) values[i] = constants.output(sums[i]);
    kernels::from_int8<Simd>(static_cast<const std::int8_t*>(values), unrounded, y, count, grid);
  }
  /// The first element of each branch in the output.
  static constexpr std::array<std::size_t, branches> begins = []<std::size_t... K>(std::index_sequence<K...>) {
    return std::array<std::size_t, branches>{Bound::bound_branches::template begin<K>...};
  }(std::make_index_sequence<branches>{});
};

}  // namespace cortexpr::detail
