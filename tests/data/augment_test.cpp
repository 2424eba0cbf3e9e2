#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cortexpr/data/augment.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "fixtures.hpp"

using namespace cortexpr;
using fixtures::error_of;

namespace {

constexpr Augment strong{.shift_pixels = 3, .rotation_degrees = 20, .scale = 0.2f, .shear = 0.3f, .seed = Seed{5}};

/// A smooth blob, brightest at (x, y).
std::vector<std::uint8_t> blob(std::size_t height, std::size_t width, double x, double y) {
  std::vector<std::uint8_t> pixels;
  for (std::size_t row = 0; row < height; ++row)
    for (std::size_t column = 0; column < width; ++column) {
      const double dx = static_cast<double>(column) - x, dy = static_cast<double>(row) - y;
      pixels.push_back(static_cast<std::uint8_t>(255 * std::exp(-(dx * dx + dy * dy) / 8)));
    }
  return pixels;
}

/// The slow, obvious version: bilinear interpolation in double, 0 outside.
double reference_pixel(const std::vector<std::uint8_t>& pixels, std::size_t height, std::size_t width,
                       const detail::AffineMap& map, std::size_t row, std::size_t column) {
  const auto along = [&](std::int32_t origin, std::int32_t across, std::int32_t down) {
    return (origin + static_cast<double>(column) * across + static_cast<double>(row) * down) / 65536.0;
  };
  const double x = along(map.origin.x, map.along_row.x, map.along_column.x);
  const double y = along(map.origin.y, map.along_row.y, map.along_column.y);
  const auto at = [&](double px, double py) {
    const bool inside = px >= 0 && py >= 0 && px < static_cast<double>(width) && py < static_cast<double>(height);
    return inside ? pixels[static_cast<std::size_t>(py) * width + static_cast<std::size_t>(px)] : 0.0;
  };
  const double left = std::floor(x), top = std::floor(y), right = x - left, down = y - top;
  return (at(left, top) * (1 - right) + at(left + 1, top) * right) * (1 - down) +
         (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * down;
}

std::vector<float> distort(const std::vector<std::uint8_t>& pixels, std::size_t height, std::size_t width,
                           const Augment& augment, std::size_t sample, std::uint64_t epoch) {
  std::vector<float> out(pixels.size());
  const auto map = detail::draw_affine_map(augment, sample, epoch, height, width);
  detail::write_distorted(pixels.data(), height, width, map, 1, 0, out.data());
  return out;
}

}  // namespace

TEST_CASE("augment: no amounts, no change") {
  const auto pixels = blob(28, 28, 10, 15);
  const auto out = distort(pixels, 28, 28, Augment{}, 3, 4);
  for (std::size_t i = 0; i < pixels.size(); ++i) REQUIRE(out[i] == static_cast<float>(pixels[i]));
  CHECK_FALSE(Augment{}.active());
  CHECK(strong.active());
}

TEST_CASE("augment: equals bilinear interpolation in double, for images of any size and shape") {
  struct Size {
    std::size_t height, width;
  };
  for (const auto& [height, width] : {Size{28, 28}, Size{1, 1}, Size{5, 64}, Size{64, 3}, Size{64, 64}}) {
    CAPTURE(height);
    CAPTURE(width);
    std::vector<std::uint8_t> pixels;
    for (std::size_t i = 0; i < height * width; ++i)
      pixels.push_back(static_cast<std::uint8_t>(Random{Seed{1}}.bits(i)));
    for (std::size_t sample = 0; sample < 20; ++sample) {
      const auto map = detail::draw_affine_map(strong, sample, 2, height, width);
      const auto out = distort(pixels, height, width, strong, sample, 2);
      double worst = 0;
      for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column)
          worst = std::max(worst, std::abs(static_cast<double>(out[row * width + column]) -
                                           reference_pixel(pixels, height, width, map, row, column)));
      CHECK(worst < 2.0);  // positions are cut to 1/256 pixel: up to 1 grey level of 255 along each axis
    }
  }
}

TEST_CASE("augment: a function of seed, sample and epoch, each of which matters") {
  const auto pixels = blob(28, 28, 10, 15);
  Augment other = strong;
  other.seed = Seed{6};
  const auto out = distort(pixels, 28, 28, strong, 3, 4);
  CHECK(out == distort(pixels, 28, 28, strong, 3, 4));
  CHECK(out != distort(pixels, 28, 28, strong, 4, 4));
  CHECK(out != distort(pixels, 28, 28, strong, 3, 5));
  CHECK(out != distort(pixels, 28, 28, other, 3, 4));
}

TEST_CASE("augment: the same bits on every target and in constant expressions") {
  constexpr auto in_compiler = detail::draw_affine_map(strong, 123, 4, 28, 28);
  const auto map = detail::draw_affine_map(strong, 123, 4, 28, 28);
  CHECK((map.origin.x == in_compiler.origin.x && map.origin.y == in_compiler.origin.y));
  CHECK((map.along_row.x == in_compiler.along_row.x && map.along_column.y == in_compiler.along_column.y));
  std::uint64_t folded = 0;
  for (std::size_t sample = 0; sample < 50; ++sample)
    for (const float pixel : distort(blob(28, 28, 12, 14), 28, 28, strong, sample, 1))
      folded = folded * 0x9E3779B97F4A7C15u + std::bit_cast<std::uint32_t>(pixel);
  CHECK(folded == 9439955115574066573u);
}

TEST_CASE("augment: amounts are what they say") {
  const auto extreme = [](const Augment& augment, auto value) {
    double low = std::numeric_limits<double>::max(), high = -low;
    for (std::size_t sample = 0; sample < 4000; ++sample) {
      const double found = value(detail::draw_affine_map(augment, sample, 0, 28, 28));
      low = std::min(low, found);
      high = std::max(high, found);
    }
    return std::pair{low, high};
  };
  const auto near = [](double found, double expected) {
    return std::abs(found - expected) < 0.005 * std::abs(expected);
  };
  const auto shift = extreme({.shift_pixels = 2}, [](const auto& map) { return map.origin.x / 65536.0; });
  CHECK((near(shift.first, -2) && near(shift.second, 2)));
  const auto angle = extreme({.rotation_degrees = 90}, [](const auto& map) {
    CHECK(std::hypot(map.along_row.x, map.along_row.y) == doctest::Approx(65536).epsilon(1e-4));
    return std::atan2(map.along_row.y, map.along_row.x) * 57.29577951;
  });
  CHECK((near(angle.first, -90) && near(angle.second, 90)));
  const auto scale = extreme({.scale = 0.25f}, [](const auto& map) { return map.along_column.y / 65536.0; });
  CHECK((near(scale.first, 0.75) && near(scale.second, 1.25)));
  const auto shear = extreme({.shear = 0.5f}, [](const auto& map) { return map.along_column.x / 65536.0; });
  CHECK((near(shear.first, -0.5) && near(shear.second, 0.5)));
}

TEST_CASE("augment: the image turns about its centre") {
  const auto pixels = blob(29, 29, 14, 14);
  const auto out = distort(pixels, 29, 29, {.rotation_degrees = 90, .scale = 0.3f}, 1, 1);
  CHECK(out[14 * 29 + 14] > 250);
}

TEST_CASE("augment: the largest amounts stay within the image's memory") {
  const Augment largest{.shift_pixels = 64, .rotation_degrees = 90, .scale = 0.99f, .shear = 1};
  const std::vector<std::uint8_t> white(64 * 64, 255);
  for (std::size_t sample = 0; sample < 500; ++sample)
    for (const float pixel : distort(white, 64, 64, largest, sample, 0)) REQUIRE((pixel >= 0 && pixel <= 255));
}

TEST_CASE("augment: amounts and images that cannot be are refused with one sentence") {
  const auto error = [](const Augment& augment, std::size_t side) {
    return error_of([&] { detail::check_augment(augment, side, 28); });
  };
  CHECK(error(strong, 28) == "");
  CHECK(error({}, 1000) == "");
  CHECK(error({.shift_pixels = -1}, 28) ==
        "Augment: shift_pixels: expected a number from 0 to 64, found -1; give the largest change wanted");
  CHECK(error({.rotation_degrees = 91}, 28) != "");
  CHECK(error({.scale = 1}, 28) != "");
  CHECK(error({.shear = std::numeric_limits<float>::quiet_NaN()}, 28) != "");
  CHECK(error(strong, 65) == "Augment: expected images of at most 64 x 64 pixels, found 65 x 28; leave augment out");
}
