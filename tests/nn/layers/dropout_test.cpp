#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/nn/layers/dropout.hpp>
#include <cortexpr/nn/network.hpp>
#include <set>
#include <vector>

#include "../../laws/fixtures.hpp"

using namespace cortexpr;
using laws::PaddedRows;

namespace {

constexpr std::size_t columns = 50, samples = 200, layer = 3;

/// The mask of a step, as Simd computes it: the outputs for ones.
template <float probability, class Simd = simd::Native>
std::vector<float> mask(const detail::Noise& noise, std::size_t rows = samples) {
  using Bound = typename Dropout<probability>::template Bound<float, Shape<columns>>;
  using Link = detail::Link<Bound, simd::row_stride<float>(columns)>;
  static PaddedRows<float, samples, columns> x, y, saved;
  for (float& value : x.values) value = 1;
  detail::ForwardContext<Link, detail::Mode::training, samples> pass{};
  pass.x = x.rows(rows), pass.y = y.rows(rows);
  pass.saved = saved.values;
  pass.noise = noise;
  Bound::forward(Simd{}, pass);
  std::vector<float> result;
  for (std::size_t row = 0; row < rows; ++row) result.insert(result.end(), y.rows()[row], y.rows()[row] + columns);
  return result;
}

template <float probability>
void check_statistics() {
  CAPTURE(probability);
  std::size_t dropped = 0, pairs = 0;
  double sum = 0;
  const std::vector<float> values = mask<probability>({Seed{1}, 2, 0, layer});
  for (std::size_t i = 0; i < values.size(); ++i) {
    REQUIRE((values[i] == 0 || std::abs(values[i] - 1 / (1 - probability)) < 1e-5f));
    dropped += values[i] == 0;
    pairs += i > 0 && values[i] == 0 && values[i - 1] == 0;
    sum += static_cast<double>(values[i]);
  }
  const double n = static_cast<double>(values.size()), p = static_cast<double>(probability);
  CHECK(std::abs(static_cast<double>(dropped) - n * p) <= 4 * std::sqrt(n * p * (1 - p)));
  CHECK(std::abs(static_cast<double>(pairs) - n * p * p) <= 5 * std::sqrt(n) * p);
  CHECK(sum / n == doctest::Approx(1).epsilon(4 * std::sqrt(p / (1 - p) / n) + 1e-6));
}

}  // namespace

TEST_CASE("dropout: drops its part of the elements, independently, and keeps the mean") {
  check_statistics<0.1f>();
  check_statistics<0.5f>();
  check_statistics<0.9f>();
}

TEST_CASE("dropout: with probability 0 does nothing") {
  CHECK(mask<0.0f>({Seed{1}, 2, 0, layer}) == std::vector<float>(samples * columns, 1.0f));
}

TEST_CASE("dropout: a mask is a function of seed, step and the sample's position, on all backends") {
  const std::vector<float> expected = mask<0.5f>({Seed{1}, 2, 0, layer});
  CHECK(mask<0.5f>({Seed{1}, 2, 0, layer}) == expected);
  CHECK(mask<0.5f, simd::ConstantEvaluated>({Seed{1}, 2, 0, layer}) == expected);
  CHECK(mask<0.5f>({Seed{2}, 2, 0, layer}) != expected);
  CHECK(mask<0.5f>({Seed{1}, 3, 0, layer}) != expected);
  // Samples 120 and later, as a part of the batch that begins with them.
  const std::vector<float> part = mask<0.5f>({Seed{1}, 2, 120, layer}, 80);
  CHECK(std::vector<float>(expected.begin() + 120 * columns, expected.end()) == part);
}

TEST_CASE("dropout: no two samples of a batch have the same mask") {
  const std::vector<float> values = mask<0.5f>({Seed{1}, 2, 0, layer});
  for (std::size_t a = 0; a < 20; ++a)
    for (std::size_t b = 0; b < a; ++b)
      CHECK_FALSE(std::equal(&values[a * columns], &values[a * columns] + columns, &values[b * columns]));
}

TEST_CASE("dropout: its numbers are not those that initialize draws under the same seed") {
  const std::vector<float> kept = mask<0.5f>({Seed{1}, 0, 0, layer});
  for (std::uint64_t stream = 0; stream < 5; ++stream) {
    const Random weights{Seed{1}, stream};
    std::size_t equal = 0;
    for (std::size_t i = 0; i < kept.size(); ++i)
      equal += (kept[i] != 0) == (weights.bits(i / columns * ((columns + 3) / 4 * 4) + i % columns) >= 0x80000000u);
    CHECK(equal > kept.size() * 45 / 100);
    CHECK(equal < kept.size() * 55 / 100);
  }
}

TEST_CASE("dropout: every layer and step has random numbers of its own, however deep and however many") {
  const auto layers_inside = [](const detail::Noise& outer) {
    std::vector<detail::Noise> result;
    for (const std::size_t before : {0u, 70u})
      for (std::size_t i = 0; i < 70; ++i) result.push_back(outer.inside(before).at(i));
    return result;
  };
  std::vector<detail::Noise> all;
  for (std::size_t i = 0; i < 70; ++i) {
    const detail::Noise top = detail::Noise{Seed{5}, 9, 0, 0}.at(i);
    all.push_back(top);
    for (const detail::Noise& second : layers_inside(top)) {
      all.push_back(second);
      if (i % 23 == 0)
        for (const detail::Noise& third : layers_inside(second)) all.push_back(third);
    }
  }
  std::set<std::array<std::uint32_t, 4>> seen;
  for (detail::Noise noise : all)
    for (noise.step = 9; noise.step < 12; ++noise.step) seen.insert(noise.random().block(0));
  CHECK(seen.size() == 3 * all.size());
  // The numbers of the common cases, on which the bits of recorded trainings depend.
  CHECK(detail::Noise{}.at(63).layer == 63);
  CHECK(detail::Noise{}.at(2).inside(3).at(4).layer == 64 * 3 + 7);
}

TEST_CASE("dropout: is not there in inference") {
  using With = Network<Input<4>, Dropout<0.5f>, Dense<3, Tanh>, Dropout<0.9f>>;
  using Without = Network<Input<4>, Dense<3, Tanh>>;
  With with;
  Without without;
  with.initialize(Seed{1});
  without.initialize(Seed{1});
  CHECK(with({{1, 2, 3, 4}}) == without({{1, 2, 3, 4}}));
  CHECK(memory<With>::activation_bytes == memory<Without>::activation_bytes);
}
