#include <doctest/doctest.h>

#include "gradient.hpp"
#include "normalization.hpp"

using namespace cortexpr;

namespace {

template <class... Elements>
double error_of() {
  return laws::network_gradient_error(laws::drawn<with_scalar<double, Network<Elements...>>>(Seed{7}));
}

constexpr double tolerance = 1e-6;

}  // namespace

TEST_CASE("a gradient is what central differences find: LayerNorm and RmsNorm") {
  CHECK(error_of<Input<5>, LayerNorm<>, Dense<2>>() <= tolerance);
  CHECK(error_of<Input<5>, Dense<3>, LayerNorm<>, Dense<37, Tanh>, LayerNorm<>, Dense<4>, LayerNorm<>>() <= tolerance);
  CHECK(error_of<Input<2, 9>, Conv1D<3, 3, Tanh>, LayerNorm<>, Flatten, Dense<3>>() <= tolerance);
  CHECK(error_of<Input<5>, RmsNorm<>, Dense<2>>() <= tolerance);
  CHECK(error_of<Input<5>, Dense<3>, RmsNorm<>, Dense<21, Tanh>, RmsNorm<>, Dense<2>, RmsNorm<>>() <= tolerance);
  CHECK(error_of<Input<2, 9>, Conv1D<3, 3>, RmsNorm<>, Flatten, Dense<3>>() <= tolerance);
}

TEST_CASE("a gradient is what central differences find: GroupNorm") {
  CHECK(error_of<Input<4, 3, 3>, GroupNorm<2>, Flatten, Dense<3>>() <= tolerance);
  CHECK(error_of<Input<2, 5, 6>, Conv2D<6, 3, Tanh>, GroupNorm<3>, Flatten, Dense<3>>() <= tolerance);
  CHECK(error_of<Input<2, 5, 6>, Conv2D<4, 3>, GroupNorm<1>, Flatten, Dense<3>>() <= tolerance);
  CHECK(error_of<Input<2, 9>, Conv1D<3, 3, Tanh>, GroupNorm<3>, Flatten, Dense<3>>() <= tolerance);
}

// A bias in front of a BatchNorm would have the gradient 0, so there is an activation in between.
TEST_CASE("a gradient is what central differences find: BatchNorm, through the statistics of the batch") {
  CHECK(error_of<Input<5>, BatchNorm<>, Dense<2>>() <= tolerance);
  CHECK(error_of<Input<5>, Dense<37, Tanh>, BatchNorm<>, Dense<2, Tanh>, BatchNorm<>>() <= tolerance);
  CHECK(error_of<Input<2, 5, 6>, Conv2D<3, 3, Tanh>, BatchNorm<>, Flatten, Dense<3>>() <= tolerance);
  CHECK(error_of<Input<2, 9>, Conv1D<3, 3, Tanh>, BatchNorm<>, Flatten, Dense<3>>() <= tolerance);
}

TEST_CASE("a gradient is what central differences find: Embedding") {
  // Normal deviates as indices: repeated ones, and negative ones, which are no class.
  CHECK(error_of<Input<9>, Embedding<3, 5>, Flatten, Dense<3>>() <= tolerance);
  CHECK(error_of<Input<9>, Embedding<2, 1>, LayerNorm<>, Flatten, Dense<3>>() <= 1);  // normalised to nothing
}
