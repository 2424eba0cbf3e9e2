#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/nn/serialize.hpp>
#include <cortexpr/quantize/qat/calibration_aware.hpp>
#include <cortexpr/train/fit.hpp>
#include <limits>
#include <memory>
#include <vector>

#include "../../data/fixtures.hpp"
#include "../fixtures.hpp"

using namespace cortexpr;

namespace {

using OfVectors = Network<Input<12>, Dense<16, Tanh>, Dropout<0.1f>, Dense<8, Relu>, Dense<3>>;
using OfImages =
    Network<Input<1, 8, 8>, Conv2D<4, 3, Same>, BatchNorm<>, Activation<Relu>, MaxPool2D<2, Stride<2>>,
            Residual<DepthwiseConv2D<3, Same, Relu6>, Conv2D<4, 1>>, Concat<Identity, Conv2D<3, 1, Sigmoid>>,
            Residual<Projection<Conv2D<5, 1>>, Conv2D<5, 1>>, AvgPool2D<2>, GlobalAvgPool, Sequential<Dense<6, Relu>>,
            Parallel<Dense<3>, Sequential<Dense<4, Relu>, Dense<3>>>>;

/// Normal deviates of three classes, each with a mean of its own.
struct Classes : quantized::Samples {
  std::uint32_t label(std::size_t sample) const { return static_cast<std::uint32_t>(sample % 3); }
  std::size_t class_count() const { return 3; }
  void gather(std::size_t sample, std::uint64_t epoch, float* out) const {
    Samples::gather(sample, epoch, out);
    for (std::size_t i = label(sample); i < values; i += 3) out[i] += 1.5f;
  }
};
template <class Net>
constexpr Classes training_data{{600, Net::input_shape::size}};
template <class Net>
constexpr Classes test_data{{300, Net::input_shape::size, 0.01f}};

template <class Net, class Optimizer>
History train(Net& network, Optimizer optimizer, std::size_t epochs) {
  const auto trainer =
      std::make_unique<Trainer<Net, SoftmaxCrossEntropy, Optimizer, 20>>(network, SoftmaxCrossEntropy{}, optimizer);
  return trainer->fit(training_data<Net>, test_data<Net>, {.epochs = epochs, .seed = Seed{3}});
}
template <class Net>
std::unique_ptr<Net> trained() {
  auto network = std::make_unique<Net>();
  network->initialize(Seed{2});
  CHECK(train(*network, Adam<>{.learning_rate = 0.01f}, 4).ok());
  return network;
}

template <class Net>
const Net& trained_once() {
  static const std::unique_ptr<Net> network = trained<Net>();
  return *network;
}

/// How far outputs of a quantization-aware network lie from those of the integers, in steps of the output.
struct Distance {
  double largest = 0, mean = 0;
};
template <class Aware, class Data>
Distance distance(const Aware& aware, const Data& data) {
  const auto small = std::make_unique<decltype(quantize(aware))>(quantize(aware));
  Distance result;
  for (std::size_t sample = 0; sample < data.size(); ++sample) {
    typename Aware::InputTensor input{};
    data.gather(sample, 0, input.data());
    const auto expected = aware(input), found = (*small)(input);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double steps =
          std::abs(double(expected[i]) - double(found[i])) / double(small->output_quantization().scale);
      result.largest = std::max(result.largest, steps);
      result.mean += steps / static_cast<double>(found.size() * data.size());
    }
  }
  return result;
}

/// One layer alone: a sum may lie so near the middle of two int8 values that its last bits decide.
template <class... Elements>
void check_layer() {
  using Net = Network<Elements...>;
  const quantized::Samples samples{200, Net::input_shape::size};
  const Distance found = distance(quantization_aware(quantized::initialized<Net>(), samples), samples);
  CHECK(found.largest <= 1.001);
  CHECK(found.mean <= 0.01);
}

template <class Net>
double loss_of(const Net& network) {
  return evaluate(network, test_data<Net>).loss;
}

}  // namespace

static_assert(std::is_same_v<decltype(quantize(QuantizationAware<OfImages>{})), Quantized<OfImages>>);
static_assert(QuantizationAware<OfVectors>::parameter_count == OfVectors::parameter_count);
static_assert(QuantizationAware<OfVectors>::macs == OfVectors::macs);

TEST_CASE_TEMPLATE("quantization_aware and back, without training between, is quantize", Net, OfVectors, OfImages) {
  const Net& network = trained_once<Net>();
  for (const CalibrationMethod& method : {CalibrationMethod{MinMax{}}, CalibrationMethod{Percentile{0.99}}}) {
    const auto aware = quantization_aware(network, training_data<Net>, {.method = method});
    CHECK(quantize(aware) == quantize(network, training_data<Net>, {.method = method}));
  }
}

TEST_CASE("each layer calculates what its integers do") {
  check_layer<Input<12>, Dense<16>>();
  check_layer<Input<12>, Activation<Tanh>>();
  check_layer<Input<1, 8, 8>, Conv2D<4, 3, Same, Relu>>();
  check_layer<Input<4, 8, 8>, Conv2D<6, 3, Groups<2>, Stride<2>>>();
  check_layer<Input<4, 8, 8>, DepthwiseConv2D<3, Same, Relu6>>();
  check_layer<Input<3, 20>, Conv1D<4, 5, Causal>>();
  check_layer<Input<3, 8, 8>, Conv2D<4, 1>, MaxPool2D<2>>();
  check_layer<Input<4, 8, 8>, AvgPool2D<2>>();
  check_layer<Input<4, 8, 8>, GlobalAvgPool>();
  check_layer<Input<4, 8, 8>, Residual<DepthwiseConv2D<3, Same, Relu6>, Conv2D<4, 1>>>();
  check_layer<Input<4, 8, 8>, Residual<Projection<Conv2D<5, 1>>, Conv2D<5, 1>>>();
  check_layer<Input<4, 8, 8>, Concat<Identity, Conv2D<3, 1, Sigmoid>>>();
  check_layer<Input<12>, Parallel<Dense<3>, Sequential<Dense<4, Relu>, Dense<3>>>>();
  check_layer<Input<4, 6>, TimeDistributed<Dense<5, Relu>, Dense<3>>>();
}

TEST_CASE_TEMPLATE("a quantization-aware network calculates what its integers do", Net, OfVectors, OfImages) {
  auto aware = quantization_aware(trained_once<Net>(), training_data<Net>);
  CHECK(distance(aware, test_data<Net>).mean <= 0.2);
  const auto before = aware;
  CHECK(train(aware, Adam<>{.learning_rate = 0.002f}, 2).ok());
  CHECK_FALSE(aware == before);
  CHECK(distance(aware, test_data<Net>).mean <= 0.2);
}

TEST_CASE("training brings back what coarse ranges lose") {
  const auto& network = trained_once<OfVectors>();
  auto aware = quantization_aware(network, training_data<OfVectors>);
  // As if something had been seen that never comes again: steps are 100 times as wide.
  for (float* const range : {aware.parameter<"1.range">()[0], aware.parameter<"2.range">()[0]})
    range[0] *= 100, range[1] *= 100;
  const double coarse = loss_of(quantize(aware));
  CHECK(train(aware, Adam<>{.learning_rate = 0.002f}, 10).ok());
  CHECK(coarse > loss_of(network) + 0.1);
  CHECK(loss_of(quantize(aware)) < loss_of(network) + 0.005);
}

TEST_CASE("every optimizer trains a quantization-aware network") {
  const auto calibrated = quantization_aware(trained_once<OfVectors>(), training_data<OfVectors>);
  const auto check = [&](auto optimizer) {
    auto aware = calibrated;
    CHECK(train(aware, optimizer, 2).ok());
    CHECK(loss_of(aware) < loss_of(calibrated) + 0.02);
    CHECK_FALSE(aware == calibrated);
  };
  check(Sgd<>{.learning_rate = 0.01f});
  check(Momentum<>{.learning_rate = 0.01f});
  check(AdaGrad<>{.learning_rate = 0.001f});
  check(RmsProp<>{.learning_rate = 0.0005f});
  check(Adam<>{.learning_rate = 0.001f});
  check(AdamW<>{.learning_rate = 0.001f});
  check(Adam<float, float>{.learning_rate = 0.001f, .clip_norm = 0.1f});
}

TEST_CASE("from the start: ranges follow the network") {
  auto network = std::make_unique<OfVectors>();
  network->initialize(Seed{8});
  auto aware = quantization_aware(*network, training_data<OfVectors>);
  CHECK(train(aware, Adam<>{.learning_rate = 0.01f}, 6).ok());
  CHECK(evaluate(quantize(aware), test_data<OfVectors>).accuracy > 0.9);
}

TEST_CASE("a quantization-aware network is stored with its ranges") {
  using Aware = QuantizationAware<OfImages>;
  const auto aware = quantization_aware(trained_once<OfImages>(), training_data<OfImages>);
  std::vector<float> numbers;
  for_each_serialized(aware, [&](float number) { numbers.push_back(number); });
  CHECK(numbers.size() == serialized_count<Aware>);
  Aware restored;
  std::size_t next = 0;
  for_each_serialized(restored, [&](float& number) { number = numbers[next++]; });
  CHECK(quantize(restored) == quantize(aware));
}

TEST_CASE("networks in static memory are taken as well") {
  const auto network = make_static<OfVectors>();
  *network = trained_once<OfVectors>();
  const auto aware = make_static<QuantizationAware<OfVectors>>();
  *aware = quantization_aware(network, training_data<OfVectors>);
  CHECK(quantize(aware) == quantize(network, training_data<OfVectors>));
}

TEST_CASE("quantize: without ranges is an error") {
  auto aware = std::make_unique<QuantizationAware<OfVectors>>();
  aware->initialize(Seed{1});
  CHECK(fixtures::error_of([&] { (void)quantize(*aware); }) ==
        "quantize: a quantization-aware network must have ranges, found none of the input; make it by "
        "quantization_aware(network, data)");
}

TEST_CASE("quantize: parameters and ranges that are not finite are an error") {
  const auto calibrated = quantization_aware(trained_once<OfVectors>(), training_data<OfVectors>);
  for (const char part : {'w', 'r'}) {
    auto aware = calibrated;
    (part == 'w' ? aware.parameter<"1.weight">()[3] : aware.parameter<"2.range">()[0])[1] =
        std::numeric_limits<float>::quiet_NaN();
    CHECK(fixtures::error_of([&] { (void)quantize(aware); }) ==
          "quantize: a parameter of the network: expected finite numbers, found nan; train the network again");
  }
}
