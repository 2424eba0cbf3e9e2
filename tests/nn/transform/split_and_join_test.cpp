#include <doctest/doctest.h>
#include <cortexpr/nn/transform/split_and_join.hpp>
#include <cortexpr/train/trainer.hpp>

#include <algorithm>
#include <type_traits>

#include "../../laws/fixtures.hpp"

// A network cut in two.

using namespace cortexpr;

using Digits = Network<Input<6>, Dense<5, Relu>, Dropout<0.5f>, Dense<3>>;
static_assert(std::is_same_v<Body<Digits, 1>, Network<Input<6>, Dense<5, Relu>>>);
static_assert(std::is_same_v<Head<Digits, 1>, Network<Input<5>, Dropout<0.5f>, Dense<3>>>);
static_assert(std::is_same_v<Head<with_scalar<double, Digits>, 2>, with_scalar<double, Network<Input<5>, Dense<3>>>>);

namespace {

/// Its statistics are no longer what they began with.
template <class Net>
constexpr Net seeded() {
  Net network;
  network.initialize(Seed{3});
  detail::for_each_parameter<typename Net::chain>(network.data(), [](auto array, auto rows) {
    if constexpr (!array.trainable) rows[0][0] += 1;
  });
  return network;
}

constexpr Digits in_compiler = seeded<Digits>();
constexpr Digits::InputTensor sample{{1, -2, 3, -4, 5, -6}};
static_assert(head<1>(in_compiler)(body<1>(in_compiler)(sample)) == in_compiler(sample));
static_assert(join(body<2>(in_compiler), head<2>(in_compiler)) == in_compiler);

template <std::size_t N, class Net>
void check_split(const Net& network) {
  typename Net::InputTensor input{};
  laws::fill_normal(std::span{input.values}, 5);
  const auto front = body<N>(network);
  const auto back = head<N>(network);
  CHECK(back(front(input)) == network(input));
  CHECK(join(front, back) == network);
  static_assert(std::is_same_v<decltype(join(front, back)), Net>);
}

}  // namespace

TEST_CASE_TEMPLATE("the parts of a network, one after the other, are the network", Net, Digits,
                   Network<Input<1, 6, 6>, Conv2D<3, 3, Gelu>, BatchNorm<>, MaxPool2D<2>, Flatten, Dense<4>>,
                   Network<Input<5, 3>, Gru<9, ReturnSequences>, BatchNorm<>, TimeDistributed<Dense<4>, BatchNorm<>>,
                           Flatten, Residual<Dense<7, Tanh>, Dense<20>>, Dense<2>>,
                   with_scalar<double, Network<Input<2, 4, 4>, Concat<Identity, Conv2D<3, 3, Same>>,
                                               Residual<Projection<Conv2D<4, 1>>, BatchNorm<>, Conv2D<4, 3, Same>>>>) {
  const Net network = seeded<Net>();
  detail::for_each_index<Net::layer_count - 1>([&](auto index) { check_split<index + 1>(network); });
}

TEST_CASE("a head learns, its body stays") {
  const Digits network = seeded<Digits>();
  constexpr Body<Digits, 2> features = body<2>(in_compiler);
  auto last = head<2>(network);
  Trainer trainer{last, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1f}, batch_size<1>};
  Tensor<float, Shape<1, 5>> seen{};
  const auto of_sample = features(sample);
  std::copy(of_sample.begin(), of_sample.end(), seen.begin());
  const float before = trainer.step(seen, Tensor<int, Shape<1>>{{2}});
  CHECK(trainer.step(seen, Tensor<int, Shape<1>>{{2}}) < before);
  const Digits learned = join(body<2>(network), last);
  CHECK(body<2>(learned) == body<2>(network));
  CHECK_FALSE(head<2>(learned) == head<2>(network));
  CHECK(learned(sample) == last(of_sample));
}
