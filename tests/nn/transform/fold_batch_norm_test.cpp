#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cortexpr/nn/transform/fold_batch_norm.hpp>
#include <type_traits>
#include <vector>

#include "../../laws/fixtures.hpp"
#include "../../laws/normalization.hpp"

using namespace cortexpr;

namespace {

template <class Net>
using Folded = FoldedBatchNorm<Net>;

using Mlp = Network<Input<5>, BatchNorm<>, Dense<20>, BatchNorm<>, Activation<Relu>, Dense<17, Tanh>, BatchNorm<>,
                    Dense<3>, BatchNorm<0.2, 1e-3>, BatchNorm<>>;
using OfImages =
    Network<Input<2, 9, 8>, Conv2D<6, 3, Same>, BatchNorm<>, Activation<Relu>, DepthwiseConv2D<3, Multiplier<2>>,
            BatchNorm<>, Activation<Relu>, Conv2D<4, 1, Groups<2>>, BatchNorm<>, Flatten, BatchNorm<>, Dense<3>>;
using OfSequences = Network<Input<3, 20>, Conv1D<4, 5, Stride<2>>, BatchNorm<>, Activation<Silu>, Flatten, Dense<2>>;

template <std::size_t Channels, class... Around>
using Block = Residual<Around..., Conv2D<Channels, 3, Same>, BatchNorm<>, Activation<Relu>,
                       Sequential<Conv2D<Channels, 3, Same>, BatchNorm<>>>;
template <std::size_t Channels, class... Around>
using FoldedBlock =
    Residual<Around..., Conv2D<Channels, 3, Same>, Activation<Relu>, Sequential<Conv2D<Channels, 3, Same>>>;
using OfBlocks =
    Network<Input<2, 5, 4>, Block<2>, Block<3, Projection<Conv2D<3, 1>, BatchNorm<>>>,
            Concat<Conv2D<2, 1>, BatchNorm<>, Sequential<Conv2D<4, 1>, BatchNorm<>>>, Flatten, Dense<3>, BatchNorm<>>;

/// The largest relative difference of outputs.
template <class Net>
double difference() {
  const Net network = laws::at_run_time(laws::drawn<Net>, Seed{7});
  const auto folded = fold_batch_norm(network);
  static_assert(std::is_same_v<decltype(folded), const Folded<Net>>);
  constexpr std::size_t samples = 9;
  using T = typename Net::value_type;
  std::vector<T> inputs(samples * Net::input_shape::size);
  std::vector<T> before(samples * Net::output_shape::size), after(before.size());
  laws::fill_normal(inputs, 1);
  network(inputs, before);
  folded(inputs, after);
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(before[i])));
    worst = std::max(worst, std::abs(static_cast<double>(before[i] - after[i])));
  }
  return worst / largest;
}

}  // namespace

static_assert(std::is_same_v<Folded<Mlp>, Network<Input<5>, BatchNorm<>, Dense<20>, Activation<Relu>, Dense<17, Tanh>,
                                                  BatchNorm<>, Dense<3>>>);
static_assert(
    std::is_same_v<Folded<OfImages>,
                   Network<Input<2, 9, 8>, Conv2D<6, 3, Same>, Activation<Relu>, DepthwiseConv2D<3, Multiplier<2>>,
                           Activation<Relu>, Conv2D<4, 1, Groups<2>>, Flatten, BatchNorm<>, Dense<3>>>);
static_assert(
    std::is_same_v<Folded<OfBlocks>, Network<Input<2, 5, 4>, FoldedBlock<2>, FoldedBlock<3, Projection<Conv2D<3, 1>>>,
                                             Concat<Conv2D<2, 1>, BatchNorm<>, Conv2D<4, 1>>, Flatten, Dense<3>>>);
static_assert(std::is_same_v<Folded<Network<Input<3>, Dense<2>>>, Network<Input<3>, Dense<2>>>);
static_assert(std::is_same_v<Folded<with_scalar<double, Network<Input<3>, Dense<2>, BatchNorm<>>>>,
                             with_scalar<double, Network<Input<3>, Dense<2>>>>);

TEST_CASE("fold_batch_norm: outputs differ by rounding only") {
  CHECK(difference<Mlp>() <= 1e-5);
  CHECK(difference<OfImages>() <= 1e-5);
  CHECK(difference<OfSequences>() <= 1e-5);
  CHECK(difference<OfBlocks>() <= 1e-5);
  CHECK(difference<with_scalar<double, Mlp>>() <= 1e-12);
  CHECK(difference<with_scalar<double, OfImages>>() <= 1e-12);
  CHECK(difference<with_scalar<double, OfSequences>>() <= 1e-12);
  CHECK(difference<with_scalar<double, OfBlocks>>() <= 1e-12);
}

TEST_CASE("fold_batch_norm: what has nothing to fold is copied") {
  using Net = Network<Input<3>, BatchNorm<>, Dense<4, Relu>, BatchNorm<>>;
  const Net network = laws::at_run_time(laws::drawn<Net>, Seed{7});
  CHECK(fold_batch_norm(network) == network);
}

TEST_CASE("fold_batch_norm: in the compiler, and from a network in static memory") {
  using Net = Network<Input<3>, Dense<4>, BatchNorm<>, Activation<Relu>>;
  constexpr auto folded = fold_batch_norm(laws::drawn<Net>(Seed{7}));
  const auto network = make_static<Net>();
  *network = laws::at_run_time(laws::drawn<Net>, Seed{7});
  CHECK(laws::same_bits(fold_batch_norm(network).block(), folded.block()));
  CHECK(laws::same_bits(folded({{1, 2, 3}}), fold_batch_norm(*network)({{1, 2, 3}})));
}
