#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
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

  /// y = the outputs for x, which are numbers that the input's quantization represents. A y that is NaN stays so.
  /// Shapes:  x [B, In] -> y [B, Out]; memory [elements]
  static constexpr void run(auto x, auto y, T* memory, ChainData<const T> data, Quantization input, Range range) {
    if (__builtin_is_constant_evaluated()) {
      run_in_constant(x, y, data, input, range);
    } else {
      const std::uintptr_t misfit = reinterpret_cast<std::uintptr_t>(memory) % alignof(Memory);
      void* const begin = memory + (misfit == 0 ? 0 : (alignof(Memory) - misfit) / sizeof(T));
      run_in(*::new (begin) Memory, x, y, data, input, range);
    }
  }

 private:
  /// A function of its own, because the memory may be too large for the stack.
  static constexpr void run_in_constant(auto x, auto y, ChainData<const T> data, Quantization input, Range range) {
    Memory memory;
    run_in(memory, x, y, data, input, range);
  }
  static constexpr void run_in(Memory& memory, auto x, auto y, ChainData<const T> data, Quantization input,
                               Range range) {
    const Quantization result = Int8Layer::quantize(memory.constants, data, input, &range);
    for (std::size_t row = 0; row < y.count; ++row) {
      for (std::size_t i = 0; i < inputs; ++i) memory.input[i] = input.int8_value(x[row][i]);
      Int8Layer::run(memory.constants, static_cast<const std::int8_t*>(memory.input), memory.output,
                     {memory.scratch, memory.operands});
      for (std::size_t i = 0; i < outputs; ++i)
        if (y[row][i] == y[row][i]) y[row][i] = result.real_value(memory.output[i]);
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

  /// y = the merged outputs. y holds the outputs of the branches side by side; where they are added, `values` does.
  /// Shapes:  y [B, Out]; values [B * branches, Out]
  constexpr void run(auto y, auto values, Range range) {
    const Quantization result = constants.quantize(quantizations, range, adds ? branches : 1);
    for (std::size_t row = 0; row < y.count; ++row) {
      std::size_t branch = 0;
      for (std::size_t i = 0; i < y.columns; ++i) {
        T& number = y[row][i];
        std::int32_t sum = 0;
        if constexpr (adds) {
          for (std::size_t k = 0; k < branches; ++k)
            sum += constants.scaled(k, quantizations[k].int8_value(values[row * branches + k][i]));
        } else {
          if constexpr (branches > 1)
            while (branch + 1 < branches && i >= begins[branch + 1]) ++branch;
          sum = constants.scaled(branch, quantizations[branch].int8_value(number));
        }
        if (number == number) number = result.real_value(constants.output(sum));
      }
      kernels::clear_padding(y, row);
    }
  }

 private:
  /// The first element of each branch in the output.
  static constexpr std::array<std::size_t, branches> begins = []<std::size_t... K>(std::index_sequence<K...>) {
    return std::array<std::size_t, branches>{Bound::bound_branches::template begin<K>...};
  }(std::make_index_sequence<branches>{});
};

}  // namespace cortexpr::detail
