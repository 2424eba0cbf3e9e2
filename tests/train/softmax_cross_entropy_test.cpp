#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <span>
#include <utility>
#include <vector>

// Expected values were computed with NumPy from the definition; those of labels follow the mean that PyTorch takes: the
// sum over positions, divided by the sum of the weights of their labels.

using namespace cortexpr;

namespace {

template <std::size_t N>
void check_near(const std::array<double, N>& found, const std::array<double, N>& expected) {
  for (std::size_t j = 0; j < N; ++j) {
    CAPTURE(j);
    CHECK(found[j] == doctest::Approx(expected[j]).epsilon(1e-6).scale(1e-3));
  }
}

struct Result {
  double loss;
  std::array<double, 3> gradient;
};

/// The loss and its gradient for one sample of three logits.
Result of(const SoftmaxCrossEntropy& loss, std::array<double, 3> logits, std::array<double, 3> target) {
  alignas(simd::block_alignment<double>) double rows[3][simd::row_stride<double>(3)]{};
  for (std::size_t j = 0; j < 3; ++j) rows[0][j] = logits[j], rows[1][j] = target[j];
  const double value = loss.template operator()<simd::Native, 3>(rows[0], rows[1], rows[2], 1.0);
  return {value, {rows[2][0], rows[2][1], rows[2][2]}};
}

/// A network whose outputs are its inputs: Input, Dense, and layers that change the shape.
template <class... Elements>
struct Identity {
  using Net = BasicNetwork<double, Elements...>;
  Net network, gradient;
  Identity() {
    const auto weight = network.template parameter<"0.weight">();
    for (std::size_t i = 0; i < weight.count; ++i) weight[i][i] = 1;
  }
  Identity(const Identity&) = delete;
};

/// The mean loss of a batch, and the gradient by each output, summed over the samples.
template <std::size_t Batch, class... Elements, class Inputs, class Labels>
auto backward(const SoftmaxCrossEntropy& loss, const Inputs& values, const Labels& labels) {
  Identity<Elements...> made;
  using Net = typename Identity<Elements...>::Net;
  Trainer<Net, SoftmaxCrossEntropy, Sgd<>, Batch> trainer{made.network, loss, Sgd<>{}};
  typename decltype(trainer)::template Inputs<Batch> inputs{};
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = values[i];
  trainer.forward(inputs);
  std::pair<double, std::vector<double>> result;
  result.first = trainer.backward(labels, made.gradient);
  const auto bias = made.gradient.template parameter<"0.bias">();
  result.second.assign(bias[0], bias[0] + bias.columns);
  const double of_step = trainer.step(inputs, labels);
  CHECK((of_step == result.first || (std::isnan(of_step) && std::isnan(result.first))));
  return result;
}

void check_near(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t j = 0; j < found.size(); ++j) {
    CAPTURE(j);
    CHECK(found[j] == doctest::Approx(expected[j]).epsilon(1e-6).scale(1e-3));
  }
}

}  // namespace

TEST_CASE("softmax cross entropy: the gradient for targets of any sum") {
  const Result large = of({}, {1, 2, 3}, {5, 0, 0});
  CHECK(large.loss == doctest::Approx(12.038029822221901));
  check_near(large.gradient, {-4.549847134148098, 1.2236423552739886, 3.32620477887411});
  const Result small = of({}, {1, 2, 3}, {0.2, 0.3, 0.1});
  CHECK(small.loss == doctest::Approx(0.944563578666628));
  check_near(small.gradient, {-0.14598165609777172, -0.15316291736712137, 0.2991445734648932});
  const Result smoothed = of({.label_smoothing = 0.3f}, {1, 2, 3}, {0.2, 0.3, 0.1});
  CHECK(smoothed.loss == doctest::Approx(1.0834762943999536));
  check_near(smoothed.gradient, {-0.17517798731732603, -0.13379550084054567, 0.30897348815787185});
}

TEST_CASE("softmax cross entropy: a sample without a class has neither loss nor gradient") {
  for (const float smoothing : {0.0f, 0.1f}) {
    const Result result = of({.label_smoothing = smoothing}, {1, 2, 3}, {0, 0, 0});
    CHECK(result.loss == 0);
    for (const double value : result.gradient) CHECK(value == 0);
  }
}

TEST_CASE("softmax cross entropy: class weights multiply the target") {
  const std::array<float, 3> weights{0.5f, 2, 3};
  const Result plain = of({.class_weights = weights}, {1, 2, 3}, {0, 1, 0});
  CHECK(plain.loss == doctest::Approx(2.8152119288887603));
  check_near(plain.gradient, {0.18006114634076095, -1.5105430578904047, 1.330481911549644});
  const Result smoothed = of({.label_smoothing = 0.3f, .class_weights = weights}, {1, 2, 3}, {0, 1, 0});
  CHECK(smoothed.loss == doctest::Approx(2.494831630666541));
  check_near(smoothed.gradient, {0.12555961768224194, -1.1227794814431444, 0.9972198637609029});
}

TEST_CASE("softmax cross entropy: ignored labels take no part in the mean") {
  const std::vector<double> logits{1, 2, 3, 3, 1, 2, 0, 1, -1, 2, 2, 1};
  const std::vector<int> labels{0, 2, 255, 1};
  const auto [loss, gradient] = backward<4, Input<3>, Dense<3>>({.ignore_label = 255}, logits, labels);
  CHECK(loss == doctest::Approx(1.5590689109823375));
  check_near(gradient, {-0.30332314227653984 + 0.22174698525827388 + 0.14077293275050604,
                        0.08157615701826589 + 0.03001019105679348 - 0.19256040058282728,
                        0.22174698525827388 - 0.25175717631506744 + 0.05178746783232119});
  const std::array<float, 3> weights{0.5f, 2, 3};
  const SoftmaxCrossEntropy weighted{.label_smoothing = 0.25f, .class_weights = weights, .ignore_label = 255};
  const auto [weighted_loss, weighted_gradient] = backward<4, Input<3>, Dense<3>>(weighted, logits, labels);
  CHECK(weighted_loss == doctest::Approx(1.3118201724887133));
  check_near(weighted_gradient, {-0.06211657982266963 + 0.32000501610123794 + 0.14279532968046482,
                                 0.00677704106890874 + 0.01403020648541461 - 0.15265921577408068,
                                 0.05533953875376086 - 0.3340352225866527 + 0.00986388609361583});
  // A class can be ignored, too, and a negative label.
  CHECK(backward<4, Input<3>, Dense<3>>({.ignore_label = 1}, logits, std::vector<int>{1, 2, 1, 1}).first ==
        doctest::Approx(std::log(std::exp(3.0) + std::exp(1.0) + std::exp(2.0)) - 2));
  CHECK(backward<4, Input<3>, Dense<3>>({.ignore_label = -1}, logits, std::vector<int>{-1, 2, -1, -1}).first ==
        doctest::Approx(std::log(std::exp(3.0) + std::exp(1.0) + std::exp(2.0)) - 2));
  // Other labels that are no class still make the loss NaN.
  CHECK(
      std::isnan(backward<4, Input<3>, Dense<3>>({.ignore_label = 255}, logits, std::vector<int>{0, 2, 254, 1}).first));
}

TEST_CASE("softmax cross entropy: a batch of ignored labels makes no step") {
  Network<Input<3>, Dense<3>> network, before;
  before.initialize(Seed{1});
  network = before;
  Trainer trainer{network, SoftmaxCrossEntropy{.ignore_label = 9}, AdamW{.weight_decay = 0.5f}, batch_size<2>};
  CHECK(trainer.step({{1, 2, 3, 4, 5, 6}}, std::array<int, 2>{9, 9}) == 0);
  CHECK(network == before);
}

TEST_CASE("softmax cross entropy: each step of a sequence has a label of its own") {
  const std::vector<double> logits{1, 2, 3, 1, 2, 3};
  const auto [loss, gradient] =
      backward<1, Input<6>, Dense<6>, Reshape<2, 3>>({}, logits, std::array<std::uint32_t, 2>{0, 2});
  CHECK(loss == doctest::Approx(1.4076059644443806));
  check_near(gradient, {-0.4549847134148098, 0.12236423552739882, 0.33262047788741084, 0.04501528658519022,
                        0.12236423552739882, -0.16737952211258916});
  // The same as targets of numbers.
  const auto [of_targets, same] =
      backward<1, Input<6>, Dense<6>, Reshape<2, 3>>({}, logits, Tensor<double, Shape<1, 2, 3>>{{1, 0, 0, 0, 0, 1}});
  CHECK(of_targets == doctest::Approx(loss));
  check_near(same, gradient);
}

TEST_CASE("softmax cross entropy: each pixel of an image has a label of its own") {
  std::vector<double> logits;
  for (int i = 0; i < 24; ++i) logits.push_back(std::sin(i));
  const std::vector<std::uint8_t> labels{0, 1, 2, 255, 1, 1, 0, 2};
  const auto [loss, gradient] =
      backward<2, Input<12>, Dense<12>, Reshape<3, 2, 2>>({.ignore_label = 255}, logits, labels);
  CHECK(loss == doctest::Approx(1.7529505342997516));
  const std::vector<double> of_both{
      -0.1085055182754719,  0.07865872397050704,  0.0928604818611013,    0.0,
      0.01611655198030897,  -0.12986008146290062, 0.02828651662217721,   0.0,
      0.09238896629516294,  0.0512013574923936,   -0.1211469984832785,   0.0,
      0.0218323191431081,   0.051613745529032924, -0.050292282494927024, 0.07805581070842679,
      -0.11486116077621286, -0.1298925308219911,  0.016221134478614577,  0.04732380577528051,
      0.09302884163310475,  0.07827878529295818,  0.03407114801631247,   -0.12537961648370732};
  std::vector<double> sum(12);
  for (std::size_t i = 0; i < 12; ++i) sum[i] = of_both[i] + of_both[12 + i];
  check_near(gradient, sum);
  CHECK(std::isnan(backward<2, Input<12>, Dense<12>, Reshape<3, 2, 2>>({}, logits, labels).first));
}

TEST_CASE("softmax cross entropy: settings that do not fit make the loss NaN") {
  const std::vector<double> logits{1, 2, 3};
  const std::array<int, 1> label{0};
  const std::array<float, 2> two{1, 1};
  const std::array<float, 3> negative{1, 1, -1};
  CHECK(std::isnan(backward<1, Input<3>, Dense<3>>({.label_smoothing = 1.5f}, logits, label).first));
  CHECK(std::isnan(backward<1, Input<3>, Dense<3>>({.class_weights = two}, logits, label).first));
  CHECK(std::isnan(backward<1, Input<3>, Dense<3>>({.class_weights = negative}, logits, label).first));
}

TEST_CASE("class weights may be given by a span that has no name") {
  const std::vector<float> weights{1, 5};
  const SoftmaxCrossEntropy loss{.class_weights = std::span{weights}};
  CHECK(loss.weight(1) == 5);
}

TEST_CASE("backward: labels for fewer samples than forward had give NaN and write nothing") {
  Network<Input<3>, Dense<3>> network, gradient, untouched;
  gradient.initialize(Seed{2});
  untouched = gradient;
  Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<4>};
  const Tensor<float, Shape<4, 3>> inputs{};
  trainer.forward(inputs);
  CHECK(std::isnan(trainer.backward(std::vector<int>{0, 1, 2}, gradient)));
  CHECK(gradient == untouched);
}
