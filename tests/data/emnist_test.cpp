#include <doctest/doctest.h>

#include <cortexpr/data/emnist.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "fixtures.hpp"

using namespace cortexpr;
using namespace fixtures;

namespace {

/// The pixel of sample, row and column in an upright image.
constexpr unsigned pixel(std::size_t sample, std::size_t row, std::size_t column) {
  return static_cast<unsigned>((sample * 7 + row * 28 + column) % 251);
}

void write_set(const TemporaryDirectory& directory, const std::string& name, std::uint32_t first_label,
               std::uint32_t count) {
  const auto transposed = [](std::size_t i) { return pixel(i / 784, i % 28, i / 28 % 28); };
  const auto label = [=](std::size_t i) { return first_label + i % count; };
  for (const char* const set : {"train", "test"}) {
    directory.write("emnist-" + name + '-' + set + "-images-idx3-ubyte.gz",
                    gzip(idx_file({count, 28, 28}, transposed)));
    directory.write("emnist-" + name + '-' + set + "-labels-idx1-ubyte.gz", gzip(idx_file({count}, label)));
  }
}

}  // namespace

TEST_CASE("emnist: images are upright, labels begin at 0, and each split has its classes") {
  struct Case {
    emnist::Split split;
    const char* name;
    std::uint32_t first_label, classes;
  };
  const TemporaryDirectory directory;
  for (const Case& one :
       {Case{emnist::Split::by_class, "byclass", 0, 62}, Case{emnist::Split::by_merge, "bymerge", 0, 47},
        Case{emnist::Split::balanced, "balanced", 0, 47}, Case{emnist::Split::letters, "letters", 1, 26},
        Case{emnist::Split::digits, "digits", 0, 10}, Case{emnist::Split::mnist, "mnist", 0, 10}}) {
    CAPTURE(one.name);
    write_set(directory, one.name, one.first_label, one.classes);
    const emnist::Data data = emnist::load(directory.path(), one.split, {.standardize = false});
    CHECK(data.train.size() == one.classes);
    CHECK(data.test.class_count() == one.classes);
    CHECK(emnist::class_characters(one.split).size() == one.classes);
    for (const ImageSet* const set : {&data.train, &data.test})
      for (std::uint32_t sample = 0; sample < one.classes; ++sample) {
        CHECK(set->label(sample) == sample);
        for (const auto& [row, column] : {std::pair{0u, 0u}, {0u, 27u}, {27u, 0u}, {3u, 20u}})
          CHECK(set->pixels(sample)[row * 28 + column] == pixel(sample, row, column));
      }
  }
  CHECK(emnist::class_characters(emnist::Split::letters)[0] == 'A');
  CHECK(emnist::class_characters(emnist::Split::balanced)[46] == 't');
}

TEST_CASE("emnist: the folders of NIST and torchvision; labels that are none") {
  for (const char* const folder : {"gzip", "EMNIST/raw"}) {
    const TemporaryDirectory directory;
    const std::string inner = directory.path() + '/' + folder;
    std::filesystem::create_directories(inner);
    write_set(directory, "letters", 1, 26);
    for (const auto& entry : std::filesystem::directory_iterator{directory.path()})
      if (entry.is_regular_file())
        std::filesystem::rename(entry.path(), inner + '/' + entry.path().filename().string());
    CHECK(emnist::load(directory.path(), emnist::Split::letters).train.size() == 26);
    CHECK(
        error_of([&] { emnist::load(directory.path(), emnist::Split::digits); }, directory.path()) ==
        "DIR: expected the file emnist-digits-train-images-idx3-ubyte (or .gz, or with a dot before idx3), found none; "
        "name the directory that holds it");
  }
  const TemporaryDirectory directory;
  write_set(directory, "letters", 0, 26);
  CHECK(
      error_of([&] { emnist::load(directory.path(), emnist::Split::letters); }, directory.path()) ==
      "DIR/emnist-letters-train-labels-idx1-ubyte.gz: label of sample 0: expected a class from 1 to 26, found 0; fetch "
      "the file again");
}
