#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/execution/train_chain.hpp>
#include <cortexpr/nn/memory/plans.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// Runs the layers of a chain in inference. With `state`, the input continues a stream.
/// Shapes:  input [B, In], B <= Rows, with the chain's input_stride; arena InferencePlan<ChainType, Rows>
///          -> returns output [B, Out], in the arena
template <class ChainType, Mode mode, std::size_t Rows, class Simd, class T>
constexpr auto infer(Simd simd, ChainData<const T> data, const T* input, std::size_t rows, T* arena,
                     T* state = nullptr) {
  using Plan = InferencePlan<ChainType, Rows>;
  const T* at = input;
  for_each_index<ChainType::size>([&](auto index) {
    using Here = LinkAt<ChainType, index>;
    using Bound = typename Here::bound;
    constexpr std::size_t layer = index;
    if constexpr (!passes_through<Bound>) {
      constexpr ChainOffsets offsets = ChainType::offsets[layer];
      constexpr std::size_t output = Plan::output(layer), scratch = Plan::scratch(layer);
      const ChainData<const T> own = data.at(offsets);
      Bound::forward(simd,
                     ForwardContext<Here, mode, Rows>{
                         .x = {at, rows},
                         .y = {arena + output, rows},
                         .parameters = own.parameters,
                         .statistics = own.statistics,
                         .scratch = arena + scratch,
                         .state = LayerMemory<Bound>::state > 0 && state != nullptr ? state + offsets.state : nullptr});
      at = arena + output;
    }
  });
  return cortexpr::Rows<const T, ChainType::output_shape::size, ChainType::output_stride>{at, rows};
}

}  // namespace cortexpr::detail
