#include <doctest/doctest.h>

#include <cortexpr/kernels/reference.hpp>
#include <cortexpr/nn/network.hpp>
#include <memory>
#include <vector>

#include "../../../kernels/oracle.hpp"
#include "../../../laws/fixtures.hpp"

using namespace cortexpr;
using laws::same_bits;

namespace {

/// Whether a network of one convolution gives, bit for bit, what the naive loops give.
template <class LayerType, std::size_t C, std::size_t H, std::size_t W>
bool is_naive() {
  using Net = Network<Input<C, H, W>, LayerType>;
  constexpr detail::Convolution geometry = LayerType::template geometry<Shape<C, H, W>>;
  const auto network = std::make_unique<Net>();
  const auto weight = network->template parameter<"0.weight">();
  const auto bias = network->template parameter<"0.bias">();
  std::vector<float> weights(weight.count * weight.columns), biases(bias.columns);
  laws::fill_normal(weights, 1);
  laws::fill_normal(biases, 2);
  for (std::size_t i = 0; i < weights.size(); ++i) weight[i / weight.columns][i % weight.columns] = weights[i];
  for (std::size_t i = 0; i < biases.size(); ++i) bias[0][i] = biases[i];
  typename Net::InputTensor x{};
  laws::fill_normal(x, 3);
  typename Net::OutputTensor naive{};
  kernels::reference::convolve<geometry.window>(x.data(), C, weights.data(), biases.data(), geometry.filters,
                                                naive.data(), oracle::Fma{});
  return same_bits((*network)(x), naive);
}

}  // namespace

// Runs of one pack, of several panels, and with a rest; filters that fill the tiles and that do not.
TEST_CASE("Conv2D: is the naive one, bit for bit") {
  CHECK(is_naive<Conv2D<1, 1>, 1, 1, 1>());
  CHECK(is_naive<Conv2D<8, 3, Same>, 1, 28, 28>());
  CHECK(is_naive<Conv2D<16, 3, Same>, 8, 14, 14>());
  CHECK(is_naive<Conv2D<17, 5>, 3, 12, 13>());
  CHECK(is_naive<Conv2D<5, 3, Stride<2>, Same>, 2, 9, 8>());
  CHECK(is_naive<Conv2D<3, KernelSize{1, 4}, Stride<1, 3>, Padding<2, 0, 1, 5>, Dilation<1, 2>>, 2, 6, 11>());
  CHECK(is_naive<Conv2D<24, 3, Same>, 16, 7, 7>());
  CHECK(is_naive<Conv2D<33, 1>, 5, 4, 4>());
  CHECK(is_naive<Conv2D<4, 9, Same>, 1, 17, 17>());
}

TEST_CASE("Conv2D: what is not a number reaches the outputs that see it, and no others") {
  using Net = Network<Input<1, 6, 6>, Conv2D<2, 3, Same>>;
  Net network;
  network.initialize(Seed{1});
  Net::InputTensor x{};
  x(0, 2, 5) = std::numeric_limits<float>::quiet_NaN();
  const auto y = network(x);
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t row = 0; row < 6; ++row)
      for (std::size_t column = 0; column < 6; ++column)
        CHECK((y(k, row, column) != y(k, row, column)) == (row >= 1 && row <= 3 && column >= 4));
}

TEST_CASE("Conv2D: shapes, parameters and cost") {
  using Net = Network<Input<3, 32, 30>, Conv2D<8, 3, Stride<2>, Same, Relu>, Conv2D<4, KernelSize{1, 5}, Groups<2>>>;
  static_assert(std::is_same_v<Net::output_shape, Shape<4, 16, 11>>);
  static_assert(Net::parameter_count == 8 * 3 * 9 + 8 + 4 * 4 * 5 + 4);
  static_assert(Net::macs == 16 * 15 * 8 * 27 + 16 * 11 * 4 * 20);
}

TEST_CASE("MaxPool2D: what is not a number stays so") {
  Network<Input<1, 4, 6>, MaxPool2D<2>> pairs;
  Network<Input<1, 4, 6>, MaxPool2D<2, Stride<1>>> overlapping;
  for (std::size_t at = 0; at < 24; ++at) {
    Tensor<float, Shape<1, 4, 6>> x{};
    laws::fill_normal(x, 1);
    x[at] = std::numeric_limits<float>::quiet_NaN();
    const auto y = pairs(x);
    for (std::size_t i = 0; i < y.size(); ++i) CHECK((y[i] != y[i]) == (i == at / 12 * 3 + at % 6 / 2));
    const auto z = overlapping(x);
    std::size_t lost = 0;
    for (const float value : z) lost += value != value;
    CHECK(lost >= 1);
    CHECK(lost <= 4);
  }
}
