#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <memory>
#include <span>
#include <vector>

#include "fixtures.hpp"
#include "normalization.hpp"

// The laws, for the layers that normalise, and for Embedding.

using namespace cortexpr;
using laws::at_run_time;
using laws::drawn;
using laws::same_bits;

namespace {

/// All that a step of training computes: outputs, gradients and statistics.
template <class Net, class Simd>
std::vector<typename Net::value_type> pass() {
  using T = typename Net::value_type;
  constexpr std::size_t samples = 5;
  const auto network = std::make_unique<Net>(at_run_time(drawn<Net>, Seed{7}));
  const auto gradient = std::make_unique<Net>();
  const auto workspace = std::make_unique<detail::Workspace<typename Net::chain, samples>>();
  std::vector<T> inputs(samples * Net::input_shape::size);
  laws::fill_normal(inputs, 1);
  const auto outputs = workspace->forward(Simd{}, network->data(), inputs.data(), samples, {});
  std::vector<T> all;
  for (std::size_t row = 0; row < samples; ++row) all.insert(all.end(), outputs[row], outputs[row] + outputs.columns);
  const auto upstream = workspace->output_gradient();
  for (std::size_t row = 0; row < samples; ++row)
    laws::fill_normal(std::span<T, upstream.columns>{upstream[row], upstream.columns}, 10 + row);
  workspace->backward(Simd{}, network->data(), kernels::StoreGradient<T>{gradient->block().data()});
  workspace->update_statistics(Simd{}, network->data().statistics);
  all.insert(all.end(), gradient->block().begin(), gradient->block().end());
  all.insert(all.end(), network->block().begin(), network->block().end());
  alignas(64) static T arena[detail::InferencePlan<typename Net::chain, samples>::arena.elements];
  const detail::ChainData<const T> data = network->data();
  const auto inferred =
      detail::infer<typename Net::chain, detail::Mode::batch, samples>(Simd{}, data, inputs.data(), samples, arena);
  for (std::size_t row = 0; row < samples; ++row)
    all.insert(all.end(), inferred[row], inferred[row] + inferred.columns);
  return all;
}

using OfRows = Network<Input<19>, LayerNorm<>, Dense<37>, RmsNorm<>, Dense<1>, LayerNorm<>, Dense<16>, RmsNorm<>,
                       Dense<5>, LayerNorm<>>;
using OfSequences = Network<Input<3, 21>, RmsNorm<>, LayerNorm<>, BatchNorm<>, GroupNorm<3>, Conv1D<4, 3>, LayerNorm<>,
                            BatchNorm<>, GroupNorm<2>>;
using OfImages =
    Network<Input<3, 5, 7>, GroupNorm<1>, BatchNorm<>, Conv2D<6, 3>, GroupNorm<3>, BatchNorm<>, Flatten, Dense<3>>;
using OfVectors = Network<Input<19>, BatchNorm<>, Dense<37>, BatchNorm<>, Dense<1>, BatchNorm<>, Dense<16>, BatchNorm<>,
                          Dense<5>, BatchNorm<>>;
using OfWords = Network<Input<7>, Embedding<5, 19>, BatchNorm<>, Flatten, Dense<3>>;

}  // namespace

TEST_CASE_TEMPLATE("normalisation: SIMD = scalar", Net, OfRows, OfSequences, OfImages, OfVectors, OfWords,
                   with_scalar<double, OfRows>, with_scalar<double, OfImages>, with_scalar<double, OfVectors>) {
  CHECK(same_bits(pass<Net, simd::Native>(), pass<Net, simd::ConstantEvaluated>()));
}

namespace {

/// A network after two steps, the last one on part of a batch.
template <class Net>
constexpr Net trained(Seed seed) {
  Net network = drawn<Net>(seed);
  Trainer trainer{network, SoftmaxCrossEntropy{}, Momentum{}, batch_size<4, 2>};
  typename decltype(trainer)::template Inputs<4> inputs{};
  std::array<std::uint32_t, 4> labels{};
  for (std::uint64_t step = 0; step < 2; ++step) {
    laws::fill_normal(inputs, 10 + step);
    laws::fill_labels(labels, 20 + step, Net::output_shape::size);
    trainer.step(inputs, std::span<const std::uint32_t>{labels.data(), step == 1 ? 3u : 4u});
  }
  return network;
}

template <class Net>
constexpr typename Net::OutputTensor inferred(Seed seed) {
  const Net network = drawn<Net>(seed);
  typename Net::InputTensor input{};
  laws::fill_normal(input, 1);
  return network(input);
}

}  // namespace

TEST_CASE_TEMPLATE("normalisation: training and inference in the compiler give the bits of run time", Net,
                   Network<Input<3>, LayerNorm<>, Dense<5>, RmsNorm<>, Dense<2>>,
                   Network<Input<3>, BatchNorm<>, Dense<5, Tanh>, BatchNorm<>, Dense<2>>,
                   Network<Input<2, 1, 3>, GroupNorm<2>, BatchNorm<>, Flatten, Dense<2>>,
                   with_scalar<double, Network<Input<3>, BatchNorm<>, LayerNorm<>, Dense<2>>>,
                   Network<Input<3>, Embedding<2, 2>, Flatten, Dense<2>>) {
  constexpr Net in_compiler = trained<Net>(Seed{7});
  CHECK(same_bits(at_run_time(trained<Net>, Seed{7}).block(), in_compiler.block()));
  constexpr auto output = inferred<Net>(Seed{7});
  CHECK(same_bits(at_run_time(inferred<Net>, Seed{7}), output));
}

TEST_CASE_TEMPLATE("normalisation: a batch of N = N singles", Net, OfRows, OfSequences, OfImages, OfVectors, OfWords) {
  using T = typename Net::value_type;
  const auto network = std::make_unique<Net>(at_run_time(drawn<Net>, Seed{7}));
  constexpr std::size_t samples = 63, in = Net::input_shape::size;
  std::vector<T> inputs(samples * in), outputs(samples * Net::output_shape::size), single;
  laws::fill_normal(inputs, 1);
  CHECK((*network)(inputs, outputs) == samples);
  for (std::size_t i = 0; i < samples; ++i) {
    typename Net::InputTensor input;
    std::copy_n(inputs.data() + i * in, in, input.begin());
    const auto output = (*network)(input);
    single.insert(single.end(), output.begin(), output.end());
  }
  CHECK(same_bits(outputs, single));
}
