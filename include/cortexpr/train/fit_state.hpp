#pragma once

#include <cortexpr/train/history.hpp>
#include <cortexpr/train/schedule.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cortexpr::detail {

/// What fit can go back to: a network and the state of its training.
template <class Net>
struct Kept {
  std::vector<Net> network;  // a single one; it may be too large for the stack
  std::vector<typename Net::value_type> optimizer_state;
  std::uint64_t updates = 0;
  Progress progress{};
};

/// The state of a call of fit between two steps: what the call needs besides its arguments to go on.
template <class Net>
struct FitState {
  /// Whether the call has steps left, and whether the next fit makes them, as it does after `resume`.
  bool has_rest = false, is_interrupted = false;
  std::size_t first_epoch = 0, first_step = 0;  ///< of the call, counted since training began
  std::size_t epoch = 0, step = 0;              ///< those that come next; `step` counts from the beginning of the epoch
  std::size_t without_gain = 0;
  std::size_t samples = 0;  ///< in the training data
  double loss_since_evaluation = 0, weight_since_evaluation = 0;
  double seconds = 0;  ///< that the call took in earlier processes
  float rate = 0;      ///< of the last step
  History history{};
  Kept<Net> start{}, best{};
  Kept<Net> stopped{};  ///< where a requested stop ended the call
};

}  // namespace cortexpr::detail
