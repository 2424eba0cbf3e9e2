#pragma once

#include <cortexpr/core/placed.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/nn/memory/report.hpp>
#include <cortexpr/train/block.hpp>
#include <cortexpr/train/lazy.hpp>
#include <cortexpr/train/workspace.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace cortexpr {

struct FitOptions;  // train/fit.hpp
class History;      // train/history.hpp
struct EpochReport;

namespace detail {

template <class Net, class TrainerType, class Data, class TestData>
class FitLoop;  // train/fit.hpp
template <class Net>
struct FitState;          // train/fit_state.hpp
struct CheckpointAccess;  // checkpoint/

/// What fit keeps between calls. Freestanding programs have no fit.
template <class Net>
using FitStateOf = std::conditional_t<CORTEXPR_HOSTED, Lazy<FitState<Net>>, NoFitState>;

/// What the steps of a Trainer write besides the network.
template <class Net, class Optimizer, std::size_t Batch, std::size_t MicroBatch>
struct TrainerState {
  using T = typename Net::value_type;
  static constexpr std::size_t elements = Net::trainable_elements;
  static constexpr bool stores_gradient = memory<Net, Batch, Optimizer, MicroBatch>::gradient_bytes > 0;
  /// Statistics are restored if the loss of a later micro-batch is not finite.
  static constexpr std::size_t saved_statistics = MicroBatch != Batch ? Net::statistics_elements : 0;

  [[no_unique_address]] Block<T, Optimizer::state_slots * elements> optimizer{};
  [[no_unique_address]] Block<T, stores_gradient ? elements : 0> gradient{};
  [[no_unique_address]] Block<T, saved_statistics> statistics{};
  Workspace<typename Net::chain, MicroBatch> workspace{};

  constexpr std::span<T> optimizer_values() { return {optimizer.block, Optimizer::state_slots * elements}; }
  constexpr void keep_statistics(const T* of_network) {
    for (std::size_t i = 0; i < saved_statistics; ++i) statistics.block[i] = of_network[i];
  }
  constexpr void restore_statistics(T* of_network) const {
    for (std::size_t i = 0; i < saved_statistics; ++i) of_network[i] = statistics.block[i];
  }
};

/// Where the state of a Trainer lies: by its size, or on the heap. The limit is part of the trainer's type, so that files
/// with different limits do not share trainers of different layouts.
template <std::size_t Limit>
struct PlacedBySize {
  template <class State>
  static constexpr Place place = place_of<sizeof(State)>;
};
struct PlacedOnHeap {
  template <class>
  static constexpr Place place = Place::heap;
};

/// The type of the network that an argument of Trainer is or refers to.
template <class Net>
struct NetworkOf {
  using type = Net;
};
template <class Net>
struct NetworkOf<Handle<Net>> {
  using type = Net;
};
template <class Net>
struct NetworkOf<const Handle<Net>> {
  using type = Net;
};

}  // namespace detail
}  // namespace cortexpr
