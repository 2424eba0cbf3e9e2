#include <doctest/doctest.h>

#include <algorithm>
#include <cortexpr/nn/layers/attention/transformer_block.hpp>

#include "bits.hpp"

using namespace bits;

// Recurrent layers, attention, layers of steps, and streams.

namespace {

template <class... Layers>
void check_sequence(const std::string& name) {
  check_layer<Input<5, 3>, TimeDistributed<Dense<4>>, Layers..., Dense<2>>(name);
}

/// The outputs of a stream that is seen a step at a time, and the state after it.
template <class Net, class Step>
void check_stream(const std::string& name) {
  const auto network = trained<Net>(name);
  check_batch(name, *network);
  with_input<Net, Step> stream;
  std::copy_n(network->block().data(), network->block().size(), stream.block().data());
  typename with_input<Net, Step>::State state;
  Hash hash;
  for (std::uint64_t step = 0; step < 9; ++step) {
    typename with_input<Net, Step>::InputTensor input{};
    laws::fill_normal(input, 40 + step);
    hash.add_all(stream(input, state));
  }
  check(name + ".stream", hash);
}

}  // namespace

TEST_CASE("bits: recurrent layers") {
  check_sequence<SimpleRnn<7, Gelu, ReturnSequences>, SimpleRnn<7>>("simple_rnn");
  check_sequence<Gru<18, ReturnSequences>, Gru<7>>("gru");
  check_sequence<Gru<18, ResetBefore, ReturnSequences>, Gru<7, ResetBefore>>("gru_reset_before");
  check_sequence<Lstm<18, ReturnSequences>, Lstm<7>>("lstm");
  check_training_in_double<Input<5, 4>, Gru<4, ReturnSequences>, TransformerBlock<4, 2, 6>, Lstm<3>, Dense<2>>(
      "sequences_double");
}

TEST_CASE("bits: attention and layers of steps") {
  check_sequence<MultiHeadAttention<2>, MultiHeadAttention<1, Causal>, Flatten>("attention");
  check_sequence<TransformerBlock<4, 2, 6>, Flatten>("transformer_block");
  check_layer<Input<5>, Embedding<3, 4>, LayerNorm<>, Flatten, Dense<2>>("embedding_layer_norm");
  check_sequence<TimeDistributed<Dense<6, Tanh>, Dropout<0.25f>, BatchNorm<>, Residual<Dense<6>>>, RmsNorm<>, Flatten>(
      "time_distributed_rms_norm");
}

TEST_CASE("bits: streams") {
  check_stream<Network<Input<5, 2>, SimpleRnn<7, ReturnSequences>, Gru<7, ReturnSequences>, Lstm<7>, Dense<2>>,
               Input<1, 2>>("stream_recurrent");
  check_stream<
      Network<Input<5, 2>, Permute<1, 0>, Conv1D<4, 2, Causal, Tanh>, Conv1D<4, 3, Causal, Dilation<2>>, Permute<1, 0>>,
      Input<1, 2>>("stream_conv1d");
}
