#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/data/mnist.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "fixtures.hpp"

using namespace cortexpr;
using namespace fixtures;

namespace {

Contents images(std::uint32_t count) {
  return idx_file({count, 28, 28}, [](std::size_t i) { return i / 784 + i % 251; });
}

Contents labels(std::uint32_t count) {
  return idx_file({count}, [](std::size_t i) { return i % 10; });
}

/// Three training images and two test images, in files with these names.
void write_set(const TemporaryDirectory& directory, const std::string& separator, bool compressed) {
  const auto write = [&](const std::string& name, const std::string& kind, const Contents& contents) {
    directory.write(name + separator + kind + "-ubyte" + (compressed ? ".gz" : ""),
                    compressed ? gzip(contents) : contents);
  };
  write("train-images", "idx3", images(3));
  write("train-labels", "idx1", labels(3));
  write("t10k-images", "idx3", images(2));
  write("t10k-labels", "idx1", labels(2));
}

}  // namespace

TEST_CASE("mnist: finds the files under all names of the public mirrors") {
  for (const char* const separator : {"-", "."}) {
    for (const bool compressed : {false, true}) {
      CAPTURE(std::string{separator});
      CAPTURE(compressed);
      const TemporaryDirectory directory;
      write_set(directory, separator, compressed);
      const mnist::Data data = mnist::load(directory.path());
      CHECK(data.train.size() == 3);
      CHECK(data.test.size() == 2);
      CHECK(data.train.sample_size() == 784);
      CHECK(data.train.class_count() == 10);
      CHECK(data.train.label(2) == 2);
      CHECK(data.test.pixels(1)[5] == 1 + (784 + 5) % 251);
      CHECK(data.read_seconds > 0);
      CHECK((data.decompress_seconds > 0) == compressed);
    }
  }
}

TEST_CASE("mnist: bad sets are refused with one sentence") {
  const TemporaryDirectory directory;
  write_set(directory, "-", false);
  const auto error = [&] { return error_of([&] { mnist::load(directory.path()); }, directory.path()); };
  REQUIRE(error() == "");

  directory.write("t10k-labels-idx1-ubyte", labels(3));
  CHECK(error() ==
        "DIR/t10k-labels-idx1-ubyte: number of labels: expected 2, as there are images in "
        "DIR/t10k-images-idx3-ubyte, found 3; fetch both files again");
  directory.write("t10k-labels-idx1-ubyte", idx_file({2}, [](std::size_t i) { return 9 + i; }));
  CHECK(error() ==
        "DIR/t10k-labels-idx1-ubyte: label of sample 1: expected a class from 0 to 9, found 10; fetch the "
        "file again");
  directory.write("t10k-labels-idx1-ubyte", images(2));
  CHECK(error() ==
        "DIR/t10k-labels-idx1-ubyte: IDX magic number: expected 0x00000801 (unsigned bytes, 1 "
        "dimensions), found 0x00000803; check that images and labels are not exchanged, or fetch the "
        "file again");
  std::filesystem::remove(directory.path() + "/t10k-labels-idx1-ubyte");
  CHECK(error() ==
        "DIR: expected the file t10k-labels-idx1-ubyte (or .gz, or with a dot before idx1), found none; "
        "run scripts/mnist, which fetches it, or name the directory that holds it");
  std::filesystem::create_directory(directory.path() + "/t10k-labels-idx1-ubyte");
  CHECK(error() == "DIR/t10k-labels-idx1-ubyte: expected a file, found a directory; name the file inside it");

  directory.write("t10k-images-idx3-ubyte", idx_file({2, 14, 56}, [](std::size_t) { return 0; }));
  CHECK(error() ==
        "DIR/t10k-images-idx3-ubyte: image size: expected 28 x 28, found 14 x 56; read other images with "
        "idx::read and ImageSet");
  directory.write("train-images-idx3-ubyte", images(0));
  directory.write("train-labels-idx1-ubyte", labels(0));
  CHECK(error() == "DIR/train-images-idx3-ubyte: expected images, found 0 of 28 x 28 pixels; fetch the file again");

  const std::string none = directory.path() + "/none";
  CHECK(error_of([&] { mnist::load(none); }) != "");
}

TEST_CASE("mnist: the test images are standardised as the training images, and never distorted") {
  const TemporaryDirectory directory;
  write_set(directory, "-", true);
  const mnist::Data plain = mnist::load(directory.path(), {.standardize = false});
  const mnist::Data data = mnist::load(directory.path(), {.augment = {.shift_pixels = 2, .seed = Seed{1}}});
  const PixelStatistics statistics = plain.train.statistics()[0];
  float pixel[784], normalised[784];
  for (const std::size_t sample : {0u, 1u}) {
    plain.test.gather(sample, 0, pixel);
    for (const std::uint64_t epoch : {0u, 7u}) {
      data.test.gather(sample, epoch, normalised);
      for (std::size_t i = 0; i < 784; ++i) {
        REQUIRE(pixel[i] == doctest::Approx(plain.test.pixels(sample)[i] / 255.0));
        REQUIRE(normalised[i] == doctest::Approx((pixel[i] - statistics.mean) / statistics.standard_deviation));
      }
    }
  }
  data.train.gather(0, 0, normalised);
  plain.train.gather(0, 0, pixel);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < 784; ++i)
    moved += std::abs(normalised[i] * statistics.standard_deviation + statistics.mean - pixel[i]) > 0.01f;
  CHECK(moved > 100);
}

TEST_CASE("mnist: the real files") {
  const std::string directory = mnist_directory();
  if (directory.empty()) {
    MESSAGE("no MNIST here (MNIST_DIR, data/mnist, ../shared/data/mnist): not tested");
    return;
  }
  const mnist::Data data = mnist::load(directory);
  REQUIRE(data.train.size() == 60000);
  REQUIRE(data.test.size() == 10000);
  std::size_t counts[10] = {};
  for (std::size_t i = 0; i < data.train.size(); ++i) ++counts[data.train.label(i)];
  for (const std::size_t count : counts) CHECK((count > 5000 && count < 7000));
  // Gathered pixels have mean 0 and standard deviation 1.
  double sum = 0, squares = 0;
  float pixels[784];
  for (std::size_t i = 0; i < data.train.size(); ++i) {
    data.train.gather(i, 0, pixels);
    for (const float pixel : pixels) {
      sum += static_cast<double>(pixel);
      squares += static_cast<double>(pixel) * static_cast<double>(pixel);
    }
  }
  const double count = 60000.0 * 784;
  CHECK(std::abs(sum / count) < 1e-5);
  CHECK(std::abs(squares / count - 1) < 1e-5);
  if (directory.find("fashion") == std::string::npos && data.train.label(0) == 5) {  // MNIST itself
    CHECK(data.train.statistics()[0].mean == doctest::Approx(0.1306605).epsilon(1e-6));
    CHECK(data.train.statistics()[0].standard_deviation == doctest::Approx(0.3081078).epsilon(1e-6));
    CHECK(counts[1] == 6742);
  }
}
