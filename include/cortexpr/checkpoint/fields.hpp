#pragma once

#include <cortexpr/checkpoint/snapshot.hpp>
#include <cortexpr/train/history.hpp>
#include <cortexpr/train/schedule.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// The tensors of a checkpoint, each named once: the same functions write a snapshot and read it. `archive` is a
// SnapshotWriter or a SnapshotReader (tensors.hpp).

namespace cortexpr::detail {

/// Gives numbers one after the other to an action that may change them, and collects them.
template <class Number, class Fields>
void visit_fields(auto& archive, const std::string& name, const Fields& fields) {
  std::vector<Number> values;
  fields([&](const auto& field) { values.push_back(static_cast<Number>(field)); });
  if constexpr (std::is_same_v<Number, double>)
    archive.numbers(name, values);
  else
    archive.integers(name, values);
  std::size_t i = 0;
  fields([&]<class Field>(Field& field) {
    if (i < values.size()) field = static_cast<Field>(values[i++]);
  });
}

template <class Action>
void visit_kept(auto& kept, const Action& action) {
  action(kept.updates);
  for (auto* const count : {&kept.progress.epoch, &kept.progress.epochs, &kept.progress.step, &kept.progress.steps})
    action(*count);
}

/// Calls action(number) for what is kept of an evaluation besides its confusion matrix.
template <class Action>
void visit_evaluation(Evaluation& one, const Action& action) {
  for (double* const number : {&one.loss, &one.accuracy, &one.training_loss, &one.seconds, &one.training_seconds})
    action(*number);
  action(one.learning_rate);
  action(one.epoch);
  action(one.samples);
  action(one.best_so_far);
}

/// One row of numbers for each evaluation. The confusion matrices follow each other: the number of classes, then the
/// counts. Other scores of an evaluation are not kept. The tensors say how many evaluations there are, so that a damaged
/// file cannot ask for more memory than it has.
template <class Archive>
void visit_evaluations(Archive& archive, std::vector<Evaluation>& evaluations) {
  std::vector<double> numbers;
  for (Evaluation& one : evaluations)
    visit_evaluation(one, [&](const auto& number) { numbers.push_back(static_cast<double>(number)); });
  archive.numbers("evaluations/numbers", numbers);
  std::size_t numbers_of_one = 0, next = 0;
  Evaluation any{};
  visit_evaluation(any, [&](const auto&) { ++numbers_of_one; });
  evaluations.resize(numbers.size() / numbers_of_one);
  for (Evaluation& one : evaluations)
    visit_evaluation(one, [&]<class Number>(Number& number) {
      const double value = numbers[next++];
      constexpr double most_whole = 9007199254740992;  // 2^53
      if (!std::is_integral_v<Number> || (value >= 0 && value <= most_whole)) number = static_cast<Number>(value);
    });

  std::vector<std::uint64_t> counts;
  for (const Evaluation& one : evaluations) {
    const std::size_t classes = one.confusion.classes();
    counts.push_back(classes);
    for (std::size_t actual = 0; actual < classes; ++actual)
      for (std::size_t predicted = 0; predicted < classes; ++predicted)
        counts.push_back(one.confusion(actual, predicted));
  }
  archive.integers("evaluations/confusion", counts);
  std::size_t position = 0;
  for (Evaluation& one : evaluations) {
    const std::size_t classes = position < counts.size() ? static_cast<std::size_t>(counts[position++]) : 0;
    if (classes > counts.size() || classes * classes > counts.size() - position) break;
    std::vector<std::size_t> matrix;
    matrix.reserve(classes * classes);
    for (std::size_t i = 0; i < classes * classes; ++i) matrix.push_back(static_cast<std::size_t>(counts[position++]));
    one.confusion = ConfusionMatrix{classes, std::move(matrix)};
  }
}

/// Writes a snapshot, or reads one.
template <class Archive, class Net>
void visit_snapshot(Archive& archive, Snapshot<Net>& snapshot) {
  FitState<Net>& fit = snapshot.fit;
  archive.network("network/", snapshot.current);
  archive.network("start/", fit.start);
  archive.network("best/", fit.best);
  auto stop = static_cast<std::uint64_t>(fit.history.stop);
  visit_fields<std::uint64_t>(archive, "counters", [&](const auto& action) {
    visit_kept(snapshot.current, action);
    visit_kept(fit.start, action);
    visit_kept(fit.best, action);
    for (std::size_t* const count :
         {&snapshot.steps_per_epoch, &fit.first_epoch, &fit.first_step, &fit.epoch, &fit.step, &fit.without_gain,
          &fit.samples, &fit.history.best, &fit.history.samples})
      action(*count);
    action(snapshot.seed.value);
    action(fit.has_rest);
    action(stop);
  });
  fit.history.stop = stop <= static_cast<std::uint64_t>(Stop::requested) ? static_cast<Stop>(stop) : Stop::finished;
  visit_fields<double>(archive, "numbers", [&](const auto& action) {
    for (double* const number : {&fit.loss_since_evaluation, &fit.weight_since_evaluation, &fit.seconds,
                                 &fit.history.training_seconds, &fit.history.evaluation_seconds})
      action(*number);
    action(fit.rate);
  });
  archive.numbers("schedule", snapshot.schedule);
  visit_evaluations(archive, fit.history.evaluations);
}

}  // namespace cortexpr::detail
