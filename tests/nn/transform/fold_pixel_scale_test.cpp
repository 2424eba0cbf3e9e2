#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cortexpr/nn/transform/fold_pixel_scale.hpp>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "../../laws/fixtures.hpp"
#include "../../laws/normalization.hpp"

using namespace cortexpr;

namespace {

/// A pixel of each value, and each value more than once.
constexpr std::uint8_t pixel(std::size_t position) { return static_cast<std::uint8_t>(position * 37 + position / 7); }

/// The largest relative difference between a network of scaled pixels and the folded one of bytes. Pixels of an image lie
/// channel by channel.
template <class Net, std::size_t Channels>
double difference(const std::array<PixelScale, Channels>& scales) {
  const Net network = laws::at_run_time(laws::drawn<Net>, Seed{7});
  const Net folded = fold_pixel_scale(network, scales);
  typename Net::InputTensor scaled, raw;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    using T = typename Net::value_type;
    const PixelScale& scale = scales[i / (raw.size() / Channels)];
    raw[i] = static_cast<T>(pixel(i));
    scaled[i] = raw[i] * static_cast<T>(scale.factor) + static_cast<T>(scale.offset);
  }
  const auto before = network(scaled), after = folded(raw);
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(before[i])));
    worst = std::max(worst, std::abs(static_cast<double>(before[i] - after[i])));
  }
  REQUIRE(largest > 0);
  return worst / largest;
}

constexpr std::array<PixelScale, 1> grey{{{.factor = 0.0127f, .offset = -0.424f}}};
constexpr std::array<PixelScale, 2> two{{{.factor = 0.0127f, .offset = -0.424f}, {.factor = 0.02f, .offset = 1}}};
constexpr std::array<PixelScale, 4> four{{{.factor = 0.01f, .offset = -0.4f},
                                          {.factor = 0.02f, .offset = 1},
                                          {.factor = -0.005f, .offset = 0.5f},
                                          {.factor = 0.03f, .offset = 0}}};

template <class... Layers>
using OfFour = with_scalar<double, Network<Input<4, 7, 6>, Layers...>>;

template <class Net, class Pixels>
concept Classifies = requires(const Net& network, const Pixels& pixels) { network.classify(pixels); };

/// 2 * (a / 2 - 1) + 3 * (b / 2 - 1) + 5
constexpr Network<Input<2>, Dense<1>> by_hand() {
  Network<Input<2>, Dense<1>> network;
  network.parameter<"0.weight">()[0][0] = 2;
  network.parameter<"0.weight">()[1][0] = 3;
  network.parameter<"0.bias">()[0][0] = 5;
  return fold_pixel_scale(network, {.factor = 0.5f, .offset = -1});
}

}  // namespace

static_assert(by_hand().parameter<"0.weight">()[0][0] == 1 && by_hand().parameter<"0.weight">()[1][0] == 1.5f);
static_assert(by_hand().parameter<"0.bias">()[0][0] == 0);

TEST_CASE("fold_pixel_scale: outputs differ by rounding only") {
  CHECK(difference<Network<Input<33>, Dense<20, Relu>, Dense<3>>>(grey) <= 1e-5);
  CHECK(difference<Network<Input<2, 5, 4>, Flatten, Dense<7, Tanh>>>(two) <= 1e-5);
  CHECK(difference<Network<Input<2, 9, 8>, Conv2D<6, 3>, BatchNorm<>, Flatten, Dense<3>>>(two) <= 1e-5);
  CHECK(difference<Network<Input<30>, Reshape<2, 15>, Conv1D<4, 3, Stride<2>>, Flatten, Dense<2>>>(grey) <= 1e-5);
}

TEST_CASE("fold_pixel_scale: each channel has a scale of its own, in each group") {
  CHECK(difference<OfFour<Flatten, Dense<5>>>(four) <= 1e-12);
  CHECK(difference<OfFour<Conv2D<6, KernelSize{3, 2}>>>(four) <= 1e-12);
  CHECK(difference<OfFour<Conv2D<6, 3, Groups<2>, Dilation<2>>>>(four) <= 1e-12);
  CHECK(difference<OfFour<DepthwiseConv2D<3, Multiplier<2>>>>(four) <= 1e-12);
  CHECK(difference<OfFour<Conv2D<6, 3>>>(grey) <= 1e-12);
}

TEST_CASE("fold_pixel_scale: from a network in static memory, whose parameters stay") {
  using Net = Network<Input<3>, Dense<4>>;
  const auto network = make_static<Net>();
  *network = laws::at_run_time(laws::drawn<Net>, Seed{7});
  const Net before = *network;
  CHECK(laws::same_bits(fold_pixel_scale(network, grey[0]).block(), fold_pixel_scale(before, grey).block()));
  CHECK(*network == before);
}

TEST_CASE("classify: bytes are numbers from 0 to 255") {
  using Net = Network<Input<2, 3>, Flatten>;
  constexpr std::array<std::uint8_t, 6> pixels{3, 127, 200, 255, 0, 255};
  static_assert(Net{}.classify(pixels) == 3);
  const std::uint8_t array[6] = {0, 0, 128, 127, 0, 1};
  CHECK(Net{}.classify(array) == 2);
  const std::vector<std::uint8_t> many(12, 9);
  CHECK(Net{}.classify(std::span{many}.first<6>()) == 0);
  CHECK(make_static<Net>().classify(pixels) == 3);
  static_assert(Classifies<Net, std::array<std::uint8_t, 6>>);
  static_assert(!Classifies<Net, std::array<std::uint8_t, 5>> && !Classifies<Net, std::span<const std::uint8_t>>);
}
