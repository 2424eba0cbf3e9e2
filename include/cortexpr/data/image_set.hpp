#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/data/augment.hpp>
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/data/distort.hpp>
#include <cortexpr/data/idx.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace cortexpr {

/// Mean and standard deviation of a channel over all images, for pixels scaled to [0, 1].
struct PixelStatistics {
  float mean = 0;
  float standard_deviation = 1;
};

namespace detail {

/// Elements at equal distances in memory: the labels of a set, or its images.
struct Strided {
  const std::uint8_t* first;
  std::size_t stride;

  const std::uint8_t* operator[](std::size_t index) const { return first + index * stride; }
};

[[gnu::cold]] inline void check_labels(const Strided& labels, std::size_t count, std::size_t class_count,
                                       const char* path) {
  for (std::size_t i = 0; i < count; ++i)
    if (*labels[i] >= class_count)
      data_error("%s: label of sample %zu: expected a class from 0 to %zu, found %u; fetch the file again", path, i,
                 class_count - 1, unsigned{*labels[i]});
}

/// Exact sums of bytes.
struct PixelSums {
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;

  [[gnu::noinline]] void add(std::span<const std::uint8_t> pixels) {
    constexpr std::size_t block =
        65536;  // 65536 * 255 * 255 fits in 32 bits: twice as many sums in a vector as of 64 bits
    for (std::size_t start = 0; start < pixels.size(); start += block) {
      const std::size_t rest = pixels.size() - start;
      std::uint32_t block_sum = 0;
      std::uint32_t block_squares = 0;
      for (const std::uint32_t pixel : pixels.subspan(start, rest < block ? rest : block)) {
        block_sum += pixel;
        block_squares += pixel * pixel;
      }
      sum += block_sum;
      squares += block_squares;
    }
  }

  PixelStatistics statistics(std::uint64_t pixels) const {
    const double count = static_cast<double>(pixels);
    const double mean = static_cast<double>(sum) / count / 255;
    const double variance = static_cast<double>(squares) / count / (255 * 255) - mean * mean;
    const bool constant = squares * pixels == sum * sum;
    return {.mean = static_cast<float>(mean),
            .standard_deviation = constant ? 1.0f : unfused_sqrt(static_cast<float>(variance))};
  }
};

}  // namespace detail

/// Labelled images [B, C, H, W], stored as bytes. `gather` converts a pixel to the float pixel / 255, or as
/// `standardize` says.
class ImageSet {
 public:
  /// Grey images [B, H, W] and labels [B] as read by idx::read.
  /// Errors: DataError: no images, different numbers of images and labels, labels not below `class_count`
  [[gnu::cold]] ImageSet(idx::Array<3> images, idx::Array<1> labels, std::size_t class_count)
      : size_{images.extents[0]},
        shape_{1, images.extents[1], images.extents[2]},
        class_count_{class_count},
        images_{images.values().data(), shape_.size()},
        labels_{labels.values().data(), 1} {
    const char* const path = labels.path.c_str();
    if (shape_.size() == 0 || size_ == 0)
      detail::data_error("%s: expected images, found %zu of %zu x %zu pixels; fetch the file again",
                         images.path.c_str(), size_, height(), width());
    if (labels.extents[0] != size_)
      detail::data_error(
          "%s: number of labels: expected %zu, as there are images in %s, found %zu; fetch both "
          "files again",
          path, size_, images.path.c_str(), labels.extents[0]);
    detail::check_labels(labels_, size_, class_count, path);
    image_bytes_ = std::move(images.file_bytes);
    label_bytes_ = std::move(labels.file_bytes);
  }

  /// Records of 1 + C * H * W bytes: a label, which the caller has checked, and an image.
  [[gnu::cold]] ImageSet(detail::Bytes records, const detail::ImageShape& shape, std::size_t class_count)
      : image_bytes_{std::move(records)},
        size_{image_bytes_.size() / (1 + shape.size())},
        shape_{shape},
        class_count_{class_count},
        images_{image_bytes_.data() + 1, 1 + shape.size()},
        labels_{image_bytes_.data(), 1 + shape.size()} {}

  std::size_t size() const noexcept { return size_; }
  std::size_t sample_size() const noexcept { return shape_.size(); }
  std::size_t channels() const noexcept { return shape_.channels; }
  std::size_t height() const noexcept { return shape_.height; }
  std::size_t width() const noexcept { return shape_.width; }
  std::size_t class_count() const noexcept { return class_count_; }

  /// For each channel, the factor and offset with which `gather` converts a pixel.
  std::span<const PixelScale> pixel_scales() const noexcept { return scales_; }

  std::uint32_t label(std::size_t sample) const noexcept { return *labels_[sample]; }

  /// The bytes of one image [C, H, W].
  std::span<const std::uint8_t> pixels(std::size_t sample) const noexcept { return {images_[sample], sample_size()}; }

  /// The statistics of each channel over the whole set, from exact sums. If all pixels are equal, the standard
  /// deviation is 1.
  [[gnu::cold]] std::vector<PixelStatistics> statistics() const {
    std::vector<PixelStatistics> statistics;
    const std::size_t plane = shape_.plane_size();
    for (std::size_t channel = 0; channel < channels(); ++channel) {
      detail::PixelSums sums;
      for (std::size_t sample = 0; sample < size_; ++sample) sums.add(pixels(sample).subspan(channel * plane, plane));
      statistics.push_back(sums.statistics(size_ * plane));
    }
    return statistics;
  }

  /// Makes `gather` convert a pixel to (pixel / 255 - mean) / standard_deviation of its channel. Give test images the
  /// statistics of the training images.
  /// Errors: DataError: not one for each channel
  [[gnu::cold]] void standardize(const std::vector<PixelStatistics>& statistics) {
    if (statistics.size() != channels())
      detail::data_error("ImageSet: standardize: expected statistics of %zu channels, found %zu; give one a channel",
                         channels(), statistics.size());
    for (std::size_t channel = 0; channel < channels(); ++channel) {
      const auto& [mean, standard_deviation] = statistics[channel];
      scales_[channel] = {.factor = 1 / (255 * standard_deviation), .offset = -mean / standard_deviation};
    }
  }

  /// Makes `gather` distort each image, differently in each epoch.
  /// Errors: DataError: values or image sizes that Augment does not allow
  [[gnu::cold]] void augment(const Augment& augment) {
    detail::check_augment(augment, shape_);
    augment_ = augment;
    distort_ = augment.active() ? &detail::write_augmented : nullptr;
  }

  /// Prefetches an image that will be gathered soon: in random order the hardware cannot predict the next one.
  void prefetch(std::size_t sample) const noexcept {
    const std::span<const std::uint8_t> image = pixels(sample);
    for (std::size_t i = 0; i < image.size(); i += 64) __builtin_prefetch(&image[i]);
  }

  /// Writes sample_size() floats. Threads may call it at the same time; it needs no heap and no lock.
  [[gnu::noinline]] void gather(std::size_t sample, std::uint64_t epoch, float* out) const {
    const std::uint8_t* image = images_[sample];
    if (distort_ != nullptr) return distort_(augment_, sample, epoch, image, shape_, scales_.data(), out);
    const std::size_t plane = shape_.plane_size();
    for (const auto [factor, offset] : scales_) {
      // Vectorizes; a table of 256 floats was 5 times slower.
      for (std::size_t i = 0; i < plane; ++i) out[i] = static_cast<float>(image[i]) * factor + offset;
      image += plane;
      out += plane;
    }
  }

 private:
  detail::Bytes image_bytes_;
  detail::Bytes label_bytes_;  // empty if labels and images lie in one array
  std::size_t size_;
  detail::ImageShape shape_;
  std::size_t class_count_;
  detail::Strided images_;
  detail::Strided labels_;
  std::vector<PixelScale> scales_ = std::vector<PixelScale>(shape_.channels);  // one per channel
  Augment augment_{};
  // A function pointer, so that programs that do not call `augment` do not compile the distortions.
  decltype(&detail::write_augmented) distort_ = nullptr;
};

/// How to load a data set of images.
struct ImageOptions {
  /// Whether each channel is scaled to mean 0 and standard deviation 1 over the training images; if not, to pixel /
  /// 255.
  bool standardize = true;
  Augment augment{};  ///< for the training images only
};

/// A data set of images, and the time that loading it took.
struct ImageData {
  ImageSet train;
  ImageSet test;
  double read_seconds = 0;
  double decompress_seconds = 0;

  [[gnu::cold]] void standardize() {
    const std::vector<PixelStatistics> statistics = train.statistics();
    train.standardize(statistics);
    test.standardize(statistics);
  }
};

}  // namespace cortexpr
