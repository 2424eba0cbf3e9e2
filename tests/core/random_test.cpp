#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cortexpr/core/random.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

using namespace cortexpr;

namespace {

/// sum (observed - expected)^2 / expected, against a uniform expectation.
double chi_square(const std::vector<std::size_t>& counts) {
  double total = 0;
  for (const std::size_t count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const std::size_t count : counts) {
    const double difference = static_cast<double>(count) - expected;
    sum += difference * difference / expected;
  }
  return sum;
}

/// Chi-square with `freedom` degrees lies within 4 standard deviations of its mean.
bool plausible(double value, double freedom) { return std::abs(value - freedom) < 4 * std::sqrt(2 * freedom); }

double normal_probability(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

// Known answers of Random123, the authors' reference implementation (tests/kat_vectors, philox4x32 10).
static_assert(detail::philox({0, 0, 0, 0}, {0, 0}) ==
              std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(detail::philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(detail::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

TEST_CASE("random: words are a function of seed, stream and index") {
  constexpr Random random{Seed{20190119}, 3};
  constexpr std::uint32_t in_compiler = random.bits(123456789012);
  CHECK(random.bits(123456789012) == in_compiler);
  for (std::uint64_t index = 0; index < 16; ++index) CHECK(random.bits(index) == random.block(index / 4)[index % 4]);
  CHECK(Random{Seed{20190119}, 4}.bits(0) != random.bits(0));
  CHECK(Random{Seed{20190120}, 3}.bits(0) != random.bits(0));
  CHECK(Random{Seed{20190119 | (std::uint64_t{1} << 40)}, 3}.bits(0) != random.bits(0));
}

TEST_CASE("random: uniform numbers lie in [0, 1), fill it evenly, and agree between types") {
  CHECK(detail::to_uniform<float>(0) == 0.0f);
  CHECK(detail::to_uniform<float>(0xffffffff) < 1.0f);
  const Random random{Seed{1}};
  std::vector<std::size_t> counts(100);
  for (std::uint64_t index = 0; index < 200'000; ++index) {
    const float value = random.uniform<float>(index);
    REQUIRE((value >= 0.0f && value < 1.0f));
    REQUIRE(random.uniform<double>(index) == static_cast<double>(value));
    ++counts[static_cast<std::size_t>(value * 100.0f)];
  }
  CHECK(plausible(chi_square(counts), 99));
}

TEST_CASE("random: consecutive words and streams are uncorrelated") {
  std::vector<std::size_t> pairs(256), streams(256);
  for (std::uint64_t index = 0; index < 100'000; ++index) {
    const Random one{Seed{5}, 0}, other{Seed{5}, 1};
    ++pairs[(one.bits(2 * index) >> 28) * 16 + (one.bits(2 * index + 1) >> 28)];
    ++streams[(one.bits(index) >> 28) * 16 + (other.bits(index) >> 28)];
  }
  CHECK(plausible(chi_square(pairs), 255));
  CHECK(plausible(chi_square(streams), 255));
}

TEST_CASE("random: a normal deviate is the quantile of its word") {
  double worst = 0;
  float previous = -std::numeric_limits<float>::infinity();
  for (std::uint64_t word = 0; word <= 0xffffffff; word += word < 70'000 || word > 0xffff0000 ? 1 : 104'729) {
    const float value = detail::to_normal<float>(static_cast<std::uint32_t>(word));
    const double probability = (static_cast<double>(word) + 0.5) * 0x1p-32;
    const double x = static_cast<double>(value);
    const double density = std::exp(-0.5 * x * x) * 0.3989422804014327;
    const double excess = x < 0 ? normal_probability(x) - probability : (1 - probability) - normal_probability(-x);
    const double error = std::abs(excess) / density / std::max(1e-3, std::abs(x));
    worst = std::max(worst, error);
    REQUIRE(value >= previous - 1e-6f * std::abs(value));
    previous = value;
    REQUIRE(value == -detail::to_normal<float>(~static_cast<std::uint32_t>(word)));
  }
  CHECK(worst < 4e-7);
  CHECK(detail::to_normal<double>(12345) == static_cast<double>(detail::to_normal<float>(12345)));
  CHECK(std::abs(detail::to_normal<float>(0)) < 6.4f);
}

TEST_CASE("random: normal deviates have the bits of every other target") {
  // Checked in the compiler as well: there is one body, without fused operations or library calls.
  constexpr auto fold = [] {
    std::uint64_t folded = 0;
    const Random random{Seed{7}};
    for (std::uint64_t index = 0; index < 1000; ++index)
      folded = folded * 0x9E3779B97F4A7C15u + std::bit_cast<std::uint32_t>(random.normal<float>(index));
    return folded;
  };
  constexpr std::uint64_t in_compiler = fold();
  CHECK(fold() == in_compiler);
  CHECK(in_compiler == 18351125536438043997u);
}

TEST_CASE("random: normal deviates have the moments of the normal distribution") {
  const Random random{Seed{11}};
  constexpr std::size_t count = 400'000;
  double sums[4] = {};
  for (std::uint64_t index = 0; index < count; ++index) {
    const double value = random.normal<double>(index);
    double power = 1;
    for (double& sum : sums) sum += (power *= value);
  }
  const double n = count;
  CHECK(std::abs(sums[0] / n) < 4 / std::sqrt(n));
  CHECK(std::abs(sums[1] / n - 1) < 4 * std::sqrt(2 / n));
  CHECK(std::abs(sums[2] / n) < 4 * std::sqrt(15 / n));
  CHECK(std::abs(sums[3] / n - 3) < 4 * std::sqrt(96 / n));
}

TEST_CASE("permutation: a bijection on every size from 0 to 300, and on 60000") {
  const auto is_bijection = [](std::size_t size, std::uint64_t stream) {
    const Permutation permutation{Seed{42}, stream, size};
    if (permutation.size() != size) return false;
    std::vector<bool> seen(size);
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t image = permutation[i];
      if (image >= size || seen[image]) return false;
      seen[image] = true;
    }
    return true;
  };
  for (std::size_t size = 0; size <= 300; ++size) {
    CAPTURE(size);
    CHECK(is_bijection(size, size));
  }
  for (const std::size_t size : {60000u, 65536u, 65537u, 1048577u}) CHECK(is_bijection(size, 1));
  const std::size_t huge = std::numeric_limits<std::size_t>::max();
  CHECK(Permutation{Seed{1}, 0, huge}[huge - 1] < huge);
}

TEST_CASE("permutation: usable in constant expressions, with the same values") {
  constexpr auto first = Permutation{Seed{3}, 9, 60000}[12345];
  const Permutation permutation{Seed{3}, 9, 60000};
  CHECK(permutation[12345] == first);
}

TEST_CASE("permutation: every order of a small set is equally likely") {
  for (const std::size_t size : {2u, 3u, 4u, 5u}) {
    CAPTURE(size);
    std::map<std::vector<std::size_t>, std::size_t> orders;
    for (std::uint64_t stream = 0; stream < 24'000; ++stream) {
      const Permutation permutation{Seed{1}, stream, size};
      std::vector<std::size_t> order;
      for (std::size_t i = 0; i < size; ++i) order.push_back(permutation[i]);
      ++orders[order];
    }
    std::vector<std::size_t> counts;
    for (const auto& entry : orders) counts.push_back(entry.second);
    const std::size_t factorials[] = {1, 1, 2, 6, 24, 120};
    REQUIRE(counts.size() == factorials[size]);
    CHECK(plausible(chi_square(counts), static_cast<double>(counts.size() - 1)));
  }
}

TEST_CASE("permutation: images of a large set are spread evenly, neighbours part, epochs differ") {
  constexpr std::size_t size = 60000, cells = 40;
  std::vector<std::size_t> position(cells * cells), neighbour(cells * cells), epoch(cells * cells);
  for (std::uint64_t stream = 0; stream < 10; ++stream) {
    const Permutation here{Seed{20190119}, stream, size}, next{Seed{20190119}, stream + 1, size};
    for (std::size_t i = 0; i + 1 < size; ++i) {
      const std::size_t cell = here[i] * cells / size;
      ++position[i * cells / size * cells + cell];
      ++neighbour[cell * cells + here[i + 1] * cells / size];
      ++epoch[cell * cells + next[i] * cells / size];
    }
  }
  // Rows and columns of these tables are fixed (each cell holds 1500 images): (cells - 1)^2 degrees of freedom.
  CHECK(plausible(chi_square(position), (cells - 1.0) * (cells - 1.0)));
  CHECK(plausible(chi_square(neighbour), (cells - 1.0) * (cells - 1.0)));
  CHECK(plausible(chi_square(epoch), (cells - 1.0) * (cells - 1.0)));
}
