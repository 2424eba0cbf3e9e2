#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/memory.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// Runs all layers for inference.
/// Shapes:  input [B, In], unpadded; arena InferencePlan::arena(B) elements -> returns output [B, Out], in the arena
template <class Simd, class Places, Run run, class T>
constexpr auto infer(const T* block, const T* input, std::size_t rows, T* arena) {
  using Plan = InferencePlan<Places>;
  using Last = At<Places, Places::size - 1>;
  T* const buffers[] = {arena + Plan::second_buffer(rows), arena};
  const T* at = input;
  for_each_index<Places::size>([&]<std::size_t I>() {
    if constexpr (!Plan::template passes_through<I>) {
      using Here = At<Places, I>;
      T* const output = buffers[Plan::template turns<I> % 2];
      Here::layer::template forward<Simd>(ForwardPass<Here, run>{{at, rows}, {output, rows}, block});
      at = output;
    }
  });
  return Rows<const T, Last::output_shape::size, Last::output_stride>{at, rows};
}

}  // namespace cortexpr::detail
