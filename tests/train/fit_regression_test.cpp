#include <doctest/doctest.h>

#include <cortexpr/data/dataset.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/fit.hpp>
#include <vector>

using namespace cortexpr;

namespace {

/// Points and y = (x0 - 2 x1, x0 x1).
RegressionSet samples(std::size_t count) {
  std::vector<float> inputs, targets;
  const Random random{Seed{3}};
  for (std::size_t i = 0; i < count; ++i) {
    const float a = random.normal<float>(2 * i);
    const float b = random.normal<float>(2 * i + 1);
    inputs.insert(inputs.end(), {a, b});
    targets.insert(targets.end(), {a - 2 * b, a * b});
  }
  return {inputs, 2, targets, 2};
}

}  // namespace

TEST_CASE_TEMPLATE("fit: learns targets, in single and double precision", T, float, double) {
  with_scalar<T, Network<Input<2>, Dense<24, Tanh>, Dense<2>>> network;
  network.initialize(Seed{1});
  Trainer trainer{network, MeanSquaredError{}, Adam<>{.learning_rate = 0.01f}, batch_size<16>};
  const RegressionSet data = samples(300);
  const double before = evaluate(network, data, MeanSquaredError{}).loss;
  const History history = trainer.fit(data, data, {.epochs = 60, .evaluate_every = 60, .seed = Seed{2}});
  CHECK(history.ok());
  CHECK(history.back().loss < before / 20);
  CHECK(history.back().confusion.classes() == 0);
}

TEST_CASE("fit: refuses targets of another size than the network's output") {
  Network<Input<2>, Dense<2>> network;
  Trainer trainer{network, MeanSquaredError{}, Sgd<>{}, batch_size<16>};
  const RegressionSet narrow{std::vector<float>(64), 2, std::vector<float>(32), 1};
  const History history = trainer.fit(narrow, samples(32), {});
  CHECK(history.stop == Stop::refused);
  CHECK(history.message ==
        "Trainer::fit: a target of the training data must have the 2 values of the network's output, found 1; change "
        "the last layer or the data");
}
