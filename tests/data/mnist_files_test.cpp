#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cortexpr/data/fashion_mnist.hpp>
#include <cortexpr/data/kmnist.hpp>
#include <cortexpr/data/mnist.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "fixtures.hpp"

using namespace cortexpr;
using namespace fixtures;
namespace fs = std::filesystem;

namespace {

/// Images whose pixels all are `pixel`.
Contents images(std::uint32_t count, std::uint32_t pixel) {
  return idx_file({count, 28, 28}, [=](std::size_t) { return pixel; });
}

Contents labels(std::uint32_t count) {
  return idx_file({count}, [](std::size_t i) { return i % 10; });
}

/// Three training and two test images; `pixel` tells sets apart.
void write_set(const TemporaryDirectory& directory, const std::string& folder, std::uint32_t pixel,
               const std::string& separator = "-") {
  fs::create_directories(directory.path() + '/' + folder);
  directory.write(folder + "/train-images" + separator + "idx3-ubyte", images(3, pixel));
  directory.write(folder + "/train-labels" + separator + "idx1-ubyte", labels(3));
  directory.write(folder + "/t10k-images" + separator + "idx3-ubyte", images(2, pixel));
  directory.write(folder + "/t10k-labels" + separator + "idx1-ubyte", labels(2));
}

/// The pixel of the set that was found.
unsigned found(const mnist::Data& data) {
  CHECK(data.train.size() == 3);
  CHECK(data.test.size() == 2);
  CHECK(data.train.pixels(2)[783] == data.test.pixels(1)[0]);
  return data.train.pixels(0)[0];
}

}  // namespace

TEST_CASE("mnist: files in the folders of torchvision, with any case and separators") {
  for (const char* const folder : {"raw", "MNIST/raw", "MNIST", "mnist", "Mnist/RAW", "gzip"}) {
    CAPTURE(folder);
    const TemporaryDirectory directory;
    write_set(directory, folder, 9);
    CHECK(found(mnist::load(directory.path())) == 9);
    CHECK(found(mnist::load(directory.path() + '/')) == 9);
  }
  for (const char* const separator : {"-", ".", "_"}) {
    const TemporaryDirectory directory;
    write_set(directory, "", 7, separator);
    for (const fs::path& path : {fs::path{"train-images"}, fs::path{"t10k-labels"}}) {
      const std::string name = path.string() + separator + (path.string()[1] == 'r' ? "idx3-ubyte" : "idx1-ubyte");
      std::string upper = name;
      for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      fs::rename(directory.path() + '/' + name, directory.path() + '/' + upper);
    }
    CHECK(found(mnist::load(directory.path())) == 7);
  }
}

TEST_CASE("mnist: all files come from one folder, the given one first") {
  const TemporaryDirectory directory;
  write_set(directory, "", 1);
  write_set(directory, "MNIST/raw", 2);
  CHECK(found(mnist::load(directory.path())) == 1);
  fs::remove(directory.path() + "/t10k-labels-idx1-ubyte");
  CHECK(found(mnist::load(directory.path())) == 2);
  fs::remove(directory.path() + "/MNIST/raw/train-images-idx3-ubyte");
  CHECK(error_of([&] { mnist::load(directory.path()); }, directory.path()).find("DIR: expected the file t10k-labels") ==
        0);
}

TEST_CASE("mnist: folders, FIFOs and files of like names hide no file") {
  const TemporaryDirectory directory;
  write_set(directory, "", 5, ".");
  // A common archive has both of these.
  fs::create_directory(directory.path() + "/train-images-idx3-ubyte");
  CHECK(found(mnist::load(directory.path())) == 5);
  fs::remove(directory.path() + "/train-images.idx3-ubyte");
  CHECK(error_of([&] { mnist::load(directory.path()); }, directory.path()) ==
        "DIR/train-images-idx3-ubyte: expected a file, found a directory; name the file inside it");
  directory.write("train-images-idx3-ubyte/train-images-idx3-ubyte", images(3, 5));
  CHECK(found(mnist::load(directory.path())) == 5);

  for (const char* const other : {"train-labels-idx1-ubyte.gz.part", "._train-labels-idx1-ubyte",
                                  "train-labels-idx1-ubyte-old", "my-train-labels-idx1-ubyte", "train-labels2"})
    directory.write(other, {1, 2, 3});
  REQUIRE(::mkfifo((directory.path() + "/train-labels-idx1-ubyte").c_str(), 0600) == 0);
  CHECK(found(mnist::load(directory.path())) == 5);
  fs::remove(directory.path() + "/train-labels.idx1-ubyte");
  CHECK(error_of([&] { mnist::load(directory.path()); }, directory.path()) ==
        "DIR/train-labels-idx1-ubyte: expected a regular file, found a stream of unknown length; copy it to a file "
        "first");
}

TEST_CASE("mnist: sets that lie in one folder are told apart by the names of their folders") {
  const TemporaryDirectory directory;
  write_set(directory, "FashionMNIST/raw", 1);
  write_set(directory, "KMNIST/raw", 2);
  write_set(directory, "MNIST/raw", 3);
  CHECK(found(fashion_mnist::load(directory.path())) == 1);
  CHECK(found(kmnist::load(directory.path())) == 2);
  CHECK(found(mnist::load(directory.path())) == 3);
  CHECK(found(kmnist::load(directory.path() + "/KMNIST")) == 2);
  CHECK(kmnist::load(directory.path(), {.standardize = false}).train.pixel_scales()[0].offset == 0);
}

TEST_CASE("mnist: the files of QMNIST") {
  const TemporaryDirectory directory;
  const auto qmnist_labels = [](std::uint32_t count) {  // [count, 8]; the first column is the class
    Contents file = idx_header(0x0C02, {count, 8});
    for (std::uint32_t i = 0; i < count; ++i)
      for (std::uint32_t column = 0; column < 8; ++column) append(file, big_endian(column == 0 ? 9 - i : 70'000 + i));
    return file;
  };
  directory.write("qmnist-train-images-idx3-ubyte.gz", gzip(images(3, 4)));
  directory.write("qmnist-train-labels-idx2-int.gz", gzip(qmnist_labels(3)));
  directory.write("qmnist-test-images-idx3-ubyte.gz", gzip(images(2, 4)));
  directory.write("qmnist-test-labels-idx2-int.gz", gzip(qmnist_labels(2)));
  const mnist::Data data = mnist::load(directory.path());
  CHECK(found(data) == 4);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(data.train.label(i) == 9 - i);
  // Beside MNIST, pairs are not mixed.
  directory.write("train-labels-idx1-ubyte", labels(1));
  CHECK(mnist::load(directory.path()).train.label(0) == 9);

  Contents wrong = qmnist_labels(2);
  wrong[12] = 0xFF;
  directory.write("qmnist-test-labels-idx2-int.gz", gzip(wrong));
  CHECK(
      error_of([&] { mnist::load(directory.path()); }, directory.path()) ==
      "DIR/qmnist-test-labels-idx2-int.gz: label of sample 0: expected a class from 0 to 9, found -1.67772e+07; fetch "
      "the file again");
  directory.write("qmnist-test-labels-idx2-int.gz", gzip(idx_file({2, 10}, [](std::size_t) { return 0; })));
  CHECK(
      error_of([&] { mnist::load(directory.path()); }, directory.path()) ==
      "DIR/qmnist-test-labels-idx2-int.gz: labels: expected one for each image, or the 8 columns of 32-bit integers of "
      "QMNIST, found 10 columns of unsigned bytes; check that this is a file of labels, or fetch it again");
}

TEST_CASE("mnist: images of floats, and labels of any integers") {
  const TemporaryDirectory directory;
  write_set(directory, "", 0);
  const auto float_images = [](std::uint32_t count, auto value) {
    Contents file = idx_header(0x0D03, {count, 28, 28});
    for (std::uint32_t i = 0; i < count * 784; ++i)
      append(file, big_endian(std::bit_cast<std::uint32_t>(static_cast<float>(value(i)))));
    return file;
  };
  Contents short_labels = idx_header(0x0B01, {3});
  append(short_labels, {0, 7, 0, 8, 0, 9});
  directory.write("train-labels-idx1-ubyte", short_labels);
  for (const double divisor : {1.0, 255.0}) {
    directory.write("train-images-idx3-ubyte", float_images(3, [=](std::uint32_t i) { return i % 256 / divisor; }));
    const mnist::Data data = mnist::load(directory.path());
    for (std::size_t i = 0; i < 784; ++i) REQUIRE(data.train.pixels(0)[i] == i % 256);
    CHECK(data.train.label(2) == 9);
  }
  directory.write("train-images-idx3-ubyte", float_images(3, [](std::uint32_t i) { return i == 5 ? -0.5 : 1.0; }));
  CHECK(
      error_of([&] { mnist::load(directory.path()); }, directory.path()) ==
      "DIR/train-images-idx3-ubyte: pixel 5: expected a whole number from 0 to 255, or such a number divided by 255 in "
      "all pixels, found -0.5; read other values with idx::read<3, float> and ClassificationSet");
  directory.write("train-images-idx3-ubyte", float_images(3, [](std::uint32_t i) { return i == 5 ? 0.0 / 0.0 : 1.0; }));
  CHECK(error_of([&] { mnist::load(directory.path()); }).find("pixel 5") != std::string::npos);
}

TEST_CASE("mnist: a folder of EMNIST is told as such") {
  const TemporaryDirectory directory;
  directory.write("emnist-letters-train-images-idx3-ubyte", images(1, 1));
  CHECK(
      error_of([&] { mnist::load(directory.path()); }, directory.path()) ==
      "DIR: expected the file train-images-idx3-ubyte (or .gz, or with a dot before idx3), found those of EMNIST; read "
      "them with emnist::load");
}
