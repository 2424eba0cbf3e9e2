#include <doctest/doctest.h>

#include <algorithm>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <span>
#include <vector>

#include "fixtures.hpp"

// A batch of N samples gives the bits of N single samples.

using namespace cortexpr;
using laws::same_bits;

namespace {

/// The outputs of `samples` samples, one at a time.
template <class Net>
auto one_by_one(const Net& network, const std::vector<typename Net::value_type>& inputs) {
  std::vector<typename Net::value_type> outputs;
  for (std::size_t at = 0; at < inputs.size(); at += Net::input_shape::size) {
    typename Net::InputTensor input;
    std::copy_n(inputs.begin() + static_cast<std::ptrdiff_t>(at), input.size(), input.begin());
    const auto output = network(input);
    outputs.insert(outputs.end(), output.begin(), output.end());
  }
  return outputs;
}

template <class Net>
Net drawn() {
  Net network;
  network.initialize(Seed{5});
  return network;
}

}  // namespace

// The last ones are large enough for inference to be cut into pieces of fewer samples than the batch.
TEST_CASE_TEMPLATE("a batch of N = N singles", Net, Network<Input<1>, Dense<1>>,
                   Network<Input<5>, Dense<18, Tanh>, Dropout<0.5f>, Dense<3, Softmax>>,
                   Network<Input<2, 3>, Activation<Relu>, Activation<Softplus>, Flatten, Dense<33, Gelu>, Dense<2>>,
                   Network<Input<40>, Dropout<0.1f>, Dense<65, Selu>, Dense<16, Mish>, Dense<7>, Flatten>,
                   Network<Input<4>, Dense<700, Relu6>, Dense<10>>, Network<Input<1, 1>, SimpleRnn<1>>,
                   Network<Input<6, 3>, Gru<33, ReturnSequences, ResetBefore>, Gru<5, ResetBefore>>,
                   Network<Input<6, 3>, SimpleRnn<18, ReturnSequences>, Gru<33, ReturnSequences>, Lstm<5>>,
                   Network<Input<3, 40>, Lstm<65, ReturnSequences>, Gru<7, ReturnSequences>, Flatten, Dense<2>>,
                   with_scalar<double, Network<Input<33>, Dense<9, Elu>, Dense<4>>>,
                   with_scalar<double, Network<Input<2, 3>, Lstm<5, ReturnSequences>, Gru<9>>>) {
  const Net network = drawn<Net>();
  for (const std::size_t samples : {1u, 2u, 5u, 6u, 7u, 59u, 60u, 61u, 128u}) {
    CAPTURE(samples);
    std::vector<typename Net::value_type> inputs(samples * Net::input_shape::size);
    std::vector<typename Net::value_type> outputs(samples * Net::output_shape::size);
    laws::fill_normal(inputs, samples);
    CHECK(network(inputs, outputs) == samples);
    CHECK(same_bits(outputs, one_by_one(network, inputs)));
  }
}

TEST_CASE_TEMPLATE("the forward pass of training gives the bits of inference", Batch, Shape<1>, Shape<7>, Shape<60>,
                   Shape<61>) {
  using Net = Network<Input<5>, Dense<18, Gelu>, Dense<33, Tanh>, Activation<Sigmoid>, Dense<3>>;
  constexpr std::size_t n = Batch::size;
  Net network = drawn<Net>();
  Trainer trainer{network, MeanSquaredError{}, Sgd{}, batch_size<n>};
  Tensor<float, Shape<n, 5>> inputs{};
  laws::fill_normal(inputs, 1);
  const auto rows = trainer.forward(inputs);
  std::vector<float> outputs;
  for (std::size_t row = 0; row < n; ++row) outputs.insert(outputs.end(), rows[row], rows[row] + 3);
  CHECK(rows.count == n);
  CHECK(same_bits(outputs, one_by_one(network, {inputs.begin(), inputs.end()})));
}

TEST_CASE("batch inference stops at what both spans hold") {
  using Net = Network<Input<3>, Dense<2, Sigmoid>>;
  const Net network = drawn<Net>();
  std::vector<float> inputs(3 * 5 + 2), outputs(2 * 4 + 1, -1.0f);
  CHECK(network(inputs, outputs) == 4);
  CHECK(outputs[7] > 0);
  CHECK(outputs[8] == -1.0f);
  CHECK(network({}, outputs) == 0);
  CHECK(network(std::span{inputs}.first(2), outputs) == 0);
}
