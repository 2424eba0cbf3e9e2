#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/data/file.hpp>
#include <cortexpr/data/idx.hpp>
#include <cortexpr/data/image_set.hpp>
#include <cstdio>
#include <string>
#include <utility>

/// MNIST, and data sets of the same format (Fashion-MNIST, KMNIST): 28 x 28 grey images of 10 classes.
namespace cortexpr::mnist {

using Options = ImageOptions;
using Data = ImageData;

}  // namespace cortexpr::mnist

namespace cortexpr::detail {

/// The path of a file in `directory`: `set` is train or t10k, `content` images or labels. The public mirrors use four
/// different file names.
[[gnu::cold]] inline std::string find_mnist_file(const std::string& directory, const char* set, const char* content,
                                                 int rank) {
  for (const char* const suffix : {"", ".gz"}) {
    for (const char separator : {'-', '.'}) {
      char name[40];
      std::snprintf(name, sizeof name, "/%s-%s%cidx%d-ubyte%s", set, content, separator, rank, suffix);
      std::string path = directory + name;
      if (file_is_there(path.c_str())) return path;
    }
  }
  data_error(
      "%s: expected the file %s-%s-idx%d-ubyte (or .gz, or with a dot before idx%d), found none; run "
      "scripts/mnist, which fetches it, or name the directory that holds it",
      directory.c_str(), set, content, rank, rank);
}

[[gnu::cold]] inline ImageSet read_mnist_set(const std::string& directory, const char* set, LoadTimes& times) {
  idx::Array images = idx::read<3>(find_mnist_file(directory, set, "images", 3), times);
  if (images.extents[1] != 28 || images.extents[2] != 28)
    data_error("%s: image size: expected 28 x 28, found %zu x %zu; read other images with idx::read and ImageSet",
               images.path.c_str(), images.extents[1], images.extents[2]);
  idx::Array labels = idx::read<1>(find_mnist_file(directory, set, "labels", 1), times);
  return ImageSet{std::move(images), std::move(labels), 10};
}

[[gnu::cold]] inline ImageData load_mnist(const std::string& directory, bool standardize) {
  LoadTimes times;
  ImageSet train = read_mnist_set(directory, "train", times);
  ImageSet test = read_mnist_set(directory, "t10k", times);
  ImageData data{std::move(train), std::move(test), times.read_seconds, times.decompress_seconds};
  if (standardize) data.standardize();
  return data;
}

}  // namespace cortexpr::detail

namespace cortexpr::mnist {

/// Reads train-images, train-labels, t10k-images and t10k-labels (IDX, compressed or not) from `directory`.
/// Errors: DataError: missing files, and those of idx::read and ImageSet
[[gnu::cold]] inline Data load(const std::string& directory) { return detail::load_mnist(directory, true); }
[[gnu::cold]] inline Data load(const std::string& directory, const Options& options) {
  Data data = detail::load_mnist(directory, options.standardize);
  data.train.augment(options.augment);
  return data;
}

}  // namespace cortexpr::mnist
