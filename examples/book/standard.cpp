#include "train.hpp"

namespace cx = cortexpr;

namespace {

template <std::size_t Units, class Activation>
using NormalDense = cx::Dense<Units, Activation, cx::Normal<>>;

/// Two Dense layers with the book's first initialization: weights and biases from N(0, 1).
template <class OutputActivation>
struct NormalNetwork : cx::Network<cx::Input<784>, NormalDense<89, cx::Tanh>, NormalDense<10, OutputActivation>> {
  void initialize(cx::Seed seed) {
    NormalNetwork::BasicNetwork::initialize(seed);
    fill_normal(this->template parameter<"0.bias">(), cx::Random{seed, 1});
    fill_normal(this->template parameter<"1.bias">(), cx::Random{seed, 3});
  }

 private:
  static void fill_normal(auto bias, const cx::Random& random) {
    for (std::size_t i = 0; i < bias.columns; ++i) bias[0][i] = random.normal<float>(i);
  }
};

using Probabilities = NormalNetwork<cx::Sigmoid>;
using Logits = NormalNetwork<cx::Linear>;

Outcome squared_error(const cx::mnist::Data& data, cx::Seed seed) {
  return train_as_in_the_book<Probabilities>(data, cx::MeanSquaredError{.sum_over_outputs = true},
                                             cx::Sgd{.learning_rate = 0.1f}, 50, seed);
}
Outcome cross_entropy(const cx::mnist::Data& data, cx::Seed seed) {
  return train_as_in_the_book<Logits>(data, PrintedLoss{}, cx::Sgd{.learning_rate = 0.1f}, 50, seed);
}
Outcome momentum(const cx::mnist::Data& data, cx::Seed seed) {
  return train_as_in_the_book<Logits>(data, PrintedLoss{}, cx::Momentum{.learning_rate = 0.1f, .momentum = 0.9f}, 50,
                                      seed);
}
Outcome linear_decay(const cx::mnist::Data& data, cx::Seed seed) {
  return train_as_in_the_book<Logits>(
      data, PrintedLoss{}, cx::Momentum{.learning_rate = cx::LinearDecay{0.15f, 0.05f}, .momentum = 0.9f}, 50, seed);
}
Outcome exponential_decay(const cx::mnist::Data& data, cx::Seed seed) {
  return train_as_in_the_book<Logits>(
      data, PrintedLoss{}, cx::Momentum{.learning_rate = cx::ExponentialDecay{0.2f, 0.05f}, .momentum = 0.9f}, 50,
      seed);
}

}  // namespace

std::vector<Experiment> standard_experiments() {
  return {
      {1,
       "784-89 tanh-10 sigmoid, squared error, SGD 0.1",
       ".611 .428 .389 .374 .366",
       {72.58},
       {.25, .55, true},
       50,
       squared_error},
      {2,
       "784-89 tanh-10, softmax cross entropy, SGD 0.1",
       ".630 .574 .549 .546",
       {91.01},
       {90.5, 91.7},
       45,
       cross_entropy},
      {3, "2 with momentum 0.9", ".441 .351 .345 .338", {95.51}, {95.0, 96.0}, 50, momentum},
      {4, "3 with linear decay from 0.15 to 0.05", ".403 .343 .282", {95.91}, {95.3, 96.4}, 40, linear_decay},
      {5, "3 with exponential decay from 0.2 to 0.05", ".461 .323 .284", {96.06}, {95.3, 96.4}, 40, exponential_decay},
  };
}
