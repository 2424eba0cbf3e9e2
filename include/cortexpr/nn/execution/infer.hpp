#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/memory/report.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// Runs all layers for inference. With `state`, which StatePlan describes, the input goes on where an earlier one ended.
/// Shapes:  input [B, In], B <= Rows, with the first layer's input_stride; arena InferencePlan<Places, Rows>
///          -> returns output [B, Out], in the arena
template <class Simd, class Places, Run run, std::size_t Rows, class T>
constexpr auto infer(const T* block, const T* input, std::size_t rows, T* arena, T* state = nullptr) {
  using Plan = InferencePlan<Places, Rows>;
  using Last = At<Places, Places::size - 1>;
  const T* at = input;
  for_each_index<Places::size>([&]<std::size_t I>() {
    if constexpr (!Plan::template passes_through<I>) {
      using Here = At<Places, I>;
      T* const output = arena + Plan::template output<I>;
      Here::layer::template forward<Simd>(ForwardPass<Here, run, Rows>{
          .input = {at, rows},
          .output = {output, rows},
          .block = block,
          .scratch = arena + Plan::template scratch<I>,
          .state_data = Here::state > 0 && state != nullptr ? state + StatePlan<Places>::template offset<I> : nullptr});
      at = output;
    }
  });
  return cortexpr::Rows<const T, Last::output_shape::size, Last::output_stride>{at, rows};
}

}  // namespace cortexpr::detail
