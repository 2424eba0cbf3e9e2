#pragma once

#include <cortexpr/core/random.hpp>
#include <cortexpr/data/augment.hpp>
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/data/error.hpp>
#include <cortexpr/data/idx.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace cortexpr {

/// Mean and standard deviation of pixels between 0 and 1, over all pixels of all images.
struct PixelStatistics {
  float mean = 0;
  float standard_deviation = 1;
};

/// Labelled grey images, kept as bytes; they become floats while a batch is gathered.
/// Without `standardize`, a pixel is gathered as pixel / 255.
class ImageSet {
 public:
  /// Images [B, H, W] and labels [B] as read by idx::read.
  /// Errors: DataError for no images, numbers of images and labels that differ, labels not below `class_count`.
  [[gnu::cold]] ImageSet(idx::Array<3> images, idx::Array<1> labels, std::size_t class_count)
      : images_{std::move(images)}, labels_{std::move(labels)}, class_count_{class_count} {
    size_ = images_.extents[0];
    sample_size_ = height() * width();
    if (sample_size_ == 0 || size_ == 0)
      detail::data_error("%s: expected images, found %zu of %zu x %zu pixels; fetch the file again",
                         images_.path.c_str(), size_, height(), width());
    const char* const path = labels_.path.c_str();
    if (labels_.extents[0] != size_)
      detail::data_error(
          "%s: number of labels: expected %zu, as there are images in %s, found %zu; fetch both "
          "files again",
          path, size_, images_.path.c_str(), labels_.extents[0]);
    for (std::size_t i = 0; i < size_; ++i)
      if (labels_.values()[i] >= class_count)
        detail::data_error(
            "%s: label of sample %zu: expected a class from 0 to %zu, found %u; fetch the file "
            "again",
            path, i, class_count - 1, unsigned{labels_.values()[i]});
  }

  std::size_t size() const { return size_; }
  std::size_t sample_size() const { return sample_size_; }
  std::size_t height() const { return images_.extents[1]; }
  std::size_t width() const { return images_.extents[2]; }
  std::size_t class_count() const { return class_count_; }

  std::uint32_t label(std::size_t sample) const { return labels_.values()[sample]; }

  /// The bytes of one image, row by row.
  std::span<const std::uint8_t> pixels(std::size_t sample) const {
    return images_.values().subspan(sample * sample_size_, sample_size_);
  }

  /// Over the whole set, from exact sums. A set of equal pixels has standard deviation 1.
  PixelStatistics statistics() const {
    const std::span<const std::uint8_t> values = images_.values();
    std::uint64_t sum = 0;
    std::uint64_t squares = 0;
    constexpr std::size_t block = 65536;  // 65536 * 255 * 255 still fits in 32 bits, which vectors add fast
    for (std::size_t start = 0; start < values.size(); start += block) {
      const std::size_t rest = values.size() - start;
      std::uint32_t block_sum = 0;
      std::uint32_t block_squares = 0;
      for (const std::uint32_t value : values.subspan(start, rest < block ? rest : block)) {
        block_sum += value;
        block_squares += value * value;
      }
      sum += block_sum;
      squares += block_squares;
    }
    const double count = static_cast<double>(values.size());
    const double mean = static_cast<double>(sum) / count / 255;
    const double variance = static_cast<double>(squares) / count / (255 * 255) - mean * mean;
    const bool constant = squares * values.size() == sum * sum;
    return {.mean = static_cast<float>(mean),
            .standard_deviation = constant ? 1.0f : detail::unfused_sqrt(static_cast<float>(variance))};
  }

  /// From now on a pixel is gathered as (pixel / 255 - mean) / standard_deviation. Test images take the statistics
  /// of the training images.
  void standardize(const PixelStatistics& statistics) {
    scale_ = 1 / (255 * statistics.standard_deviation);
    offset_ = -statistics.mean / statistics.standard_deviation;
  }

  /// From now on each image is gathered distorted, differently in each epoch.
  /// Errors: DataError for amounts or image sizes that Augment does not allow.
  [[gnu::cold]] void augment(const Augment& augment) {
    detail::check_augment(augment, height(), width());
    augment_ = augment;
  }

  /// Writes sample_size() floats. Const, without heap or lock: several threads may gather at once.
  [[gnu::noinline]] void gather(std::size_t sample, std::uint64_t epoch, float* out) const {
    const std::span<const std::uint8_t> image = pixels(sample);
    if (augment_.active()) {
      const detail::AffineMap map = detail::draw_affine_map(augment_, sample, epoch, height(), width());
      detail::write_distorted(image.data(), height(), width(), map, scale_, offset_, out);
      return;
    }
    // A multiplication and an addition vectorise; a table of 256 floats was 5 times slower.
    for (std::size_t i = 0; i < image.size(); ++i) out[i] = static_cast<float>(image[i]) * scale_ + offset_;
  }

 private:
  idx::Array<3> images_;
  idx::Array<1> labels_;
  std::size_t class_count_;
  std::size_t size_ = 0;
  std::size_t sample_size_ = 0;
  float scale_ = 1.0f / 255;
  float offset_ = 0;
  Augment augment_{};
};

}  // namespace cortexpr
