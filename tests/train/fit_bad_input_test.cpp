#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/train/fit.hpp>
#include <limits>
#include <string>
#include <vector>

#include "../laws/fixtures.hpp"
#include "fixtures.hpp"

// Data and options that fit refuses, and losses that become infinite or NaN.

using namespace cortexpr;
using namespace test;
using laws::same_bits;

namespace {

template <class Data, class TestData>
History refused(const Data& data, const TestData& test_data, const FitOptions& options) {
  Fresh run;
  const Net before = run.network;
  std::size_t calls = 0;
  run.trainer.on_epoch([&](const EpochReport&) { ++calls; });
  History history = run.trainer.fit(data, test_data, options);
  CHECK(history.stop == Stop::refused);
  CHECK_FALSE(history.ok());
  CHECK(history.empty());
  CHECK(calls == 0);
  CHECK(same_bits(run.network.block(), before.block()));
  return history;
}

}  // namespace

TEST_CASE("fit: refuses unfit data and options with one sentence, and does not change the network") {
  CHECK(refused(training, held_out, {.epochs = 0}).message ==
        "Trainer::fit: epochs must be at least 1, found 0; nothing was trained");
  CHECK(refused(training, held_out, {.epochs = 1, .evaluate_every = 0}).message ==
        "Trainer::fit: evaluate_every must be at least 1, found 0; to evaluate once, make it as large as epochs");
  CHECK(refused(Circle{0}, held_out, {}).message ==
        "Trainer::fit: the training data must hold at least one sample, found 0; nothing was trained");
  CHECK(refused(training, Circle{0}, {}).message ==
        "Trainer::fit: the test data must hold at least one sample, found 0; nothing was trained");
  CHECK(refused(Circle{7}, held_out, {}).message ==
        "Trainer::fit: the batch of 8 must not be larger than the training data, found 7 samples; take a smaller "
        "batch_size");

  Circle wide = training;
  wide.values_of_a_sample = 3;
  CHECK(refused(wide, held_out, {}).message ==
        "Trainer::fit: a sample of the training data must have the 2 values of the network's Input, found 3; change "
        "Input or the data");
  CHECK(mentions(refused(training, wide, {}), {"a sample of the test data"}));

  Circle third_class = training;
  third_class.labels[17] = 2;
  CHECK(refused(third_class, held_out, {}).message ==
        "Trainer::fit: label of sample 17 of the training data: expected a class below the network's 2 outputs, found "
        "2; widen the last layer or check the labels");
  CHECK(mentions(refused(training, third_class, {}), {"label of sample 17 of the test data"}));
}

namespace {

using Exploding = Network<Input<2>, Dense<16, Relu>, Dense<4, Gelu>, Dense<2>>;

/// Trains until the loss is not finite. The network must then be that of the best evaluation, or else the initial one.
template <class Optimizer>
History exploded(const Circle& data, Optimizer optimizer, const FitOptions& options) {
  Exploding network;
  network.initialize(Seed{1});
  Trainer trainer{network, SoftmaxCrossEntropy{}, optimizer, batch_size<batch>};
  std::vector<Exploding> evaluated{network};
  trainer.on_epoch([&](const EpochReport& report) {
    if (report.evaluation != nullptr && report.evaluation->best_so_far) evaluated.push_back(network);
  });
  History history = trainer.fit(data, held_out, options);
  CHECK(history.stop == Stop::not_finite);
  CHECK_FALSE(history.ok());
  CHECK(same_bits(network.block(), evaluated.back().block()));
  for (const Evaluation& entry : history) CHECK(std::isfinite(entry.loss));
  return history;
}

}  // namespace

TEST_CASE("fit: stops when the loss is not finite, and names the epoch, the batch and the layer") {
  // The learning rate explodes after two epochs of 13 batches.
  const auto cliff = [](const Progress& progress) { return progress.step < 28 ? 0.1f : 1e30f; };
  const History history = exploded(training, Sgd{.learning_rate = cliff}, {.epochs = 5, .seed = Seed{3}});
  CHECK(history.size() == 2);
  CHECK(mentions(history, {"Trainer::fit: the loss must be finite, but is not in epoch 3, batch 4;",
                           "the first such value is in the output of layer ", "; lower the learning rate",
                           "the network is that of the best evaluation, after epoch 2"}));
}

TEST_CASE("fit: a loss that is not finite before the first evaluation restores the initial network") {
  const History history = exploded(training, Sgd{.learning_rate = 1e30f}, {.epochs = 5, .seed = Seed{3}});
  CHECK(history.empty());
  CHECK(mentions(history,
                 {"in epoch 1, batch 2;", "in the output of layer 1 (Dense)", "the network is as it was before"}));
}

TEST_CASE("fit: an evaluation finds that the last step before it made the outputs not finite") {
  const auto cliff = [](const Progress& progress) { return progress.step < 25 ? 0.1f : 1e30f; };
  const History history = exploded(training, Sgd{.learning_rate = cliff}, {.epochs = 2, .seed = Seed{3}});
  CHECK(history.size() == 1);
  CHECK(mentions(history, {"at the evaluation after epoch 2, batch 13;", "in the output of layer 1 (Dense)",
                           "the best evaluation, after epoch 1"}));
}

TEST_CASE("fit: NaN in a sample is found, also behind Relu") {
  Circle bad = training;
  bad.points[77] = std::numeric_limits<float>::quiet_NaN();
  const History history = exploded(bad, Sgd{}, {.epochs = 5, .seed = Seed{3}});
  // Value 77 is the second one of sample 38.
  CHECK(mentions(history, {"in epoch 1, batch ", "the first such value is in the input data, value 1 of sample 38;"}));
}

TEST_CASE("fit: NaN in the test data is found, too") {
  Circle bad = held_out;
  bad.points[31] = std::numeric_limits<float>::quiet_NaN();
  Fresh run;
  const History history = run.trainer.fit(training, bad, {.seed = Seed{3}});
  CHECK(history.stop == Stop::not_finite);
  CHECK(mentions(history, {"the first such value is in the test data, value 1 of sample 15;"}));
}

namespace {

template <class Optimizer>
std::string refusal_of(Optimizer optimizer, const FitOptions& options = {}) {
  Fresh<Optimizer> run{optimizer};
  const Net before = run.network;
  const History history = run.trainer.fit(training, held_out, options);
  CHECK(history.stop == Stop::refused);
  CHECK(same_bits(run.network.block(), before.block()));
  CHECK(run.trainer.progress().epochs == 0);
  return history.message;
}

}  // namespace

TEST_CASE("fit: refuses settings that are out of range") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(refusal_of(Sgd{.learning_rate = -0.1f}) ==
        "Trainer::fit: the learning rate must be a finite number of at least 0, found -0.1; nothing was trained");
  CHECK(refusal_of(Adam{.learning_rate = OneCycle{.peak = nan}}) ==
        "Trainer::fit: the learning rate must be a finite number of at least 0, found nan; nothing was trained");
  CHECK(refusal_of(Sgd<float, float>{.clip_norm = nan}) ==
        "Trainer::fit: clip_norm must be a number above 0, found nan; nothing was trained");
  CHECK(refusal_of(Sgd<float, float>{.clip_norm = -1}) ==
        "Trainer::fit: clip_norm must be a number above 0, found -1; nothing was trained");
  CHECK(refusal_of(AdamW{.weight_decay = -0.01f}) ==
        "Trainer::fit: weight_decay must be a number of at least 0, found -0.01; nothing was trained");
  CHECK(refusal_of(Momentum{.momentum = 1}) ==
        "Trainer::fit: momentum must be a number of at least 0 and below 1, found 1; nothing was trained");
  CHECK(refusal_of(Adam{.beta2 = 1.5f}) ==
        "Trainer::fit: beta2 must be a number of at least 0 and below 1, found 1.5; nothing was trained");
  CHECK(refusal_of(Sgd{}, {.epochs = std::size_t{1} << 63}) ==
        "Trainer::fit: epochs must be at most 92233720368547758 for 100 samples, found 9223372036854775808; nothing "
        "was trained");
  CHECK(refusal_of(Sgd{}, {.epochs = 3, .planned_epochs = 2}) ==
        "Trainer::fit: planned_epochs must be at least the 0 epochs done and the 3 of this call, found 2; nothing was "
        "trained");
  Net network;
  Trainer trainer{network, SoftmaxCrossEntropy{.label_smoothing = 1.5f}, Sgd{}, batch_size<batch>};
  CHECK(trainer.fit(training, held_out, {}).message ==
        "SoftmaxCrossEntropy: label_smoothing must lie in [0, 1]; 0.1 is usual");
}

TEST_CASE("fit: stops where a schedule leaves the range") {
  const History history = exploded(
      training, Sgd{.learning_rate = [](const Progress& progress) { return progress.step < 20 ? 0.1f : -0.1f; }},
      {.epochs = 5, .seed = Seed{3}});
  CHECK(history.size() == 1);
  CHECK(mentions(history, {"the learning rate must be a finite number of at least 0, found -0.1 in epoch 2, batch 8;",
                           "the network is that of the best evaluation, after epoch 1"}));
}
