#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cortexpr/data/augment.hpp>
#include <cortexpr/data/distort.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "fixtures.hpp"

using namespace cortexpr;
using fixtures::error_of;

namespace {

constexpr Augment strong{.shift_pixels = 3, .rotation_degrees = 20, .scale = 0.2f, .shear = 0.3f, .seed = Seed{5}};

using Image = std::vector<std::uint8_t>;

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

/// The reference: bilinear interpolation in double; pixels outside are 0.
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

/// The image as pixels from 0 to 255.
std::vector<float> distort(const Image& pixels, const detail::ImageShape& shape, const Augment& augment,
                           std::size_t sample, std::uint64_t epoch) {
  const std::vector<PixelScale> scales(shape.channels, {.factor = 1, .offset = 0});
  std::vector<float> out(pixels.size());
  detail::write_augmented(augment, sample, epoch, pixels.data(), shape, scales.data(), out.data());
  return out;
}

constexpr detail::ImageShape digit{1, 28, 28};

Image noisy(const detail::ImageShape& shape) {
  Image pixels;
  for (std::size_t i = 0; i < shape.size(); ++i) pixels.push_back(static_cast<std::uint8_t>(Random{Seed{1}}.bits(i)));
  return pixels;
}

std::uint64_t folded(const std::vector<float>& values) {
  std::uint64_t bits = 0;
  for (const float value : values) bits = bits * 0x9E3779B97F4A7C15u + std::bit_cast<std::uint32_t>(value);
  return bits;
}

constexpr detail::AffineMap draw_map(const Augment& augment, std::size_t sample, std::uint64_t epoch,
                                     const detail::ImageShape& shape) {
  return detail::draw_affine_map(augment, detail::AugmentRandom{augment.seed, sample, epoch}, shape);
}

}  // namespace

TEST_CASE("augment: without distortions the image is unchanged") {
  const auto pixels = blob(28, 28, 10, 15);
  const auto out = distort(pixels, digit, Augment{}, 3, 4);
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
    const Image pixels = noisy({1, height, width});
    for (std::size_t sample = 0; sample < 20; ++sample) {
      const auto map = draw_map(strong, sample, 2, {1, height, width});
      const auto out = distort(pixels, {1, height, width}, strong, sample, 2);
      double worst = 0;
      for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column)
          worst = std::max(worst, std::abs(static_cast<double>(out[row * width + column]) -
                                           reference_pixel(pixels, height, width, map, row, column)));
      CHECK(worst < 2.0);  // positions are cut to 1/256 pixel: up to 1 grey level of 255 along each axis
    }
  }
}

TEST_CASE("augment: depends on seed, sample and epoch, and on nothing else") {
  const auto pixels = blob(28, 28, 10, 15);
  Augment other = strong;
  other.seed = Seed{6};
  const auto out = distort(pixels, digit, strong, 3, 4);
  CHECK(out == distort(pixels, digit, strong, 3, 4));
  CHECK(out != distort(pixels, digit, strong, 4, 4));
  CHECK(out != distort(pixels, digit, strong, 3, 5));
  CHECK(out != distort(pixels, digit, other, 3, 4));
}

TEST_CASE("augment: the same bits on every target and in constant expressions") {
  constexpr auto in_compiler = draw_map(strong, 123, 4, digit);
  const auto map = draw_map(strong, 123, 4, digit);
  CHECK((map.origin.x == in_compiler.origin.x && map.origin.y == in_compiler.origin.y));
  CHECK((map.along_row.x == in_compiler.along_row.x && map.along_column.y == in_compiler.along_column.y));
  std::vector<float> images;
  for (std::size_t sample = 0; sample < 50; ++sample)
    for (const float pixel : distort(blob(28, 28, 12, 14), digit, strong, sample, 1)) images.push_back(pixel);
  CHECK(folded(images) == 9439955115574066573u);
}

TEST_CASE("augment: distortions have the documented ranges") {
  const auto extreme = [](const Augment& augment, auto value) {
    double low = std::numeric_limits<double>::max(), high = -low;
    for (std::size_t sample = 0; sample < 4000; ++sample) {
      const double found = value(draw_map(augment, sample, 0, digit));
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
  const auto out = distort(pixels, {1, 29, 29}, {.rotation_degrees = 90, .scale = 0.3f}, 1, 1);
  CHECK(out[14 * 29 + 14] > 250);
}

TEST_CASE("augment: the largest distortions stay within the image's memory") {
  const Augment largest{.shift_pixels = 64, .rotation_degrees = 90, .scale = 0.99f, .shear = 1};
  const std::vector<std::uint8_t> white(64 * 64, 255);
  for (std::size_t sample = 0; sample < 500; ++sample)
    for (const float pixel : distort(white, {1, 64, 64}, largest, sample, 0)) REQUIRE((pixel >= 0 && pixel <= 255));
}

TEST_CASE("augment: each kind depends on seed, sample and epoch, with the same bits on every target") {
  struct Kind {
    Augment augment;
    std::uint64_t bits;
  };
  for (const auto& [augment, bits] : {
           Kind{{.elastic_pixels = 3}, 18191226473452930620u},
           Kind{{.elastic_pixels = 2, .elastic_cells = 7}, 10003708613762426959u},
           Kind{{.crop_padding = 4}, 6393413657466961920u},
           Kind{{.flip = 0.5f}, 9403547329624932352u},
           Kind{{.noise = 0.1f}, 9024129972469154832u},
           Kind{{.erase = 9}, 3678022203027423232u},
       }) {
    CAPTURE(bits);
    const Image pixels = noisy({3, 20, 30});
    const auto look = [&](std::uint64_t epoch) {
      std::vector<float> images;
      for (std::size_t sample = 0; sample < 10; ++sample)
        for (const float pixel : distort(pixels, {3, 20, 30}, augment, sample, epoch)) images.push_back(pixel);
      return images;
    };
    CHECK(augment.active());
    CHECK(look(1) == look(1));
    CHECK(look(1) != look(2));
    CHECK(folded(look(1)) == bits);
  }
}

TEST_CASE("augment: all channels get the same displacement") {
  const Augment all{.shift_pixels = 2, .rotation_degrees = 10, .elastic_pixels = 3, .crop_padding = 2, .flip = 0.5f};
  const Image grey = noisy({1, 20, 30});
  Image colours;
  for (int channel = 0; channel < 3; ++channel) colours.insert(colours.end(), grey.begin(), grey.end());
  for (std::size_t sample = 0; sample < 10; ++sample) {
    const auto moved = distort(grey, {1, 20, 30}, all, sample, 1);
    const auto found = distort(colours, {3, 20, 30}, all, sample, 1);
    for (std::size_t i = 0; i < found.size(); ++i) REQUIRE(found[i] == moved[i % 600]);
  }
}

TEST_CASE("augment: elastic distortion stays within elastic_pixels, and reaches most of it") {
  const auto extent = [](unsigned cells, const detail::ImageShape& shape) {
    std::int32_t farthest = 0;
    for (std::size_t sample = 0; sample < 2000; ++sample) {
      detail::SourcePositions moved{};
      const Augment augment{.elastic_pixels = 3, .elastic_cells = cells, .seed = Seed{9}};
      detail::add_elastic(augment, {augment.seed, sample, 0}, shape, moved);
      for (std::size_t i = 0; i < shape.plane_size(); ++i)
        farthest = std::max({farthest, std::abs(moved.x[i]), std::abs(moved.y[i])});
    }
    return farthest / 65536.0;
  };
  for (const unsigned cells : {1u, 4u, 16u})
    for (const detail::ImageShape& shape :
         {detail::ImageShape{1, 28, 28}, detail::ImageShape{1, 1, 64}, detail::ImageShape{1, 64, 3}}) {
      CAPTURE(cells);
      CHECK(extent(cells, shape) <= 3);
      CHECK(extent(cells, shape) > 1.5);
    }
}

TEST_CASE("augment: elastic distortion is smooth") {
  detail::SourcePositions moved{};
  const Augment augment{.elastic_pixels = 3, .elastic_cells = 4};
  detail::add_elastic(augment, {augment.seed, 1, 1}, digit, moved);
  // A cubic B-spline rises by at most 2 * 3 pixels per cell, and a cell is 7 pixels wide.
  for (std::size_t i = 0; i + 1 < 784; ++i)
    if (i % 28 != 27) REQUIRE(std::abs(moved.x[i + 1] - moved.x[i]) < 65536 * 6 / 7);
}

TEST_CASE("augment: a crop shifts by whole pixels, uniformly, and fills with zeros") {
  Image pixels(784);
  pixels[14 * 28 + 14] = 200;
  std::size_t at[25] = {};
  for (std::size_t sample = 0; sample < 5000; ++sample) {
    const auto out = distort(pixels, digit, {.crop_padding = 2}, sample, 0);
    const auto lit = static_cast<std::size_t>(std::find(out.begin(), out.end(), 200.0f) - out.begin());
    REQUIRE(lit < 784);
    REQUIRE(std::count(out.begin(), out.end(), 0.0f) == 783);
    ++at[(lit / 28 - 12) * 5 + lit % 28 - 12];
  }
  for (const std::size_t times : at) CHECK((times > 140 && times < 260));
  const auto out = distort(Image(784, 255), digit, {.crop_padding = 28}, 3, 0);
  CHECK(std::count(out.begin(), out.end(), 0.0f) + std::count(out.begin(), out.end(), 255.0f) == 784);
}

TEST_CASE("augment: a flip mirrors exactly, with the given probability") {
  const Image pixels = noisy({1, 5, 8});
  const auto flipped = distort(pixels, {1, 5, 8}, {.flip = 1}, 0, 0);
  for (std::size_t i = 0; i < 40; ++i) CHECK(flipped[i] == static_cast<float>(pixels[i / 8 * 8 + 7 - i % 8]));
  const auto twice = distort(Image(flipped.begin(), flipped.end()), {1, 5, 8}, {.flip = 1}, 1, 0);
  CHECK(Image(twice.begin(), twice.end()) == pixels);
  std::size_t times = 0;
  for (std::size_t sample = 0; sample < 4000; ++sample)
    times += distort(pixels, {1, 5, 8}, {.flip = 0.25f}, sample, 0) == flipped;
  CHECK((times > 900 && times < 1100));
}

TEST_CASE("augment: noise has mean 0 and the given deviation, and is nearly normal") {
  const std::size_t count = 200;
  double sum = 0, squares = 0, fourth = 0, beside = 0;
  for (std::size_t sample = 0; sample < count; ++sample) {
    const auto out = distort(Image(784, 100), digit, {.noise = 0.1f}, sample, 0);
    double last = 0;
    for (const float pixel : out) {
      const double noise = (static_cast<double>(pixel) - 100) / 25.5;
      sum += noise;
      squares += noise * noise;
      fourth += noise * noise * noise * noise;
      beside += noise * last;
      last = noise;
    }
  }
  const double pixels = 784.0 * count;
  CHECK(std::abs(sum / pixels) < 0.01);
  CHECK(std::abs(squares / pixels - 1) < 0.01);
  CHECK(std::abs(fourth / pixels - 2.7) < 0.05);  // normal: 3; four bytes: 3 - 1.2 / 4
  CHECK(std::abs(beside / pixels) < 0.01);
}

TEST_CASE("augment: noise is in units of pixel / 255, however the image is normalised") {
  const PixelScale scales[2] = {{.factor = 1, .offset = 0}, {.factor = 4, .offset = -3}};
  const std::vector<std::uint8_t> grey(784, 100);
  std::vector<float> out[2] = {std::vector<float>(784), std::vector<float>(784)};
  for (int i = 0; i < 2; ++i)
    detail::write_augmented({.noise = 0.2f}, 1, 1, grey.data(), digit, &scales[i], out[i].data());
  for (std::size_t i = 0; i < 784; ++i) REQUIRE(out[1][i] == doctest::Approx(4 * out[0][i] - 3));
}

TEST_CASE("augment: erases one square in all channels, clipped at the border") {
  const detail::ImageShape shape{2, 20, 30};
  bool whole = false, cut = false;
  for (std::size_t sample = 0; sample < 200; ++sample) {
    const auto out = distort(Image(shape.size(), 50), shape, {.erase = 6}, sample, 0);
    const auto erased = static_cast<std::size_t>(std::count(out.begin(), out.begin() + 600, 0.0f));
    REQUIRE((erased >= 9 && erased <= 36));
    REQUIRE(std::equal(out.begin(), out.begin() + 600, out.begin() + 600));
    whole |= erased == 36;
    cut |= erased < 36;
  }
  CHECK((whole && cut));
}

TEST_CASE("augment: values out of range and large images are refused with one sentence") {
  const auto error = [](const Augment& augment, std::size_t side) {
    return error_of([&] { detail::check_augment(augment, {1, side, 28}); });
  };
  CHECK(error(strong, 28) == "");
  CHECK(error({}, 1000) == "");
  CHECK(error({.shift_pixels = -1}, 28) ==
        "Augment: shift_pixels: expected a number from 0 to 64, found -1; give one in this range");
  CHECK(error({.rotation_degrees = 91}, 28) != "");
  CHECK(error({.scale = 1}, 28) != "");
  CHECK(error({.shear = std::numeric_limits<float>::quiet_NaN()}, 28) != "");
  CHECK(error({.elastic_pixels = 65}, 28) != "");
  CHECK(error({.elastic_cells = 0}, 28) ==
        "Augment: elastic_cells: expected a number from 1 to 16, found 0; give one in this range");
  CHECK(error({.elastic_cells = 17}, 28) != "");
  CHECK(error({.crop_padding = 65}, 28) != "");
  CHECK(error({.flip = 1.5f}, 28) != "");
  CHECK(error({.noise = -0.1f}, 28) != "");
  CHECK(error({.erase = 65}, 28) != "");
  CHECK(error(strong, 65) == "Augment: expected images of at most 64 x 64 pixels, found 65 x 28; leave augment out");
}
