#include <doctest/doctest.h>

#include <cortexpr/quantize/lower/deployed.hpp>
#include <type_traits>

#include "../fixtures.hpp"

using namespace cortexpr;
using detail::Deployed;

// BatchNorm goes, activations that cut off join the layer before them, and the others leave it.
static_assert(std::is_same_v<Deployed<Network<Input<4>, Dense<3, Linear, HeNormal>, BatchNorm<>, Activation<Relu>>>,
                             Network<Input<4>, Dense<3, Relu, HeNormal>>>);
static_assert(
    std::is_same_v<Deployed<Network<Input<4>, Dense<3, Tanh, HeNormal>, Dropout<0.5f>, Activation<Relu>>>,
                   Network<Input<4>, Dense<3, Linear, HeNormal>, Activation<Tanh>, Dropout<0.5f>, Activation<Relu>>>);
static_assert(std::is_same_v<Deployed<Network<Input<1, 4, 4>, Conv2D<2, 3, Same, Gelu, Stride<2>>>>,
                             Network<Input<1, 4, 4>, Conv2D<2, 3, Same, Stride<2>, Linear>, Activation<Gelu>>>);
static_assert(std::is_same_v<Deployed<Network<Input<1, 4, 4>, DepthwiseConv2D<3>, Activation<Relu6>>>,
                             Network<Input<1, 4, 4>, DepthwiseConv2D<3, Relu6>>>);
static_assert(
    std::is_same_v<Deployed<Network<Input<2, 4>, Residual<Conv1D<2, 3, Same>, BatchNorm<>, Activation<Relu>>>>,
                   Network<Input<2, 4>, Residual<Conv1D<2, 3, Same, Relu>>>>);
static_assert(
    std::is_same_v<Deployed<Network<Input<4>, Concat<Identity, Dense<2, Sigmoid, HeNormal>>>>,
                   Network<Input<4>, Concat<Identity, Sequential<Dense<2, Linear, HeNormal>, Activation<Sigmoid>>>>>);

// BatchNorm that cannot be folded becomes a convolution of each channel.
static_assert(std::is_same_v<Deployed<Network<Input<4>, BatchNorm<>, Dense<3, Relu>, BatchNorm<>, Dense<2>>>,
                             Network<Input<4>, Reshape<4, 1, 1>, DepthwiseConv2D<1>, Reshape<4>, Dense<3, Relu>,
                                     Reshape<3, 1, 1>, DepthwiseConv2D<1>, Reshape<3>, Dense<2>>>);

TEST_CASE("a deployed network is the same function") {
  using Net = Network<Input<2, 6, 6>, Conv2D<3, 3, Same>, BatchNorm<>, Activation<Relu>,
                      Residual<DepthwiseConv2D<3, Same, Tanh>, BatchNorm<>, Conv2D<3, 1>>, MaxPool2D<2>, BatchNorm<>,
                      Flatten, Dense<4, Gelu>, Dense<2>>;
  const Net network = quantized::initialized<Net>();
  Net::InputTensor input{};
  laws::fill_normal(input, 1);
  const auto expected = network(input), found = detail::deploy(network)(input);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-5));
}
