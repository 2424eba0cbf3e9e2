#include <cortexpr/embedded.hpp>
#include <cortexpr/nn/serialize.hpp>
#include <cstdint>

// Every layer, activation, loss and optimizer in single precision: a step of training and an inference of each network.
// The hash of all that comes out must be the host's.

namespace {

namespace cx = cortexpr;

std::uint64_t hash = 0xCBF29CE484222325u;

/// FNV-1a, a word at a time.
void add(float number) { hash = (hash ^ __builtin_bit_cast(std::uint32_t, number)) * 0x100000001B3u; }

template <class Shape>
void fill(cx::Tensor<float, Shape>& tensor, std::uint64_t stream, bool uniform) {
  const cx::Random random{cx::Seed{3}, stream};
  for (std::size_t i = 0; i < tensor.size(); ++i)
    tensor[i] = uniform ? random.uniform<float>(i) : random.normal<float>(i);
}

template <class Net, class Loss, class Optimizer>
void run(Loss loss, Optimizer optimizer) {
  using Trainer = cx::Trainer<Net, Loss, Optimizer, 2>;
  static Net network;
  static Trainer trainer{network, loss, optimizer};
  static typename Trainer::template Inputs<2> inputs;
  static typename Trainer::template Targets<2> targets;
  network.initialize(cx::Seed{1});
  fill(inputs, 0, false);
  fill(targets, 1, true);
  add(trainer.step(inputs, targets));
  cx::for_each_serialized(network, add);
  typename Net::InputTensor input;
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = inputs[i];
  for (const float output : network(input)) add(output);
}

using namespace cortexpr;

using Branches =
    Network<Input<5>, Dense<4, Tanh>, Residual<Dense<7, Gelu>, Dense<4>>,
            Concat<Dense<3, Sigmoid>, Identity, Sequential<Dense<6>, Activation<Softplus>>>,
            Parallel<Dense<3, LeakyRelu<0.1f>>, Dense<3, Relu6>, Dense<3, Selu>>, Dense<3, HardSwish>, Dense<3>>;
using Images = Network<Input<1, 6, 6>, Conv2D<2, 3, Relu, Same>, BatchNorm<>, DepthwiseConv2D<3, Silu, Multiplier<2>>,
                       MaxPool2D<2>, Dropout<0.25f>, Flatten, Dense<2, Elu>>;
using Enlarged = Network<Input<2, 3, 2>, TransposedConv2D<3, 3, Mish, Stride<2>>, GroupNorm<3>, Upsample2D<2>,
                         ZeroPad2D<1, 0, 2, 1>, AvgPool2D<2>, GlobalAvgPool, Dense<2, Sigmoid>>;
using Recurrent =
    Network<Input<4, 3>, Gru<5, ReturnSequences>, Lstm<4, ReturnSequences>, SimpleRnn<3>, LayerNorm<>, Dense<2>>;
using Signals = Network<Input<2, 9>, Conv1D<3, 3, Causal, Gelu>, MaxPool1D<2>, AvgPool1D<2>, Permute<1, 0>, Reshape<6>,
                        Dense<2, HardSigmoid>>;
using Sequences = Network<Input<4>, Embedding<5, 4>, TransformerBlock<4, 2, 6>,
                          TimeDistributed<RmsNorm<>, Dense<3, Tanh>>, Flatten, Dense<3, Softmax>>;

}  // namespace

extern "C" unsigned long long hash_of_layers() {
  run<Branches>(MeanSquaredError{}, Momentum{.learning_rate = OneCycle{.peak = 0.1f}, .nesterov = true});
  run<Images>(MeanAbsoluteError{}, Adam{.learning_rate = ExponentialDecay{0.1f, 0.01f}});
  run<Enlarged>(BinaryCrossEntropy{}, RmsProp{.learning_rate = Warmup{2, CosineDecay{0.1f, 0.01f}}});
  run<Recurrent>(Huber{}, AdaGrad{.learning_rate = LinearDecay{0.1f, 0.01f}});
  run<Signals>(SoftmaxCrossEntropy{}, Sgd{.weight_decay = 0.01f, .clip_norm = 0.5f});
  run<Sequences>(KullbackLeibler{}, AdamW{.learning_rate = 0.1f});
  return hash;
}

#ifdef EXPECTED_HASH
extern "C" int first_wrong_network() { return hash_of_layers() == EXPECTED_HASH ? 0 : 5; }
#endif
