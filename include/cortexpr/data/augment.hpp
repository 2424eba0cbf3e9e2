#pragma once

#include <array>
#include <cortexpr/core/error.hpp>
#include <cortexpr/core/random.hpp>
#include <cstddef>
#include <cstdint>

namespace cortexpr {

/// Random distortions of an image. Each sample gets new ones in each epoch; all channels of an image get the same. The
/// default is no distortion.
/// Examples, for digits: `Augment{.shift_pixels = 2, .rotation_degrees = 12, .scale = 0.12f, .shear = 0.15f}`; for
/// photographs of 32 x 32 pixels: `Augment{.crop_padding = 4, .flip = 0.5f, .erase = 8}`.
/// Sources: Simard, Steinkraus, Platt, "Best practices for convolutional neural networks applied to visual document
///          analysis", ICDAR 2003 (elastic; here a cubic B-spline takes the place of the Gaussian filter); DeVries,
///          Taylor, "Improved regularization of convolutional neural networks with cutout", 2017 (erase).
struct Augment {
  float shift_pixels = 0;      ///< along each axis, uniformly in +-shift_pixels; fractions of a pixel included
  float rotation_degrees = 0;  ///< uniformly in +-rotation_degrees; at most 90
  float scale = 0;             ///< the factor of each axis is uniform in 1 +- scale; at most 0.99
  float shear = 0;             ///< horizontal pixels per vertical pixel, uniformly in +-shear; at most 1
  float elastic_pixels = 0;    ///< the largest displacement by a smooth random field, along each axis
  unsigned elastic_cells = 4;  ///< cells of that field along each axis; more cells make it rougher
  unsigned crop_padding = 0;   ///< shift by whole pixels in +-crop_padding along each axis; 0 comes in
  float flip = 0;              ///< probability of mirroring left to right
  float noise = 0;             ///< standard deviation of the nearly normal noise added to each pixel / 255
  unsigned erase = 0;          ///< side of a square at a random position that is set to 0, the mean if standardized
  Seed seed{};

  [[nodiscard]] constexpr bool active() const noexcept {
    return shift_pixels != 0 || rotation_degrees != 0 || scale != 0 || shear != 0 || elastic_pixels != 0 ||
           crop_padding != 0 || flip != 0 || noise != 0 || erase != 0;
  }
};

namespace detail {

struct ImageShape {
  std::size_t channels;
  std::size_t height;
  std::size_t width;

  constexpr std::size_t plane_size() const noexcept { return height * width; }
  constexpr std::size_t size() const noexcept { return channels * plane_size(); }
};

/// The limits up to which the arrays fit on the stack and the coordinates do not overflow.
inline constexpr std::size_t augment_max_side = 64;
inline constexpr std::size_t augment_max_cells = 16;

/// Throws DataError if a value is out of its range, or the images are too large.
[[gnu::cold]] inline void check_augment(const Augment& augment, const ImageShape& shape) {
  const auto check = [](const char* name, double value, double least, double most) {
    if (!(value >= least && value <= most))
      data_error("Augment: %s: expected a number from %g to %g, found %g; give one in this range", name, least, most,
                 value);
  };
  constexpr double side = augment_max_side;
  check("shift_pixels", static_cast<double>(augment.shift_pixels), 0, side);
  check("rotation_degrees", static_cast<double>(augment.rotation_degrees), 0, 90);
  check("scale", static_cast<double>(augment.scale), 0, 0.99);
  check("shear", static_cast<double>(augment.shear), 0, 1);
  check("elastic_pixels", static_cast<double>(augment.elastic_pixels), 0, side);
  check("elastic_cells", augment.elastic_cells, 1, augment_max_cells);
  check("crop_padding", augment.crop_padding, 0, side);
  check("flip", static_cast<double>(augment.flip), 0, 1);
  check("noise", static_cast<double>(augment.noise), 0, 1);
  check("erase", augment.erase, 0, side);
  if (augment.active() && (shape.height > augment_max_side || shape.width > augment_max_side))
    data_error("Augment: expected images of at most %zu x %zu pixels, found %zu x %zu; leave augment out",
               augment_max_side, augment_max_side, shape.height, shape.width);
}

/// The random words of one sample in one epoch. Each kind of distortion has words of its own, so switching one on does
/// not change the others.
class AugmentRandom {
 public:
  enum Kind : std::uint64_t { affine, flip_and_erase, elastic, noise };

  constexpr AugmentRandom(Seed seed, std::size_t sample, std::uint64_t epoch) : random_{seed, epoch}, sample_{sample} {}

  /// Four words: the block `index` of the `count` blocks that each sample uses for this kind.
  constexpr std::array<std::uint32_t, 4> block(Kind kind, std::uint64_t index = 0, std::uint64_t count = 1) const {
    return random_.block(kind << 60 | (sample_ * count + index));
  }

 private:
  Random random_;
  std::uint64_t sample_;
};

}  // namespace detail
}  // namespace cortexpr
