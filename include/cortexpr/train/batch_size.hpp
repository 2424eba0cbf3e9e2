#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>

namespace cortexpr {

/// The number of samples in a step, and in a micro-batch: the samples that go through the network at a time.
/// The trainer sums the gradients of the micro-batches in the order in which a whole batch is summed, so the result has
/// the same bits. Small micro-batches take less memory and more time. BatchNorm is the exception: it takes its
/// statistics over each micro-batch.
///
///     cx::batch_size<60>        cx::batch_size<240, 60>    // 240 samples a step, 60 at a time
template <std::size_t Batch, std::size_t MicroBatch = Batch>
struct BatchSize {
  static_assert(Batch > 0, "batch_size: a batch must hold at least one sample");
  static_assert(MicroBatch > 0 && Batch % (MicroBatch > 0 ? MicroBatch : 1) == 0,
                "batch_size: the parts must be equal; take a divisor of the batch");
};
template <std::size_t Batch, std::size_t MicroBatch = Batch>
inline constexpr BatchSize<Batch, MicroBatch> batch_size{};

}  // namespace cortexpr
