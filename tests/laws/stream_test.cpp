#include <doctest/doctest.h>

#include <algorithm>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <type_traits>
#include <vector>

#include "fixtures.hpp"

// A sequence in parts, with the state of a stream, gives the bits of the whole.

using namespace cortexpr;
using laws::at_run_time;
using laws::same_bits;

namespace {

/// A network that has learned a little.
template <class Net>
constexpr Net trained() {
  Net network;
  network.initialize(Seed{3});
  Trainer trainer{network, MeanSquaredError{}, Sgd{.learning_rate = 0.1f}, batch_size<4>};
  typename decltype(trainer)::template Inputs<4> inputs{};
  typename decltype(trainer)::template Targets<4> targets{};
  laws::fill_normal(inputs, 1);
  laws::fill_normal(targets, 2);
  trainer.step(inputs, targets);
  return network;
}

/// The same parameters for parts of another shape.
template <class NewInput, class Net>
constexpr auto in_parts(const Net& network) {
  with_input<Net, NewInput> stream;
  std::copy_n(network.block().data(), network.block().size(), stream.block().data());
  return stream;
}

/// The outputs of the parts that a sequence with steps first consists of, one after the other.
template <class Part, class Net>
constexpr auto streamed(const Net& network, const typename Net::InputTensor& sequence) {
  const auto stream = in_parts<Part>(network);
  typename Net::OutputTensor outputs{};
  typename std::remove_const_t<decltype(stream)>::State state;
  for (std::size_t from = 0, to = 0; from < sequence.size();) {
    typename std::remove_const_t<decltype(stream)>::InputTensor part{};
    std::copy_n(sequence.data() + from, part.size(), part.data());
    const auto output = stream(part, state);
    // A layer that returns the last step only has said what it has to say at the end.
    if (Net::output_shape::rank == 1) to = 0;
    std::copy_n(output.data(), output.size(), outputs.data() + to);
    from += part.size();
    to += output.size();
  }
  return outputs;
}

template <class Net>
constexpr typename Net::InputTensor sequence(std::uint64_t stream = 7) {
  typename Net::InputTensor result{};
  laws::fill_normal(result, stream);
  return result;
}

/// Network<Input<T, C>, Permute<1, 0>, ...> for Network<Input<C, T>, ...>.
template <class Net>
struct StepsFirstOf;
template <class T, std::size_t Channels, std::size_t Steps, class... Layers>
struct StepsFirstOf<BasicNetwork<T, Input<Channels, Steps>, Layers...>> {
  using type = BasicNetwork<T, Input<Steps, Channels>, Permute<1, 0>, Layers...>;
};
template <class Net>
using with_steps_first = typename StepsFirstOf<Net>::type;

}  // namespace

TEST_CASE_TEMPLATE("step by step, and part by part, a stream gives the bits of the whole sequence", Net,
                   Network<Input<20, 1>, SimpleRnn<5, ReturnSequences>>,
                   Network<Input<20, 3>, SimpleRnn<18, Relu, ReturnSequences>, Activation<Tanh>,
                           Gru<33, ReturnSequences>, Dropout<0.1f>, Lstm<5, ReturnSequences>>,
                   Network<Input<20, 2>, Gru<16>, Dense<1>>, Network<Input<20, 2>, Gru<17, ResetBefore>, Dense<1>>,
                   Network<Input<20, 2>, Lstm<1, ReturnSequences>, Lstm<40>, Dense<3>>,
                   with_scalar<double, Network<Input<20, 2>, Lstm<3, ReturnSequences>, Gru<9>>>) {
  const Net network = at_run_time(trained<Net>);
  const auto inputs = sequence<Net>();
  const auto whole = network(inputs);
  constexpr std::size_t features = extent<typename Net::input_shape, 1>;
  CHECK(same_bits(streamed<Input<1, features>>(network, inputs), whole));
  CHECK(same_bits(streamed<Input<5, features>>(network, inputs), whole));
  CHECK(same_bits(streamed<Input<20, features>>(network, inputs), whole));
}

TEST_CASE_TEMPLATE("step by step, and part by part: Conv1D with Causal, with steps last", Net,
                   Network<Input<1, 24>, Conv1D<1, 2, Causal>, Permute<1, 0>>,
                   Network<Input<3, 24>, Conv1D<5, 3, Relu, Causal, Dilation<2>>, Conv1D<4, 1>,
                           Conv1D<6, 4, Causal, Groups<2>>, Permute<1, 0>>,
                   Network<Input<2, 24>, Conv1D<17, 9, Causal, Dilation<4>>, Permute<1, 0>, Gru<5, ReturnSequences>>,
                   with_scalar<double, Network<Input<2, 24>, Conv1D<3, 5, Padding<4, 0>>, Permute<1, 0>>>) {
  // The parts are cut with steps first, so a Permute comes before the tested layers.
  constexpr std::size_t channels = extent<typename Net::input_shape, 0>;
  using StepsFirst = with_steps_first<Net>;
  const StepsFirst network = at_run_time(trained<StepsFirst>);
  const auto inputs = sequence<StepsFirst>();
  const auto whole = network(inputs);
  CHECK(same_bits(streamed<Input<1, channels>>(network, inputs), whole));
  CHECK(same_bits(streamed<Input<8, channels>>(network, inputs), whole));
  CHECK(same_bits(streamed<Input<24, channels>>(network, inputs), whole));
}

TEST_CASE("only a window that looks back needs a state") {
  static_assert(memory<Network<Input<2, 9>, Conv1D<3, 3>>>::state_bytes == 0);
  static_assert(memory<Network<Input<2, 9>, Conv1D<3, 3, Same>>>::state_bytes == 0);
  static_assert(memory<Network<Input<2, 9>, Conv1D<3, 3, Causal, Stride<2>>>>::state_bytes == 0);
  static_assert(memory<Network<Input<2, 9>, Conv1D<3, 1, Causal>>>::state_bytes == 0);
  static_assert(memory<Network<Input<2, 1, 9>, Conv2D<3, KernelSize{1, 3}, Padding<0, 0, 2, 0>>>>::state_bytes == 0);
  static_assert(memory<Network<Input<2, 9>, Conv1D<3, 3, Causal, Dilation<2>>>>::state_bytes >= 2 * 4 * sizeof(float));
}

TEST_CASE("a stream in the compiler gives the bits of a stream at run time") {
  using Net =
      Network<Input<6, 2>, Permute<1, 0>, Conv1D<2, 3, Causal>, Permute<1, 0>, Gru<5, ReturnSequences>, Lstm<3>>;
  constexpr auto in_compiler = [] {
    Net network;
    network.initialize(Seed{3});
    return streamed<Input<2, 2>>(network, sequence<Net>());
  }();
  Net network;
  network.initialize(Seed{3});
  CHECK(same_bits(streamed<Input<2, 2>>(network, sequence<Net>()), in_compiler));
  CHECK(same_bits(network(sequence<Net>()), in_compiler));
}

TEST_CASE("a state is a plain object, zero at first, and nothing where no layer has one") {
  using Net = Network<Input<2, 1>, Gru<3>, Dense<1>>;
  Net network;
  network.initialize(Seed{3});
  Net::State state{}, other{};
  const auto first = network(sequence<Net>(), state);
  CHECK(same_bits(first, network(sequence<Net>())));
  CHECK_FALSE(state == other);
  const Net::State kept = state;
  const auto second = network(sequence<Net>(8), state);
  CHECK_FALSE(same_bits(second, network(sequence<Net>(8))));
  state = kept;
  CHECK(same_bits(network(sequence<Net>(8), state), second));
  static_assert(std::is_trivially_copyable_v<Net::State>);
  static_assert(memory<Net>::state_bytes == sizeof(Net::State));

  using Stateless = Network<Input<2>, Dense<1>>;
  static_assert(std::is_empty_v<Stateless::State>);
  static_assert(memory<Stateless>::state_bytes == 0);
  Stateless plain;
  plain.initialize(Seed{3});
  Stateless::State nothing;
  CHECK(same_bits(plain({1, 2}, nothing), plain({1, 2})));
}
