#include <doctest/doctest.h>

#include <array>
#include <cortexpr/nn/layers/attention/transformer_block.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

// The memory of well-known networks, compared with the record in tests/nn/data/memory.txt: no figure may grow. The figures
// depend on the lanes of the target, because rows are padded to whole packs. To renew the record, run the test in a build
// for each number of lanes with the environment variable CORTEXPR_WRITE_MEMORY set to 1.

using namespace cortexpr;

namespace {

constexpr const char* path = "tests/nn/data/memory.txt";

/// "<network> <lanes> <use>" -> parameters, activations, scratch, state, workspace, training, peak, in bytes.
using Figures = std::array<std::size_t, 7>;
using Record = std::map<std::string, Figures>;

Record read() {
  Record record;
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line};
    std::string network, lanes, use;
    words >> network >> lanes >> use;
    for (std::size_t& bytes : record[network + ' ' + lanes + ' ' + use]) words >> bytes;
  }
  return record;
}

void write(const Record& record) {
  std::ofstream file{path};
  for (const auto& [name, figures] : record) {
    file << name;
    for (const std::size_t bytes : figures) file << ' ' << bytes;
    file << '\n';
  }
}

template <class Memory>
void check(const std::string& network, const char* use) {
  static Record record = read();
  static const bool writes = std::getenv("CORTEXPR_WRITE_MEMORY") != nullptr;
  const Figures found{Memory::parameter_bytes, Memory::activation_bytes, Memory::scratch_bytes, Memory::state_bytes,
                      Memory::workspace_bytes, Memory::training_bytes,   Memory::peak_bytes};
  const std::string name = network + ' ' + std::to_string(simd::native_lanes<float>) + ' ' + use;
  if (writes) {
    record[name] = found;
    write(record);
    return;
  }
  CAPTURE(name);
  const auto expected = record.find(name);
  REQUIRE(expected != record.end());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(found[i] <= expected->second[i]);
  }
}

/// Inference, and training with one sample and with 32.
template <class... Elements>
void check_network(const std::string& name) {
  using Net = Network<Elements...>;
  check<memory<Net>>(name, "inference");
  check<memory<Net, 1, Momentum<>>>(name, "momentum_1");
  check<memory<Net, 32, Momentum<>>>(name, "momentum_32");
  check<memory<Net, 1, Adam<>>>(name, "adam_1");
  check<memory<Net, 32, Adam<>>>(name, "adam_32");
}

using ReluLayer = Activation<Relu>;
template <std::size_t Filters, class... Options>
using Normalized = Sequential<Conv2D<Filters, 3, Same, Options...>, BatchNorm<>>;

/// A block of ResNet, He et al., 2016, without the Relu after it.
template <std::size_t Filters>
using Block = Residual<Conv2D<Filters, 3, Same>, BatchNorm<>, ReluLayer, Conv2D<Filters, 3, Same>, BatchNorm<>>;
/// The first block of a stage, which halves the image.
template <std::size_t Filters, class... AfterProjection>
using Half =
    Residual<Projection<Conv2D<Filters, 1, Stride<2>>, AfterProjection...>, Conv2D<Filters, 3, Same, Stride<2>>,
             BatchNorm<>, ReluLayer, Conv2D<Filters, 3, Same>, BatchNorm<>>;

/// A depthwise and a pointwise convolution, each with BatchNorm: the block of DS-CNN and MobileNetV1.
template <std::size_t Filters, std::size_t stride = 1>
using Separable = Sequential<DepthwiseConv2D<3, Same, Stride<stride>>, BatchNorm<>, ReluLayer, Conv2D<Filters, 1>,
                             BatchNorm<>, ReluLayer>;

template <std::size_t Units>
using Hidden = Sequential<Dense<Units>, BatchNorm<>, ReluLayer>;

template <std::size_t Dilated>
using Causally = Residual<Conv1D<16, 2, Causal, Dilation<Dilated>, Tanh>, Conv1D<16, 1>>;

}  // namespace

TEST_CASE("memory: networks of vectors") {
  check_network<Input<784>, Dense<128, Relu>, Dense<10>>("784-128-10");
  check_network<Input<784>, Dense<89, Tanh>, Dense<10>>("784-89-10");
  check_network<Input<784>, Dense<64, Relu>, Dense<10>>("784-64-10");
  check_network<Input<784>, Dense<32, Relu>, Dense<10>>("784-32-10");
  check_network<Input<784>, Dense<178, Relu>, Dense<46, Relu>, Dense<10>>("784-178-46-10");
  check_network<Input<784>, Dense<89, Tanh>, Dropout<0.2f>, Dense<10>>("784-89-dropout-10");
  check_network<Input<2>, Dense<4, Tanh>, Dense<1, Sigmoid>>("xor");
  check_network<Input<640>, Hidden<128>, Hidden<128>, Hidden<128>, Hidden<128>, Hidden<8>, Hidden<128>, Hidden<128>,
                Hidden<128>, Hidden<128>, Dense<640>>("autoencoder");
}

TEST_CASE("memory: small networks of images") {
  check_network<Input<1, 28, 28>, Conv2D<8, 3, Relu, Same>, MaxPool2D<2>, Conv2D<16, 3, Relu, Same>, MaxPool2D<2>,
                Flatten, Dense<10>>("convolutional");
  check_network<Input<1, 28, 28>, Conv2D<6, 5, Relu, Same>, MaxPool2D<2>, Conv2D<16, 5, Relu>, MaxPool2D<2>, Flatten,
                Dense<120, Relu>, Dense<84, Relu>, Dense<10>>("lenet_5");
  check_network<Input<1, 28, 28>, Conv2D<8, 5, Stride<2>>, BatchNorm<>, ReluLayer, Conv2D<16, 3>, BatchNorm<>,
                ReluLayer, MaxPool2D<2>, Conv2D<24, 3>, BatchNorm<>, ReluLayer, Flatten, Dense<10>>(
      "convolutional_firmware");
  check_network<Input<1, 28, 28>, Conv2D<16, 3, Same>, BatchNorm<>, MaxPool2D<2>, ReluLayer, Conv2D<32, 3, Same>,
                BatchNorm<>, MaxPool2D<2>, ReluLayer, Conv2D<48, 3, Same>, BatchNorm<>, MaxPool2D<2>, ReluLayer,
                Flatten, Dense<10>>("convolutional_batch_norm");
}

TEST_CASE("memory: deep networks of images") {
  check_network<Input<3, 32, 32>, Conv2D<16, 3, Same>, BatchNorm<>, ReluLayer, Block<16>, ReluLayer, Half<32>,
                ReluLayer, Half<64>, ReluLayer, GlobalAvgPool, Dense<10>>("resnet_8");
  check_network<Input<3, 32, 32>, Conv2D<16, 3, Same>, BatchNorm<>, ReluLayer, Block<16>, ReluLayer, Block<16>,
                ReluLayer, Block<16>, ReluLayer, Half<32, BatchNorm<>>, ReluLayer, Block<32>, ReluLayer, Block<32>,
                ReluLayer, Half<64, BatchNorm<>>, ReluLayer, Block<64>, ReluLayer, Block<64>, ReluLayer, GlobalAvgPool,
                Dense<10>>("resnet_20");
  check_network<Input<1, 49, 10>, Conv2D<64, KernelSize{10, 4}, Same, Stride<2>>, BatchNorm<>, ReluLayer, Separable<64>,
                Separable<64>, Separable<64>, Separable<64>, GlobalAvgPool, Dense<12>>("ds_cnn");
  check_network<Input<3, 96, 96>, Normalized<8, Stride<2>>, ReluLayer, Separable<16>, Separable<32, 2>, Separable<32>,
                Separable<64, 2>, Separable<64>, Separable<128, 2>, Separable<128>, Separable<128>, Separable<128>,
                Separable<128>, Separable<128>, Separable<256, 2>, Separable<256>, GlobalAvgPool, Dense<2>>(
      "mobilenet_v1_025");
}

TEST_CASE("memory: networks of sequences") {
  check_network<Input<1, 1>, Gru<16>, Dense<1>>("gru_16_step");
  check_network<Input<1, 1>, Lstm<16>, Dense<1>>("lstm_16_step");
  check_network<Input<20, 3>, Gru<32, ReturnSequences>, Lstm<24>, Dense<4>>("gru_lstm");
  check_network<Input<1, 64>, Conv1D<16, 1>, Causally<1>, Causally<2>, Causally<4>, Causally<8>, Causally<16>,
                Conv1D<8, 1>>("wavenet");
  check_network<Input<16>, Embedding<32, 24>, TransformerBlock<24, 4, 96>, GlobalAvgPool, Dense<2>>("transformer");
  check_network<Input<32>, Embedding<64, 32>, TransformerBlock<32, 4, 128, Causal>,
                TransformerBlock<32, 4, 128, Causal>, LayerNorm<>, TimeDistributed<Dense<64>>>("language_model");
}
