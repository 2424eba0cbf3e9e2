#pragma once

#include <array>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/file.hpp>
#include <cortexpr/data/image_set.hpp>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>

/// CIFAR-10: 32 x 32 color photographs of 10 classes. cortexpr.hpp does not include this header.
/// Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
namespace cortexpr::cifar10 {

using Options = ImageOptions;
using Data = ImageData;

inline constexpr std::array<const char*, 10> class_names = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                            "dog",      "frog",       "horse", "ship", "truck"};

}  // namespace cortexpr::cifar10

namespace cortexpr::detail {

inline constexpr ImageShape cifar10_shape{3, 32, 32};

/// Appends the records of one file, each a label and an image.
[[gnu::cold]] inline void read_cifar10_file(const std::string& directory, const char* name, Bytes& records,
                                            LoadTimes& times) {
  constexpr std::size_t record = 1 + cifar10_shape.size();
  std::string path = directory + "/" + name;
  const std::string below = directory + "/cifar-10-batches-bin/" + name;
  const FileKind here = file_kind(path.c_str()), there = file_kind(below.c_str());
  // A folder or a FIFO of this name does not hide the file below; where there is none, reading reports it.
  if (here != FileKind::regular && (here == FileKind::none || there == FileKind::regular)) path = below;
  if (here == FileKind::none && there == FileKind::none)
    data_error(
        "%s: expected the file %s, here or in cifar-10-batches-bin, found none; unpack cifar-10-binary.tar.gz (the "
        "version for C programs) there, or name the directory that holds it",
        directory.c_str(), name);
  const CountSeconds counting{times.read_seconds};
  InputFile file{path.c_str()};
  if (file.size() % record != 0)
    data_error("%s: expected a multiple of %zu bytes (a label and 3 x 32 x 32 pixels each), found %zu; fetch it again",
               path.c_str(), record, file.size());
  const std::size_t begin = records.size();
  records.resize(begin + file.size(), path.c_str());
  file.read({records.data() + begin, file.size()});
  check_labels({records.data() + begin, record}, file.size() / record, cifar10::class_names.size(), path.c_str());
}

[[gnu::cold]] inline ImageSet read_cifar10_set(const std::string& directory, std::initializer_list<const char*> names,
                                               LoadTimes& times) {
  Bytes records;
  for (const char* const name : names) read_cifar10_file(directory, name, records, times);
  return {std::move(records), cifar10_shape, cifar10::class_names.size()};
}

}  // namespace cortexpr::detail

namespace cortexpr::cifar10 {

/// Reads data_batch_1.bin to data_batch_5.bin and test_batch.bin from `directory` or its folder cifar-10-batches-bin.
/// Samples are [3, 32, 32], with the channels red, green and blue.
/// Errors: DataError: missing files, a size that is no multiple of the record's, labels above 9, `augment` out of range
[[gnu::cold]] inline Data load(const std::string& directory, const Options& options = {}) {
  LoadTimes times;
  ImageSet train = detail::read_cifar10_set(
      directory, {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
      times);
  ImageSet test = detail::read_cifar10_set(directory, {"test_batch.bin"}, times);
  Data data{std::move(train), std::move(test), times.read_seconds};
  if (options.standardize) data.standardize();
  data.train.augment(options.augment);
  return data;
}

}  // namespace cortexpr::cifar10
