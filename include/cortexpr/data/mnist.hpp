#pragma once

#include <cmath>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/file.hpp>
#include <cortexpr/data/idx.hpp>
#include <cortexpr/data/image_set.hpp>
#include <cortexpr/data/mnist_files.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

/// MNIST, and data sets of the same format: 28 x 28 grey images of 10 classes.
namespace cortexpr::mnist {

using Options = ImageOptions;
using Data = ImageData;

}  // namespace cortexpr::mnist

namespace cortexpr::detail {

/// A data set in the format of MNIST.
struct MnistFormat {
  MnistNames names;
  std::size_t class_count = 10;
  std::size_t first_label = 0;
  bool transposed = false;  ///< images lie in the file column after column
};

/// Room for `count` bytes after an IDX header, which idx::Array skips.
inline Bytes idx_bytes(std::size_t rank, std::size_t count, const char* path) {
  Bytes bytes;
  bytes.resize(idx_header_size(rank) + count, path);
  return bytes;
}

/// Images as bytes. Floats are taken if all of them are whole numbers from 0 to 255, or all of them such numbers divided
/// by 255.
[[gnu::cold]] inline idx::Array<3> read_mnist_images(std::string path, LoadTimes& times) {
  idx::Array<3> images{.path = std::move(path)};
  IdxHeader header{.least_rank = 3, .any_type = true, .extents = images.extents};
  images.file_bytes = read_idx(images.path.c_str(), header, times);
  if (header.type == &idx_types[0]) return images;
  const bool is_float = header.type->code >= 0x0D;
  double largest = 0;
  for_each_idx_value(images.file_bytes, header,
                     [&](std::size_t, double value) { largest = std::fmax(largest, value); });
  const double scale = is_float && largest <= 1 ? 255 : 1;
  Bytes bytes = idx_bytes(3, header.count(), images.path.c_str());
  for_each_idx_value(images.file_bytes, header, [&](std::size_t i, double value) {
    const double pixel = std::round(value * scale);
    if (!(pixel >= 0 && pixel <= 255 && std::fabs(value * scale - pixel) < 1e-3))
      data_error(
          "%s: pixel %zu: expected a whole number from 0 to 255, or such a number divided by 255 in all pixels, found "
          "%g; read other values with idx::read<3, %s> and ClassificationSet",
          images.path.c_str(), i, value, header.type->cpp_name);
    bytes.data()[idx_header_size(3) + i] = static_cast<std::uint8_t>(pixel);
  });
  images.file_bytes = std::move(bytes);
  return images;
}

/// Labels as bytes, from any type. Of two dimensions, as QMNIST has them, the first of 8 columns is the class.
[[gnu::cold]] inline idx::Array<1> read_mnist_labels(std::string path, const MnistFormat& format, LoadTimes& times) {
  std::size_t extents[2] = {};
  IdxHeader header{.least_rank = 1, .any_type = true, .extents = extents};
  Bytes file = read_idx(path.c_str(), header, times);
  const std::size_t columns = extents[1];
  idx::Array<1> labels{.path = std::move(path), .extents = {extents[0]}};
  if (columns != 1 && (columns != 8 || header.type->code != 0x0C))
    data_error(
        "%s: labels: expected one for each image, or the 8 columns of 32-bit integers of QMNIST, found %zu columns of "
        "%s; check that this is a file of labels, or fetch it again",
        labels.path.c_str(), columns, header.type->name);
  if (header.type == &idx_types[0] && header.rank == 1 && format.first_label == 0) {
    labels.file_bytes = std::move(file);
    return labels;
  }
  labels.file_bytes = idx_bytes(1, extents[0], labels.path.c_str());
  const auto first = static_cast<double>(format.first_label);
  const double last = first + static_cast<double>(format.class_count - 1);
  for_each_idx_value(file, header, [&](std::size_t i, double value) {
    if (i % columns != 0) return;
    if (!(value >= first && value <= last && std::floor(value) == value))
      data_error("%s: label of sample %zu: expected a class from %g to %g, found %g; fetch the file again",
                 labels.path.c_str(), i / columns, first, last, value);
    labels.file_bytes.data()[idx_header_size(1) + i / columns] = static_cast<std::uint8_t>(value - first);
  });
  return labels;
}

/// Exchanges rows and columns of each square image.
inline void transpose_images(idx::Array<3>& images) {
  const std::size_t side = images.extents[1];
  std::uint8_t* image = images.file_bytes.data() + idx_header_size(3);
  for (std::size_t i = 0; i < images.extents[0]; ++i, image += side * side)
    for (std::size_t row = 0; row < side; ++row)
      for (std::size_t column = 0; column < row; ++column)
        std::swap(image[row * side + column], image[column * side + row]);
}

[[gnu::cold]] inline ImageSet read_mnist_set(const std::string& images_path, const std::string& labels_path,
                                             const MnistFormat& format, LoadTimes& times) {
  idx::Array<3> images = read_mnist_images(images_path, times);
  if (images.extents[1] != 28 || images.extents[2] != 28)
    data_error("%s: image size: expected 28 x 28, found %zu x %zu; read other images with idx::read and ImageSet",
               images.path.c_str(), images.extents[1], images.extents[2]);
  if (format.transposed) transpose_images(images);
  return ImageSet{std::move(images), read_mnist_labels(labels_path, format, times), format.class_count};
}

[[gnu::cold]] inline ImageData load_mnist(const std::string& directory, const MnistFormat& format,
                                          const ImageOptions& options) {
  LoadTimes times;
  const MnistFiles found = find_mnist_files(directory, format.names);
  ImageSet train = read_mnist_set(found.files[0].path, found.files[1].path, format, times);
  ImageSet test = read_mnist_set(found.files[2].path, found.files[3].path, format, times);
  ImageData data{std::move(train), std::move(test), times.read_seconds, times.decompress_seconds};
  if (options.standardize) data.standardize();
  data.train.augment(options.augment);
  return data;
}

inline constexpr std::string_view mnist_train[] = {"train", "qmnist-train"};
inline constexpr std::string_view mnist_test[] = {"t10k", "test", "qmnist-test"};

/// The format of MNIST, in folders of these names.
constexpr MnistFormat mnist_format(std::span<const std::string_view> folders) {
  return {.names = {.train = mnist_train, .test = mnist_test, .folders = folders}};
}

inline constexpr std::string_view mnist_folder_names[] = {"mnist", "qmnist"};

}  // namespace cortexpr::detail

namespace cortexpr::mnist {

/// Reads train-images, train-labels, t10k-images and t10k-labels (IDX, compressed or not), or the files of QMNIST, from
/// `directory`, or from its folders raw, gzip, MNIST or MNIST/raw. Names may be in upper case, and have other separators;
/// a file may lie in a folder of its own name.
/// Errors: DataError: missing files, and those of idx::read and ImageSet
[[gnu::cold]] inline Data load(const std::string& directory, const Options& options) {
  return detail::load_mnist(directory, detail::mnist_format(detail::mnist_folder_names), options);
}
[[gnu::cold]] inline Data load(const std::string& directory) { return load(directory, {}); }

}  // namespace cortexpr::mnist
