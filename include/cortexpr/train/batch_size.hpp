#pragma once

#include <cstddef>

namespace cortexpr {

/// The number of samples in a step, and how many of them go through the network at a time. The gradients of the parts
/// add up to the very bits of the whole, so smaller parts cost time and save memory, and change nothing else, unless there
/// is a BatchNorm, which takes its statistics of each part:
///
///     cx::batch_size<60>        cx::batch_size<240, 60>    // 240 samples a step, 60 at a time
template <std::size_t Batch, std::size_t Part = Batch>
struct BatchSize {
  static_assert(Batch > 0, "batch_size: a batch must hold at least one sample");
  static_assert(Part > 0 && Batch % (Part > 0 ? Part : 1) == 0,
                "batch_size: the parts must be equal; take a divisor of the batch");
};
template <std::size_t Batch, std::size_t Part = Batch>
inline constexpr BatchSize<Batch, Part> batch_size{};

}  // namespace cortexpr
