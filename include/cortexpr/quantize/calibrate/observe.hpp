#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/report/cost.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/memory/report.hpp>

#include <cstddef>
#include <span>
#include <vector>

// Inference layer by layer, which shows what each layer gives, those inside layers too.

namespace cortexpr::detail {

/// A buffer for activations, on the heap.
template <class T, std::size_t Elements>
class AlignedValues {
 public:
  T* data() { return blocks_.front().values; }

 private:
  struct alignas(simd::block_alignment<T>) Block {
    T values[buffer<T>(Elements + 1)]{};
  };
  std::vector<Block> blocks_ = std::vector<Block>(1);
};

/// Calls visit(slot, outputs) for the layers from `slot` on, in the order of QuantizedChain: inner layers before the layer
/// that consists of them.   Shapes: input [1, In]
template <class Places, std::size_t I = 0, class T, class Visit>
void observe_layers(const T* block, const T* input, std::size_t& slot, const Visit& visit) {
  if constexpr (I < Places::size) {
    using Here = At<Places, I>;
    if constexpr (Here::layer::is_view || Here::layer::only_in_training) {
      ++slot;
      observe_layers<Places, I + 1>(block, input, slot, visit);
    } else {
      if constexpr (MadeOfLayers<Here>)
        for_each_index<BranchesOf<Here>::size>([&]<std::size_t K>() {
          observe_layers<typename At<BranchesOf<Here>, K>::places>(block, input, slot, visit);
        });
      AlignedValues<T, Here::output_stride> output;
      AlignedValues<T, Here::template scratch<1>> scratch;
      Here::layer::template forward<simd::Native>(ForwardPass<Here, Run::one_sample>{
          .input = {input, 1}, .output = {output.data(), 1}, .block = block, .scratch = scratch.data()});
      visit(slot++, std::span<const T>{output.data(), Here::output_shape::size});
      observe_layers<Places, I + 1>(block, output.data(), slot, visit);
    }
  }
}

}  // namespace cortexpr::detail
