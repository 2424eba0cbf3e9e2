#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/train/fit.hpp>
#include <limits>
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
  CHECK(mentions(history, {"in epoch 1, batch ", "the first such value is in the input data"}));
}
