#pragma once

#include <cortexpr/embedded.hpp>
#include <cortexpr/nn/serialize.hpp>

namespace headers {

namespace cx = cortexpr;

using Dense = cx::Network<cx::Input<19>, cx::Dense<33, cx::LeakyRelu<0.01f>>, cx::Dense<5>>;
using Convolutional =
    cx::Network<cx::Input<1, 8, 7>, cx::Conv2D<3, cx::KernelSize{3, 2}, cx::Same, cx::Gelu>, cx::BatchNorm<0.2, 1e-3>,
                cx::MaxPool2D<2>, cx::Residual<cx::Conv2D<3, 1>, cx::Dropout<0.3f>>, cx::Flatten, cx::Dense<4>>;
using Recurrent = cx::with_scalar<double, cx::Network<cx::Input<4, 2>, cx::Gru<5>, cx::LayerNorm<1e-6>, cx::Dense<1>>>;
using BeforeIntegers =
    cx::Network<cx::Input<1, 8, 7>, cx::Conv2D<3, cx::KernelSize{3, 2}, cx::Same, cx::Relu>, cx::MaxPool2D<2>,
                cx::Residual<cx::DepthwiseConv2D<3, cx::Same>>, cx::Concat<cx::Identity, cx::Conv2D<2, 1, cx::Tanh>>,
                cx::Flatten, cx::Dense<9, cx::Relu6>, cx::Dense<4>>;
using Integers = cx::Quantized<BeforeIntegers>;

/// Networks of 200,000 weights, whose headers a loop in a constant expression could not build.
using Wide = cx::Network<cx::Input<784>, cx::Dense<256, cx::Relu>, cx::Dense<10>>;
using WideIntegers = cx::Quantized<Wide>;

/// Calls action(output) for each output of one inference.
template <class Net, class Action>
constexpr void for_each_output(const Net& network, Action action) {
  typename Net::InputTensor input{};
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<typename Net::value_type>(i % 7) / 7 - 0.5f;
  for (const auto output : network(input)) action(output);
}

/// Calls action(number) for each parameter, and for each output of one inference.
template <class Net, class Action>
constexpr void for_each_number(const Net& network, Action action) {
  cx::for_each_serialized(network, action);
  for_each_output(network, action);
}

/// A network that a board with 8 kB of RAM can train, the state of the optimizer included.
using Learner = cx::Network<cx::Input<1, 6, 6>, cx::Conv2D<2, 3>, cx::BatchNorm<>, cx::Activation<cx::Tanh>,
                            cx::Flatten, cx::Dense<6, cx::Gelu>, cx::Dropout<0.25f>, cx::Dense<3>>;

/// The network after three steps with dropout, BatchNorm, a schedule, clipping and Adam.
inline const Learner& learned() {
  static constinit Learner network{};
  static constinit cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{.label_smoothing = 0.1f},
                                       cx::AdamW{.learning_rate = cx::CosineDecay{0.02f, 0.001f}, .clip_norm = 1.0f},
                                       cx::batch_size<2>};
  static cx::Tensor<float, cx::Shape<2, 1, 6, 6>> inputs;
  network.initialize(cx::Seed{7});
  trainer.plan(3, 1, cx::Seed{8});
  for (int step = 0; step < 3; ++step) {
    const cx::Random random{cx::Seed{9}, static_cast<std::uint64_t>(step)};
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = random.normal<float>(i);
    trainer.step(inputs, cx::Tensor<int, cx::Shape<2>>{{2 - step, 1}});
  }
  return network;
}

}  // namespace headers
