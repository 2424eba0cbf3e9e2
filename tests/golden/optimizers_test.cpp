#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>

#include "golden.hpp"

using namespace cortexpr;

namespace {

using Net = Network<Input<4>, Dense<5, Tanh>, Dense<3>>;

/// Three steps of training the oracle's network, each on all of its samples; step k takes the rate rates[k].
/// Settings of the library are floats, so the comparison is made in float.
template <class Optimizer>
void check(const golden::File& expected, const std::string& name, Optimizer optimizer, std::array<float, 3> rates) {
  CAPTURE(name);
  static const golden::File inputs{"mlp_inputs"};
  Net network;
  const auto each = [&](auto action) {
    action("W1", network.parameter<"0.weight">());
    action("b1", network.parameter<"0.bias">());
    action("W2", network.parameter<"1.weight">());
    action("b2", network.parameter<"1.bias">());
  };
  each([&](const std::string& array, auto rows) {
    for (std::size_t i = 0; i < rows.count * rows.columns; ++i)
      rows[i / rows.columns][i % rows.columns] = static_cast<float>(expected["init_" + array][i]);
  });
  Tensor<float, Shape<6, 4>> x{};
  std::array<std::uint32_t, 6> labels{};
  golden::copy(inputs["X"], x);
  golden::copy(inputs["labels"], labels);

  Trainer trainer{network, SoftmaxCrossEntropy{}, optimizer, batch_size<6>};
  for (std::size_t step = 0; step < 3; ++step) {
    trainer.optimizer().learning_rate = rates[step];
    const float loss = trainer.step(x, labels);
    CHECK(golden::distance({expected[name + "_loss"][step]}, [&](auto) { return loss; }, golden::in_float) <= 1);
    const std::string after = "_s" + std::to_string(step + 1) + "_";
    CAPTURE(step);
    each([&](const std::string& array, auto rows) {
      CAPTURE(array);
      CHECK(golden::distance_of_rows(expected[name + after + array], rows, golden::in_float) <= 1);
    });
  }
}

template <class Optimizer>
void check(const std::string& name, Optimizer optimizer, std::array<float, 3> rates) {
  static const golden::File file{"optimizers"};
  check(file, name, optimizer, rates);
}
template <class Optimizer>
void check(const std::string& name, Optimizer optimizer, float rate) {
  check(name, optimizer, {rate, rate, rate});
}

template <class Optimizer>
void check_decay(const std::string& name, Optimizer optimizer, float rate) {
  static const golden::File file{"optimizers_with_decay"};
  check(file, name, optimizer, {rate, rate, rate});
}

}  // namespace

TEST_CASE("optimizers make the golden steps") {
  check("sgd", Sgd{}, 0.1f);
  check("sgd_wd", Sgd{.weight_decay = 0.1f}, 0.1f);
  check("mom_book", Momentum{}, 0.1f);
  check("mom_book_lrvar", Momentum{}, {0.2f, 0.1f, 0.05f});
  check("nesterov", Momentum{.nesterov = true}, 0.1f);
  check("adagrad", AdaGrad{}, 0.1f);
  check("rmsprop", RmsProp{}, 0.01f);
  check("adam", Adam{}, 0.01f);
  check("adam_l2", Adam{.weight_decay = 0.1f}, 0.01f);
  check("adamw", AdamW{.weight_decay = 0.1f, .decays = Decays::all}, 0.01f);
  check("adamw_lrvar", AdamW{.weight_decay = 0.1f, .decays = Decays::all}, {0.02f, 0.01f, 0.005f});
}

TEST_CASE("optimizers with weight decay make the golden steps") {
  check_decay("momentum_wd", Momentum{.weight_decay = 0.1f}, 0.1f);
  check_decay("nesterov_wd", Momentum{.nesterov = true, .weight_decay = 0.1f}, 0.1f);
  check_decay("adagrad_wd", AdaGrad{.weight_decay = 0.1f}, 0.1f);
  check_decay("rmsprop_wd", RmsProp{.weight_decay = 0.1f}, 0.01f);
  check_decay("adamw_default", AdamW{.decays = Decays::all}, 0.01f);
}

// PyTorch's; for Sgd and Momentum PyTorch has no default rate.
TEST_CASE("optimizers: defaults") {
  CHECK(Sgd{}.learning_rate == 0.1f);
  CHECK(Momentum{}.learning_rate == 0.1f);
  CHECK(AdaGrad{}.learning_rate == 0.01f);
  CHECK(RmsProp{}.learning_rate == 0.01f);
  CHECK(Adam{}.learning_rate == 0.001f);
  CHECK(AdamW{}.learning_rate == 0.001f);
  CHECK(Sgd{}.weight_decay == 0);
  CHECK(Momentum{}.weight_decay == 0);
  CHECK(AdaGrad{}.weight_decay == 0);
  CHECK(RmsProp{}.weight_decay == 0);
  CHECK(Adam{}.weight_decay == 0);
  CHECK(AdamW{}.weight_decay == 0.01f);
}
