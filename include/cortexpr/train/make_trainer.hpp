#pragma once

#include <cortexpr/train/trainer.hpp>

#include <cstddef>

namespace cortexpr {

#if CORTEXPR_HEAP
/// Returns a Trainer whose state lies on the heap at any size, so that moving the trainer costs little.
///
///     auto trainer = cx::make_trainer(network, cx::SoftmaxCrossEntropy{}, cx::AdamW{}, cx::batch_size<64>);
template <class AnyNet, class Loss, class Optimizer, std::size_t Batch, std::size_t MicroBatch>
[[nodiscard]] constexpr auto make_trainer(AnyNet& network, Loss loss, Optimizer optimizer,
                                          BatchSize<Batch, MicroBatch> batch) {
  return Trainer<typename detail::NetworkOf<AnyNet>::type, Loss, Optimizer, Batch, MicroBatch, detail::PlacedOnHeap>{
      network, loss, optimizer, batch};
}
#endif

}  // namespace cortexpr
