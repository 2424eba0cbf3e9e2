#include "layer_laws.hpp"

using namespace cortexpr;
using laws::check_layer;

// The compiler makes a kernel once for all layers of the same shape, so the shapes repeat.

TEST_CASE("laws: Residual") {
  check_layer<Input<5>, Dense<4, Tanh>, Residual<Dense<7, Gelu>, Dense<4>>, Dense<7>>();
  check_layer<Input<5>, Dense<4>, Residual<Projection<Dense<7>>, Dense<4, Tanh>, Dense<7>>>();
  check_layer<Input<2, 4, 4>, Residual<Conv2D<2, 3, Same, Tanh>, GroupNorm<2>, Conv2D<2, 3, Same>>>();
  check_layer<Input<1, 4, 4>, Conv2D<2, 1>,
              Residual<Projection<Conv2D<3, 1, Tanh, Stride<2>>, GroupNorm<3>>, Conv2D<3, 3, Same, Stride<2>>>>();
}

TEST_CASE("laws: Parallel and Sequential") {
  check_layer<Input<5>, Dense<4>, Parallel<Dense<7, Tanh>, Sequential<Dense<4, Gelu>, Dense<7>>, Dense<7, Sigmoid>>>();
  check_layer<Input<4>, Parallel<Dense<19>, Dense<19, Tanh>>, Sequential<Dense<4, Tanh>, LayerNorm<>>>();
  check_layer<Input<2, 2>, Dropout<0.25f>, Flatten, Parallel<Sequential<Dense<4>, Dropout<0.5f>>, Dropout<0.5f>>>();
}

TEST_CASE("laws: Concat") {
  check_layer<Input<5>, Dense<4>, Concat<Dense<7, Tanh>, Identity, Sequential<Dense<19>, Activation<Softplus>>>>();
  check_layer<Input<1, 4, 4>, Conv2D<2, 1>,
              Concat<Conv2D<3, 1>, Sequential<Conv2D<2, 3, Same, Tanh>, GroupNorm<2>>, Identity>>();
  check_layer<Input<2, 3>, Concat<Identity, Identity>, Reshape<12>,
              Concat<Sequential<Reshape<3, 4>, Flatten>, Dense<2>>, Dense<1>>();
}

TEST_CASE("laws: branches in branches") {
  check_layer<Input<4>, Residual<Dense<7, Tanh>, Residual<Projection<Dense<4>>, LayerNorm<>, Dense<4, Tanh>>>, Dense<7>,
              Concat<Parallel<Dense<4>, Dense<4>>, Residual<Dense<7>>>>();
}

TEST_CASE("laws: statistics of layers in branches") {  // of each part of a batch for itself
  using Inner = Residual<Projection<Dense<7, Tanh>, BatchNorm<>>, Dense<4, Tanh>, BatchNorm<>, Dense<7>>;
  CHECK(laws::layer_gradient_error<Input<5>, Dense<4>, Inner, Activation<Tanh>, BatchNorm<>, Dense<4>>() <= 1e-6);
  using Net = Network<Input<5>, Dense<4>, Inner, Activation<Tanh>, BatchNorm<>, Dense<4>>;
  laws::batch_is_singles<Net>();
  laws::same_bits_in_the_compiler<Net>();
  const auto trained = std::make_unique<laws::Trained<Net, 4>>(6);
  CHECK(trained->network.parameter<"1.0.1.running_mean">()[0][0] != 0);
  CHECK(trained->network.parameter<"1.1.1.running_mean">()[0][0] != 0);
  CHECK(trained->network.parameter<"3.running_mean">()[0][0] != 0);
}

TEST_CASE("a layer of layers is called by the sum of its parts") {
  using Net = Network<Input<4>, Residual<Projection<Dense<3>>, Dense<5>, Dense<3>>, Sequential<Dense<2>>>;
  static_assert(Net::parameter_count == 4 * 3 + 3 + 4 * 5 + 5 + 5 * 3 + 3 + 3 * 2 + 2);
  static_assert(Net::macs == 4 * 3 + 4 * 5 + 5 * 3 + 3 * 2);
  Net network;
  network.parameter<"0.0.0.weight">()[3][4] = 1;
  network.parameter<"0.0.1.weight">()[4][2] = 2;
  network.parameter<"0.1.0.bias">()[0][2] = 3;
  network.parameter<"1.0.weight">()[2][1] = 4;
  network.parameter<"1.0.bias">()[0][1] = 5;
  CHECK(network({0, 0, 0, 7})[1] == (7 * 1 * 2 + 3) * 4 + 5);
}
