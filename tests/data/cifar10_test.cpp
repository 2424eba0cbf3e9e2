#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cortexpr/data/cifar10.hpp>
#include <cortexpr/data/fashion_mnist.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>

#include "fixtures.hpp"

using namespace cortexpr;
using namespace fixtures;

namespace {

/// Records of classes first, first + 1, ...; red is 0 to 50, green 100 to 150, and blue 200.
Contents records(std::size_t count, std::size_t first) {
  Contents contents;
  for (std::size_t sample = 0; sample < count; ++sample) {
    contents.push_back(static_cast<std::uint8_t>((first + sample) % 10));
    for (std::size_t i = 0; i < 3072; ++i)
      contents.push_back(static_cast<std::uint8_t>(100 * (i / 1024) + (i < 2048 ? i % 51 : 0)));
  }
  return contents;
}

/// Two training images per file, and one test image.
void write_set(const TemporaryDirectory& directory, const std::string& folder = "") {
  if (!folder.empty()) std::filesystem::create_directory(directory.path() + "/" + folder);
  for (std::size_t i = 1; i <= 5; ++i)
    directory.write(folder + "/data_batch_" + std::to_string(i) + ".bin", records(2, 2 * i));
  directory.write(folder + "/test_batch.bin", records(1, 7));
}

}  // namespace

TEST_CASE("cifar10: a folder or a FIFO of the name of a file does not hide the one in cifar-10-batches-bin") {
  const TemporaryDirectory directory;
  write_set(directory, "cifar-10-batches-bin");
  std::filesystem::create_directory(directory.path() + "/data_batch_1.bin");
  REQUIRE(::mkfifo((directory.path() + "/test_batch.bin").c_str(), 0600) == 0);
  CHECK(cifar10::load(directory.path()).train.size() == 10);
  std::filesystem::remove(directory.path() + "/cifar-10-batches-bin/test_batch.bin");
  CHECK(error_of([&] { (void)cifar10::load(directory.path()); }, directory.path()) ==
        "DIR/test_batch.bin: expected a regular file, found a stream of unknown length; copy it to a file first");
}

TEST_CASE("cifar10: reads five files of training images and one of test images") {
  for (const char* const folder : {"", "cifar-10-batches-bin"}) {
    const TemporaryDirectory directory;
    write_set(directory, folder);
    const cifar10::Data data = cifar10::load(directory.path(), {.standardize = false});
    REQUIRE(data.train.size() == 10);
    REQUIRE(data.test.size() == 1);
    CHECK((data.train.channels() == 3 && data.train.height() == 32 && data.train.width() == 32));
    CHECK((data.train.sample_size() == 3072 && data.train.class_count() == 10));
    CHECK(
        (data.train.label(0) == 2 && data.train.label(3) == 5 && data.train.label(9) == 1 && data.test.label(0) == 7));
    CHECK(data.train.pixels(6)[1024 + 5] == 100 + 1029 % 51);
    float image[3072];
    data.test.gather(0, 0, image);
    for (std::size_t i = 0; i < 3072; ++i) REQUIRE(image[i] == doctest::Approx(data.test.pixels(0)[i] / 255.0));
  }
}

TEST_CASE("cifar10: each channel is standardised by itself") {
  const TemporaryDirectory directory;
  write_set(directory);
  const cifar10::Data data = cifar10::load(directory.path());
  float image[3072];
  data.train.gather(4, 0, image);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    double sum = 0, squares = 0;
    for (std::size_t i = 1024 * channel; i < 1024 * (channel + 1); ++i) {
      sum += static_cast<double>(image[i]);
      squares += static_cast<double>(image[i]) * static_cast<double>(image[i]);
    }
    CHECK(std::abs(sum / 1024) < 1e-5);
    CHECK(squares / 1024 == doctest::Approx(channel < 2 ? 1 : 0).epsilon(1e-4));  // all blues are equal
  }
}

TEST_CASE("cifar10: distortions have the same geometry in all channels") {
  const TemporaryDirectory directory;
  write_set(directory);
  const cifar10::Data plain = cifar10::load(directory.path(), {.standardize = false});
  const cifar10::Data data = cifar10::load(
      directory.path(), {.standardize = false, .augment = {.elastic_pixels = 3, .crop_padding = 4, .flip = 0.5f}});
  float image[3072], undistorted[3072];
  plain.train.gather(1, 3, undistorted);
  data.train.gather(1, 3, image);
  CHECK_FALSE(std::equal(image, image + 3072, undistorted));
  for (std::size_t i = 0; i < 1024; ++i) {
    const float inside = image[2048 + i] / (200.0f / 255);  // what of this pixel does not come from outside
    REQUIRE((inside >= 0 && inside < 1.0001f));
    if (inside > 0.9999f) REQUIRE(image[1024 + i] * 255 >= 99.9f);
    if (inside == 0) REQUIRE((image[i] == 0 && image[1024 + i] == 0));
  }
}

TEST_CASE("cifar10: bad sets are refused with one sentence") {
  const TemporaryDirectory directory;
  const auto error = [&] { return error_of([&] { cifar10::load(directory.path()); }, directory.path()); };
  CHECK(error() ==
        "DIR: expected the file data_batch_1.bin, here or in cifar-10-batches-bin, found none; unpack "
        "cifar-10-binary.tar.gz (the version for C programs) there, or name the directory that holds it");
  write_set(directory);
  CHECK(error() == "");
  directory.write("data_batch_4.bin", Contents(3074));
  CHECK(error() ==
        "DIR/data_batch_4.bin: expected a multiple of 3073 bytes (a label and 3 x 32 x 32 pixels each), found 3074; "
        "fetch it again");
  directory.write("data_batch_4.bin", Contents{});
  CHECK(error() == "DIR/data_batch_4.bin: expected data, found an empty file; fetch it again");
  Contents wrong = records(3, 4);
  wrong[2 * 3073] = 10;
  directory.write("data_batch_4.bin", wrong);
  CHECK(error() ==
        "DIR/data_batch_4.bin: label of sample 2: expected a class from 0 to 9, found 10; fetch the file again");
}

TEST_CASE("classes have names") {
  CHECK(cifar10::class_names[9] == std::string{"truck"});
  CHECK(fashion_mnist::class_names[9] == std::string{"Ankle boot"});
  static_assert(std::is_same_v<fashion_mnist::Data, mnist::Data>);
}
