#include <doctest/doctest.h>

#include <cortexpr/cortexpr.hpp>
#include <cortexpr/train/callbacks/progress_bar.hpp>
#include <cstdio>
#include <string>

namespace cx = cortexpr;

namespace {

/// Calls `action` with a stream and returns the text written to it.
template <class Action>
std::string written(Action action) {
  std::FILE* const stream = std::tmpfile();
  REQUIRE(stream != nullptr);
  action(stream);
  std::rewind(stream);
  std::string text;
  for (int character = std::fgetc(stream); character != EOF; character = std::fgetc(stream))
    text += static_cast<char>(character);
  std::fclose(stream);
  return text;
}

cx::EpochReport report(std::size_t epoch, const cx::Evaluation* evaluation) {
  return {.epoch = epoch,
          .epochs = 10,
          .samples = epoch * 100,
          .total_samples = 1000,
          .training_loss = 0.5,
          .seconds = 3.0 * static_cast<double>(epoch),
          .learning_rate = 0.125f,
          .evaluation = evaluation};
}

cx::Evaluation evaluation(std::size_t classes) {
  cx::Evaluation result;
  result.loss = 0.25;
  if (classes > 0) result.accuracy = 0.9375;
  result.confusion = cx::ConfusionMatrix{classes};
  return result;
}

}  // namespace

TEST_CASE("ProgressBar writes only evaluations if the stream is no terminal") {
  const cx::Evaluation labelled = evaluation(10);
  const std::string text = written([&](std::FILE* stream) {
    const cx::ProgressBar bar{stream};
    bar(report(4, nullptr));
    bar(report(5, &labelled));
    bar(report(10, &labelled));
  });
  CHECK(text ==
        "epoch  5/10 [##########..........]  loss 0.5000, test loss 0.2500, 93.75 %; 15 s, 15 s left\n"
        "epoch 10/10 [####################]  loss 0.5000, test loss 0.2500, 93.75 %; 30 s\n");
}

TEST_CASE("ProgressBar reuses one line of a terminal between evaluations") {
  const cx::Evaluation regression = evaluation(0);
  const std::string text = written([&](std::FILE* stream) {
    const cx::ProgressBar bar{stream, true};
    bar(report(1, nullptr));
    bar(report(2, &regression));
  });
  CHECK(text ==
        "\033[Kepoch  1/10 [##..................]  loss 0.5000; 3 s, 27 s left\r"
        "\033[Kepoch  2/10 [####................]  loss 0.5000, test loss 0.2500; 6 s, 24 s left\n");
}

TEST_CASE("a trainer calls a ProgressBar within epochs too") {
  using Line = cx::Network<cx::Input<1>, cx::Dense<1>>;
  Line network;
  cx::Trainer trainer{network, cx::MeanSquaredError{}, cx::Sgd{.learning_rate = 0.1f}, cx::batch_size<2>};
  const cx::RegressionSet data{{-1, 0, 1, 2, 3}, 1, {-2, 0, 2, 4, 6}, 1};
  const std::string text = written([&](std::FILE* stream) {
    trainer.on_epoch(cx::ProgressBar{stream});
    REQUIRE(trainer.fit(data, data, {.epochs = 2, .evaluate_every_steps = 2}).ok());
  });
  CHECK(text.find("epoch 1/2 [########............]") == 0);                  // 4 of 10 samples
  CHECK(text.find("epoch 2/2 [##############......]") != std::string::npos);  // 7 of 10
  CHECK(text.find("epoch 2/2 [####################]") != std::string::npos);
}
