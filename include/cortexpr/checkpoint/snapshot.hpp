#pragma once

#include <cortexpr/core/random.hpp>
#include <cortexpr/train/fit_state.hpp>
#include <cortexpr/train/trainer.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

// All that training needs to go on, as one object.

namespace cortexpr::detail {

template <class Net>
struct Snapshot {
  Kept<Net> current{};
  FitState<Net> fit{};
  std::size_t steps_per_epoch = 0;
  Seed seed{};
  std::vector<double> schedule{};  ///< the numbers that training changes
};

/// Takes a snapshot of a trainer, and puts one into it.
struct CheckpointAccess {
  template <class Net, class Loss, class Optimizer, std::size_t B, std::size_t MicroBatch, class Placement>
  static Snapshot<Net> take(Trainer<Net, Loss, Optimizer, B, MicroBatch, Placement>& trainer) {
    Snapshot<Net> snapshot;
    if (const FitState<Net>* const fit = trainer.fit_state_.find(); fit != nullptr) snapshot.fit = *fit;
    if (!snapshot.fit.stopped.network.empty()) {
      snapshot.current = snapshot.fit.stopped;
    } else {
      const auto state = trainer.optimizer_state();
      snapshot.current = {{trainer.network()}, {state.begin(), state.end()}, trainer.updates_, trainer.progress_};
    }
    snapshot.steps_per_epoch = trainer.steps_per_epoch_;
    snapshot.seed = trainer.seed_;
    visit_schedule(trainer.optimizer_,
                   [&](const auto& value) { snapshot.schedule.push_back(static_cast<double>(value)); });
    return snapshot;
  }

  /// A snapshot whose arrays have the sizes of the trainer's.
  template <class Net, class Loss, class Optimizer, std::size_t B, std::size_t MicroBatch, class Placement>
  static Snapshot<Net> empty_like(Trainer<Net, Loss, Optimizer, B, MicroBatch, Placement>& trainer) {
    Snapshot<Net> snapshot;
    for (Kept<Net>* const kept : {&snapshot.current, &snapshot.fit.start, &snapshot.fit.best})
      kept->optimizer_state.resize(trainer.optimizer_state().size());
    return snapshot;
  }

  template <class Net, class Loss, class Optimizer, std::size_t B, std::size_t MicroBatch, class Placement>
  static void put(Snapshot<Net>&& snapshot, Trainer<Net, Loss, Optimizer, B, MicroBatch, Placement>& trainer) {
    trainer.network() = snapshot.current.network.front();
    const auto state = trainer.optimizer_state();
    for (std::size_t i = 0; i < state.size(); ++i) state[i] = snapshot.current.optimizer_state[i];
    trainer.updates_ = snapshot.current.updates;
    trainer.progress_ = snapshot.current.progress;
    trainer.steps_per_epoch_ = snapshot.steps_per_epoch;
    trainer.seed_ = snapshot.seed;
    std::size_t position = 0;
    visit_schedule(trainer.optimizer_, [&]<class Value>(Value& value) {
      if (position < snapshot.schedule.size()) value = static_cast<Value>(snapshot.schedule[position++]);
    });
    snapshot.fit.is_interrupted = snapshot.fit.has_rest;
    trainer.fit_state_.get() = std::move(snapshot.fit);
  }

 private:
  template <class Optimizer, class Action>
  static void visit_schedule(Optimizer& optimizer, const Action& action) {
    if constexpr (requires { optimizer.learning_rate.visit_state(action); })
      optimizer.learning_rate.visit_state(action);
  }
};

}  // namespace cortexpr::detail
