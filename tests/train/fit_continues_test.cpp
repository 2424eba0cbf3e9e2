#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/train/fit.hpp>
#include <limits>
#include <set>
#include <vector>

#include "../laws/fixtures.hpp"
#include "fixtures.hpp"

// What fit keeps from call to call, how training is ended from outside, and what is left after it failed.

using namespace cortexpr;
using namespace test;
using laws::same_bits;

namespace {

using Dropping = Network<Input<2>, Dense<16, Tanh>, Dropout<0.3f>, Dense<2>>;

/// A network after calls of fit with these options, and the rates of its evaluations.
template <class Optimizer>
struct Calls {
  Dropping network;
  std::vector<float> rates;

  Calls(const Optimizer& optimizer, const std::vector<FitOptions>& calls) {
    network.initialize(Seed{1});
    Trainer trainer{network, SoftmaxCrossEntropy{}, optimizer, batch_size<batch>};
    for (const FitOptions& options : calls) {
      const History history = trainer.fit(training, held_out, options);
      CHECK(history.ok());
      for (const Evaluation& entry : history) rates.push_back(entry.learning_rate);
    }
  }
};

template <class Optimizer>
void check_continues(const Optimizer& optimizer) {
  const FitOptions all{.epochs = 6, .seed = Seed{3}, .planned_epochs = 6};
  FitOptions part = all;
  const Calls whole{optimizer, {all}};
  part.epochs = 1;
  const Calls ones{optimizer, std::vector<FitOptions>(6, part)};
  CHECK(same_bits(ones.network.block(), whole.network.block()));
  CHECK(ones.rates == whole.rates);
  part.epochs = 2;
  CHECK(same_bits(Calls{optimizer, std::vector<FitOptions>(3, part)}.network.block(), whole.network.block()));
}

}  // namespace

TEST_CASE("fit: calls of a few epochs give the bits of one call") {
  check_continues(Momentum{});
  check_continues(Adam{.learning_rate = OneCycle{.peak = 0.02f}});
  check_continues(AdamW{.learning_rate = Warmup{20, CosineDecay{0.02f, 0.0f}}});
  check_continues(Sgd{.learning_rate = ReduceOnPlateau{.rate = 0.4f, .factor = 0.5f, .patience = 0}});
}

TEST_CASE("fit: a second call takes new orders, and tells the data the next epoch") {
  const Circle few{21, 2};
  Fresh run;
  std::vector<std::size_t> reported;
  run.trainer.on_epoch([&](const EpochReport& report) {
    reported.push_back(report.epoch);
    CHECK(report.epochs == reported.size());
  });
  for (int call = 0; call < 3; ++call) REQUIRE(run.trainer.fit(few, held_out, {.seed = Seed{3}}).ok());
  CHECK(reported == std::vector<std::size_t>{1, 2, 3});
  REQUIRE(few.gathered.size() == 63);
  std::set<std::vector<std::size_t>> orders;
  for (std::size_t epoch = 0; epoch < 3; ++epoch) orders.insert(few.order_of(epoch));
  CHECK(orders.size() == 3);
}

TEST_CASE("fit: restart begins anew, but for the weights") {
  const FitOptions options{.epochs = 2, .seed = Seed{3}};
  FitOptions again = options;
  again.restart = true;
  const auto check = [&](auto optimizer) {
    Dropping network, second;
    network.initialize(Seed{1});
    Trainer trainer{network, SoftmaxCrossEntropy{}, optimizer, batch_size<batch>};
    REQUIRE(trainer.fit(training, held_out, options).ok());
    second = network;
    const History restarted = trainer.fit(training, held_out, again);
    Trainer fresh{second, SoftmaxCrossEntropy{}, optimizer, batch_size<batch>};
    const History expected = fresh.fit(training, held_out, options);
    CHECK(same_bits(network.block(), second.block()));
    CHECK(restarted.back().epoch == 2);
    CHECK(restarted.back().learning_rate == expected.back().learning_rate);
  };
  check(Adam{.learning_rate = OneCycle{.peak = 0.02f}});
  check(Momentum{.learning_rate = ReduceOnPlateau{.rate = 10, .factor = 0.5f, .patience = 0}});
}

TEST_CASE("fit: without planned_epochs the schedule ends with each call") {
  const LinearDecay decay{0.4f, 0.1f};
  const Calls calls{Sgd{.learning_rate = decay}, {{.epochs = 2}, {.epochs = 2}}};
  // Epochs 0, 1 of 2, then 2, 3 of 4.
  const float expected[] = {0.4f, 0.1f, 0.4f - 0.3f * 2 / 3, 0.1f};
  for (std::size_t i = 0; i < 4; ++i) CHECK(calls.rates[i] == doctest::Approx(expected[i]));
}

TEST_CASE("fit: without shuffle the order is that of the data") {
  const Circle few{21, 2};
  Fresh run;
  REQUIRE(run.trainer.fit(few, held_out, {.epochs = 2, .shuffle = false}).ok());
  for (std::size_t i = 0; i < 42; ++i) CHECK(few.gathered[i].sample == i % 21);
}

TEST_CASE("a loop of steps without plan: OneCycle stays at its peak") {
  Fresh<Sgd<OneCycle>> run{{.learning_rate = {.peak = 0.25f}}};
  for (int step = 0; step < 3; ++step) {
    CHECK(run.trainer.learning_rate() == 0.25f);
    run.trainer.step({}, std::vector<int>(batch, 1));
  }
}

TEST_CASE("fit: a callback that returns false ends training") {
  Fresh run;
  std::size_t calls = 0;
  run.trainer.on_epoch([](const EpochReport& report) { return report.epoch < 3; });
  for (int i = 0; i < 9; ++i) run.trainer.on_epoch([&calls](const EpochReport&) { ++calls; });
  const History history = run.trainer.fit(training, held_out, {.epochs = 20, .seed = Seed{3}});
  CHECK(history.stop == Stop::requested);
  CHECK(history.ok());
  CHECK(history.size() == 3);
  CHECK(calls == 27);  // all callbacks are called, the fifth and later ones too
  CHECK(run.trainer.progress().epoch == 3);

  // A copy has callbacks of its own.
  auto copy = run.trainer;
  CHECK(copy.fit(training, held_out, {.epochs = 20}).size() == 1);
  CHECK(calls == 36);
}

TEST_CASE("fit: a stop token ends training after the step") {
  static StopToken stop;
  Fresh run;
  run.trainer.on_epoch([&](const EpochReport& report) {
    if (report.evaluation != nullptr) stop.request_stop();
  });
  const History history =
      run.trainer.fit(training, held_out, {.epochs = 20, .evaluate_every_steps = 5, .seed = Seed{3}, .stop = &stop});
  CHECK(history.stop == Stop::requested);
  CHECK(history.samples == 5 * batch);
  CHECK(run.trainer.progress().step == 5);
  // The next call takes the order of the next epoch.
  CHECK(run.trainer.progress().epoch == 1);
}

TEST_CASE("fit: after a loss that is not finite, a smaller rate trains on as if nothing had happened") {
  for (const bool evaluated : {false, true}) {
    CAPTURE(evaluated);
    Fresh failed, spared;
    const FitOptions options{.epochs = 2, .seed = Seed{3}};
    for (auto* run : {&failed, &spared}) {
      run->trainer.optimizer().learning_rate = 0.05f;
      if (evaluated) REQUIRE(run->trainer.fit(training, held_out, options).ok());
    }
    failed.trainer.optimizer().learning_rate = std::numeric_limits<float>::max();
    CHECK(failed.trainer.fit(training, held_out, options).stop == Stop::not_finite);
    CHECK(same_bits(failed.network.block(), spared.network.block()));
    failed.trainer.optimizer().learning_rate = 0.05f;
    CHECK(failed.trainer.fit(training, held_out, options).ok());
    CHECK(spared.trainer.fit(training, held_out, options).ok());
    CHECK(same_bits(failed.network.block(), spared.network.block()));
  }
}

TEST_CASE("fit: after a failure the network is the given one if no evaluation was better") {
  Fresh run;
  REQUIRE(run.trainer.fit(training, held_out, {.epochs = 10, .seed = Seed{3}}).ok());
  const Net before = run.network;
  // The first evaluation is far worse than the start, then the loss is not finite.
  Trainer other{run.network, SoftmaxCrossEntropy{},
                Sgd{.learning_rate = [](const Progress& progress) { return progress.step < 13 ? 30.0f : 1e38f; }},
                batch_size<batch>};
  const History history = other.fit(training, held_out, {.epochs = 10, .seed = Seed{3}});
  CHECK(history.stop == Stop::not_finite);
  REQUIRE(history.size() == 1);
  CHECK(history[0].loss > 5);
  CHECK(same_bits(run.network.block(), before.block()));
  CHECK(mentions(history, {"the network is as it was before training"}));
}

TEST_CASE("history: without evaluations, entries have a loss of NaN") {
  const History empty;
  CHECK(std::isnan(empty.back().loss));
  CHECK(std::isnan(empty.back().accuracy));
  CHECK(std::isnan(empty[empty.best].loss));
}
