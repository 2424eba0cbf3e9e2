#include <doctest/doctest.h>

#include <algorithm>
#include <cortexpr/train/fit.hpp>
#include <limits>
#include <set>
#include <vector>

#include "../laws/fixtures.hpp"
#include "fixtures.hpp"

using namespace cortexpr;
using namespace test;
using laws::same_bits;

TEST_CASE("fit: learns, and keeps a history") {
  Fresh run;
  const History history = run.trainer.fit(training, held_out, {.epochs = 45, .evaluate_every = 20, .seed = Seed{3}});
  CHECK(history.ok());
  CHECK(history.stop == Stop::finished);
  CHECK(history.message.empty());
  REQUIRE(history.size() == 3);
  CHECK(history[0].epoch == 20);
  CHECK(history[1].epoch == 40);
  CHECK(history.back().epoch == 45);
  CHECK(history[1].samples == 4000);
  CHECK(history.samples == 4500);
  CHECK(history[0].best_so_far);
  CHECK(history.best < 3);
  for (const Evaluation& entry : history) {
    CHECK(entry.learning_rate == 0.1f);
    CHECK(entry.seconds >= entry.training_seconds);
    CHECK(entry.loss >= history[history.best].loss);
  }
  CHECK(history.back().accuracy >= 0.9);
  CHECK(history.back().training_loss < history[0].training_loss);
  CHECK(history.samples_per_second() > 0);

  // The last entry equals the result of evaluate.
  const Metrics metrics = evaluate(run.network, held_out);
  CHECK(metrics.loss == history.back().loss);
  CHECK(metrics.accuracy == history.back().accuracy);
}

TEST_CASE("fit: evaluates every evaluate_every_steps steps, and after the last step") {
  Fresh run;
  const Circle few{20, 2};  // three steps an epoch
  const History history = run.trainer.fit(few, held_out, {.epochs = 3, .evaluate_every_steps = 2, .seed = Seed{3}});
  REQUIRE(history.size() == 5);
  CHECK(history[0].epoch == 1);
  CHECK(history[0].samples == 16);
  CHECK(history[1].epoch == 2);
  CHECK(history[1].samples == 28);
  CHECK(history[2].epoch == 2);
  CHECK(history[2].samples == 40);
  CHECK(history[4].epoch == 3);
  CHECK(history[4].samples == 60);
}

TEST_CASE("fit: takes each sample once per epoch, in a new order, and the rest as a smaller batch") {
  Fresh run;
  const Circle few{21, 2};
  REQUIRE(run.trainer.fit(few, held_out, {.epochs = 3, .seed = Seed{3}}).ok());
  REQUIRE(few.gathered.size() == 63);
  std::set<std::vector<std::size_t>> orders;
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<std::size_t> order = few.order_of(epoch);
    orders.insert(order);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < 21; ++i) CHECK(order[i] == i);
  }
  CHECK(orders.size() == 3);
}

TEST_CASE("fit: gives the same bits as a loop of steps") {
  Fresh fitted, by_hand;
  const Circle few{21, 2};
  const History history = fitted.trainer.fit(few, held_out, {.epochs = 2, .seed = Seed{3}});
  by_hand.trainer.plan(2, 3, Seed{3});
  double losses = 0;
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    const Permutation order{Seed{3}, epoch, few.size()};
    losses = 0;
    for (std::size_t first = 0; first < few.size(); first += batch) {
      Tensor<float, Shape<batch, 2>> inputs{};
      std::vector<std::uint32_t> labels;
      for (std::size_t i = first; i < std::min(first + batch, few.size()); ++i) {
        few.gather(order[i], epoch, &inputs[2 * labels.size()]);
        labels.push_back(few.label(order[i]));
      }
      losses += static_cast<double>(by_hand.trainer.step(inputs, labels)) * static_cast<double>(labels.size());
    }
  }
  CHECK(same_bits(fitted.network.block(), by_hand.network.block()));
  CHECK(history.back().training_loss == doctest::Approx(losses / 21));
}

TEST_CASE("fit: the same seed gives the same network, another seed another one") {
  const auto trained = [](Seed seed) {
    Fresh run;
    REQUIRE(run.trainer.fit(training, held_out, {.epochs = 2, .seed = seed}).ok());
    return run.network;
  };
  CHECK(same_bits(trained(Seed{5}).block(), trained(Seed{5}).block()));
  CHECK_FALSE(same_bits(trained(Seed{5}).block(), trained(Seed{6}).block()));
}

namespace {

/// The position of the lowest loss.
std::size_t best_of(const History& history) {
  const auto lower = [](const Evaluation& a, const Evaluation& b) { return a.loss < b.loss; };
  return static_cast<std::size_t>(std::min_element(history.begin(), history.end(), lower) - history.begin());
}

}  // namespace

TEST_CASE("fit: early stopping restores the best network") {
  const Circle wrong = training.with_wrong_labels();
  for (const std::size_t patience : {1u, 3u}) {
    CAPTURE(patience);
    Fresh run;
    std::vector<Net> networks;
    run.trainer.on_epoch([&](const EpochReport&) { networks.push_back(run.network); });
    const History history =
        run.trainer.fit(training, wrong, {.epochs = 20, .early_stopping = true, .patience = patience, .seed = Seed{3}});
    CHECK(history.stop == Stop::no_gain);
    CHECK(history.ok());
    CHECK(history.best == best_of(history));
    CHECK(history.size() == history.best + 1 + patience);
    REQUIRE(networks.size() == history.size());
    CHECK(same_bits(run.network.block(), networks[history.best].block()));
    CHECK_FALSE(same_bits(run.network.block(), networks.back().block()));
    double lowest = std::numeric_limits<double>::infinity();
    for (const Evaluation& entry : history) {
      CHECK(entry.best_so_far == (entry.loss < lowest));
      lowest = std::min(lowest, entry.loss);
    }
  }
}

TEST_CASE("fit: of equal evaluations the first is the best, and a tie is no gain") {
  Fresh run{Momentum<>{.learning_rate = 0}};  // nothing changes, so all evaluations are equal
  const History all = run.trainer.fit(training, held_out, {.epochs = 3, .seed = Seed{3}});
  REQUIRE(all.size() == 3);
  CHECK(all[0].loss == all[2].loss);
  CHECK(all.best == 0);
  CHECK(all[0].best_so_far);
  CHECK_FALSE(all[1].best_so_far);
  CHECK_FALSE(all[2].best_so_far);

  Fresh stopping{Momentum<>{.learning_rate = 0}};
  const History stopped =
      stopping.trainer.fit(training, held_out, {.epochs = 10, .early_stopping = true, .patience = 2, .seed = Seed{3}});
  CHECK(stopped.stop == Stop::no_gain);
  CHECK(stopped.size() == 3);
  CHECK(stopped.best == 0);
}

TEST_CASE("fit: without early stopping runs all epochs and keeps the last network") {
  Fresh run;
  std::vector<Net> networks;
  run.trainer.on_epoch([&](const EpochReport&) { networks.push_back(run.network); });
  const History history = run.trainer.fit(training, training.with_wrong_labels(), {.epochs = 12, .seed = Seed{3}});
  CHECK(history.stop == Stop::finished);
  CHECK(history.size() == 12);
  CHECK(history.best == best_of(history));
  CHECK(history.best < 11);
  CHECK(same_bits(run.network.block(), networks.back().block()));
}

TEST_CASE("fit: calls its callbacks after each epoch and each evaluation") {
  Fresh run;
  struct Heard {
    std::size_t epoch, samples;
    bool evaluated;
  };
  std::vector<Heard> heard;
  std::size_t calls = 0;
  run.trainer
      .on_epoch([&](const EpochReport& report) {
        CHECK(report.epochs == 4);
        CHECK(report.learning_rate == 0.1f);
        CHECK(report.training_loss > 0);
        heard.push_back({report.epoch, report.samples, report.evaluation != nullptr});
        if (report.evaluation != nullptr) CHECK(report.evaluation->epoch == report.epoch);
      })
      .on_epoch([&calls](const EpochReport&) { ++calls; })
      .on_epoch([&calls](const EpochReport&) { ++calls; })
      .on_epoch([&calls](const EpochReport&) { ++calls; });
  REQUIRE(run.trainer.fit(training, held_out, {.epochs = 4, .evaluate_every = 3, .seed = Seed{3}}).ok());
  REQUIRE(heard.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(heard[i].epoch == i + 1);
    CHECK(heard[i].samples == (i + 1) * 100);
    CHECK(heard[i].evaluated == (i == 2 || i == 3));
  }
  CHECK(calls == 12);
}

TEST_CASE("fit: follows the schedule, also inside Warmup") {
  Fresh<Sgd<Warmup<LinearDecay>>> run{{.learning_rate = {4, {0.4f, 0.2f}}}};
  const Circle few{16, 2};  // two steps an epoch
  const History history = run.trainer.fit(few, held_out, {.epochs = 3, .evaluate_every_steps = 1, .seed = Seed{3}});
  REQUIRE(history.size() == 6);
  const float expected[] = {0.4f * 1 / 4, 0.4f * 2 / 4, 0.3f * 3 / 4, 0.3f, 0.2f, 0.2f};
  for (std::size_t i = 0; i < 6; ++i) CHECK(history[i].learning_rate == doctest::Approx(expected[i]));
}

TEST_CASE("fit: passes the loss of each evaluation to ReduceOnPlateau") {
  Fresh<Sgd<ReduceOnPlateau>> run{{.learning_rate = {.rate = 0.4f, .factor = 0.5f, .patience = 1}}};
  const History history = run.trainer.fit(training, training.with_wrong_labels(), {.epochs = 12, .seed = Seed{3}});
  double best = std::numeric_limits<double>::infinity();
  float rate = 0.4f;
  std::size_t since_best = 0;
  for (const Evaluation& entry : history) {
    CHECK(entry.learning_rate == rate);
    since_best = entry.loss < best ? 0 : since_best + 1;
    best = std::min(best, entry.loss);
    if (since_best == 2) {
      rate /= 2;
      since_best = 0;
    }
  }
  CHECK(rate < 0.2f);
}

TEST_CASE("fit: a second call continues with the state of the optimizer") {
  // Adam corrects the bias of its averages, which begin at zero, by the number of steps; a second fit must not count
  // from 1.
  const auto one_more_step = [](bool plan) {
    Fresh<Adam<>> run{{.learning_rate = 0.01f}};
    REQUIRE(run.trainer.fit(training, held_out, {.epochs = 2, .seed = Seed{3}}).ok());
    if (plan) run.trainer.plan(1, 1, Seed{3});
    Tensor<float, Shape<batch, 2>> inputs{};
    laws::fill_normal(inputs, 1);
    run.trainer.step(inputs, std::vector<std::uint32_t>(batch, 1));
    return run.network;
  };
  CHECK(same_bits(one_more_step(true).block(), one_more_step(false).block()));
}

TEST_CASE("fit: a batch as large as the data makes one step per epoch") {
  Fresh run;
  CHECK(run.trainer.fit(Circle{8}, held_out, {.epochs = 2}).samples == 16);
}

TEST_CASE("fit: says that the processor flushes subnormal numbers") {
  Fresh run;
  CHECK(run.trainer.fit(training, held_out, {.epochs = 1}).warning.empty());
#if defined(__x86_64__)
  const unsigned mode = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(mode | 0x8040u);
  const History history = run.trainer.fit(training, held_out, {.epochs = 1});
  __builtin_ia32_ldmxcsr(mode);
  CHECK(history.ok());
  CHECK(history.warning.find("subnormal numbers are flushed") != std::string::npos);
#endif
}
