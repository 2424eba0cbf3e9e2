#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/data/image_set.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "fixtures.hpp"

using namespace cortexpr;
using namespace fixtures;

namespace {

template <class Value>
ImageSet make_images(std::uint32_t count, std::uint32_t height, std::uint32_t width, Value value) {
  const TemporaryDirectory directory;
  LoadTimes times;
  const std::string images = directory.write("images", idx_file({count, height, width}, value));
  const std::string labels = directory.write("labels", idx_file({count}, [](std::size_t i) { return i % 4; }));
  return {idx::read<3>(images, times), idx::read<1>(labels, times), 4};
}

}  // namespace

TEST_CASE("images: are stored as bytes and gathered as floats") {
  const ImageSet data = make_images(5, 3, 2, [](std::size_t i) { return 10 * i; });
  CHECK(data.size() == 5);
  CHECK((data.height() == 3 && data.width() == 2));
  CHECK(data.sample_size() == 6);
  CHECK(data.label(3) == 3);
  float pixels[6];
  data.gather(2, 0, pixels);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(data.pixels(2)[i] == 120 + 10 * i);
    CHECK(pixels[i] == doctest::Approx((120 + 10.0 * static_cast<double>(i)) / 255));
  }
}

TEST_CASE("images: statistics are over all pixels") {
  const auto value = [](std::size_t i) { return (i * 37) % 256; };
  const ImageSet data = make_images(300, 17, 19, value);  // more than one block of sums
  double sum = 0, squares = 0;
  const std::size_t count = 300 * 17 * 19;
  for (std::size_t i = 0; i < count; ++i) {
    const double pixel = static_cast<double>(value(i)) / 255;
    sum += pixel;
    squares += pixel * pixel;
  }
  const double mean = sum / static_cast<double>(count);
  const PixelStatistics found = data.statistics()[0];
  CHECK(found.mean == doctest::Approx(mean).epsilon(1e-6));
  CHECK(found.standard_deviation ==
        doctest::Approx(std::sqrt(squares / static_cast<double>(count) - mean * mean)).epsilon(1e-6));
}

TEST_CASE("images: equal pixels are standardized to zeros, not to infinities") {
  for (const unsigned pixel : {0u, 128u, 255u}) {
    ImageSet data = make_images(3, 4, 4, [pixel](std::size_t) { return pixel; });
    data.standardize(data.statistics());
    float pixels[16];
    data.gather(1, 0, pixels);
    for (const float value : pixels) CHECK(std::abs(value) < 1e-6f);
  }
}

TEST_CASE("images: the largest pixels do not overflow the sums") {
  const ImageSet data = make_images(200, 28, 28, [](std::size_t i) { return i % 784 < 783 ? 255 : 0; });
  CHECK(data.statistics()[0].mean == doctest::Approx(783.0 / 784));
  CHECK(data.statistics()[0].standard_deviation == doctest::Approx(std::sqrt(783.0) / 784).epsilon(1e-5));
}

TEST_CASE("images: distortion comes before normalisation and changes with the epoch") {
  ImageSet data = make_images(3, 28, 28, [](std::size_t i) { return i % 256; });
  data.standardize({{.mean = 0.5f, .standard_deviation = 0.25f}});
  data.augment({.shift_pixels = 10, .seed = Seed{1}});
  float pixels[784], other[784];
  bool outside = false;
  for (std::uint64_t epoch = 0; epoch < 10; ++epoch) {
    data.gather(1, epoch, pixels);
    data.gather(1, epoch + 1, other);
    CHECK_FALSE(std::equal(pixels, pixels + 784, other));
    for (const float pixel : pixels) {
      REQUIRE((pixel >= -2.0f && pixel <= 2.0f));
      outside |= pixel == -2.0f;  // black, normalised
    }
  }
  CHECK(outside);
  CHECK(error_of([&] { data.augment({.scale = 2}); }) != "");
  CHECK(error_of([&] { make_images(1, 65, 2, [](std::size_t) { return 0; }).augment({.shear = 0.1f}); }) != "");
}

TEST_CASE("images: statistics of another number of channels are refused with one sentence") {
  ImageSet data = make_images(1, 2, 2, [](std::size_t) { return 0; });
  CHECK(error_of([&] { data.standardize({{}, {}, {}}); }) ==
        "ImageSet: standardize: expected statistics of 1 channels, found 3; give one a channel");
}
