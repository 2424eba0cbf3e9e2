#pragma once

#include <cortexpr/core/random.hpp>
#include <cortexpr/data/error.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cortexpr {

/// Random distortions of an image, drawn anew for each sample and epoch; all zero means none. Example, for digits:
/// `Augment{.shift_pixels = 2, .rotation_degrees = 12, .scale = 0.12f, .shear = 0.15f}`.
struct Augment {
  float shift_pixels = 0;      ///< along each axis, uniformly in +-shift_pixels; fractions of a pixel included
  float rotation_degrees = 0;  ///< uniformly in +-rotation_degrees, at most 90
  float scale = 0;             ///< each axis grows or shrinks, uniformly by +-scale; below 1
  float shear = 0;             ///< pixels to the side per pixel of height, uniformly in +-shear; at most 1
  Seed seed{};

  constexpr bool active() const { return shift_pixels != 0 || rotation_degrees != 0 || scale != 0 || shear != 0; }
};

namespace detail {

/// Where an output pixel comes from: source = origin + column * along_row + row * along_column, in 1/65536 pixel.
struct AffineMap {
  struct Point {
    std::int32_t x;
    std::int32_t y;
  };
  Point origin;
  Point along_row;
  Point along_column;
};

/// Images this small are distorted on the stack, and their coordinates never overflow.
inline constexpr std::size_t augment_max_side = 64;

/// Throws DataError for what cannot be done to images of `height` x `width` pixels.
[[gnu::cold]] inline void check_augment(const Augment& augment, std::size_t height, std::size_t width) {
  const auto check = [](const char* name, float value, float most) {
    if (!(value >= 0 && value <= most))
      data_error("Augment: %s: expected a number from 0 to %g, found %g; give the largest change wanted", name,
                 static_cast<double>(most), static_cast<double>(value));
  };
  check("shift_pixels", augment.shift_pixels, static_cast<float>(augment_max_side));
  check("rotation_degrees", augment.rotation_degrees, 90);
  check("scale", augment.scale, 0.99f);
  check("shear", augment.shear, 1);
  if (augment.active() && (height > augment_max_side || width > augment_max_side))
    data_error("Augment: expected images of at most %zu x %zu pixels, found %zu x %zu; leave augment out",
               augment_max_side, augment_max_side, height, width);
}

/// The distortion of one sample in one epoch: a pure function, with the same bits on every target (no fused
/// operations, no library calls).
[[gnu::noinline]] constexpr AffineMap draw_affine_map(const Augment& augment, std::size_t sample, std::uint64_t epoch,
                                                      std::size_t height, std::size_t width) {
  const Random random{augment.seed, epoch};
  const auto first = random.block(2 * std::uint64_t{sample});
  const auto second = random.block(2 * std::uint64_t{sample} + 1);
  const auto within = [](float most, std::uint32_t word) { return most * (2.0f * to_uniform<float>(word) - 1.0f); };
  const float angle = within(augment.rotation_degrees, first[0]) * 0.0174532925f;
  const float shear = within(augment.shear, first[1]);
  const float step_x = 1.0f + within(augment.scale, first[2]);
  const float step_y = 1.0f + within(augment.scale, first[3]);
  // Taylor series: errors under 1e-6 up to 90 degrees.
  const float z = angle * angle;
  const float sine = angle * (1 - z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72 * (1 - z / 110)))));
  const float cosine = 1 - z / 2 * (1 - z / 12 * (1 - z / 30 * (1 - z / 56 * (1 - z / 90 * (1 - z / 132)))));
  // Rotation * shear * scale.
  const float xx = cosine * step_x, xy = (cosine * shear - sine) * step_y;
  const float yx = sine * step_x, yy = (sine * shear + cosine) * step_y;
  // The image turns about its centre.
  const float centre_x = 0.5f * (static_cast<float>(width) - 1), centre_y = 0.5f * (static_cast<float>(height) - 1);
  const float x = centre_x + within(augment.shift_pixels, second[0]) - (xx * centre_x + xy * centre_y);
  const float y = centre_y + within(augment.shift_pixels, second[1]) - (yx * centre_x + yy * centre_y);
  const auto fixed = [](float pixels) { return static_cast<std::int32_t>(pixels * 65536.0f); };
  return {.origin = {fixed(x), fixed(y)}, .along_row = {fixed(xx), fixed(yx)}, .along_column = {fixed(xy), fixed(yy)}};
}

/// Writes the image as `map` sees it, each pixel times `scale` plus `offset`. Bilinear in 1/256 pixel, in integers;
/// outside of the image all is 0.
[[gnu::noinline]] inline void write_distorted(const std::uint8_t* pixels, std::size_t height, std::size_t width,
                                              const AffineMap& map, float scale, float offset, float* out) {
  constexpr std::size_t most = augment_max_side;
  // The image with a margin of one pixel before and two after, then each cell's four corners in one word: one load
  // a pixel, which vector units can gather.
  std::uint8_t padded[(most + 3) * (most + 3)] = {};
  std::uint32_t corners[(most + 2) * (most + 2)];
  const std::size_t padded_stride = width + 3, stride = width + 2;
  for (std::size_t row = 0; row < height; ++row)
    for (std::size_t column = 0; column < width; ++column)
      padded[(row + 1) * padded_stride + column + 1] = pixels[row * width + column];
  for (std::size_t row = 0; row < height + 2; ++row) {
    const std::uint8_t* const upper = padded + row * padded_stride;
    const std::uint8_t* const lower = upper + padded_stride;
    for (std::size_t column = 0; column < stride; ++column)
      corners[row * stride + column] = upper[column] | std::uint32_t{upper[column + 1]} << 8 |
                                       std::uint32_t{lower[column]} << 16 | std::uint32_t{lower[column + 1]} << 24;
  }
  constexpr std::int32_t one = 65536;
  const auto bounded = [](std::int32_t value, std::int32_t end) {
    value = value < -one ? -one : value;
    return (value > end ? end : value) + one;  // from the margin's edge: never negative
  };
  const auto end_x = static_cast<std::int32_t>(width) * one, end_y = static_cast<std::int32_t>(height) * one;
  const auto columns = static_cast<std::int32_t>(width), rows = static_cast<std::int32_t>(height);
  const float fraction_scale = scale * 0x1p-16f;
  for (std::int32_t row = 0; row < rows; ++row) {
    const std::int32_t row_x = map.origin.x + row * map.along_column.x;
    const std::int32_t row_y = map.origin.y + row * map.along_column.y;
    for (std::int32_t column = 0; column < columns; ++column) {
      const std::int32_t x = bounded(row_x + column * map.along_row.x, end_x);
      const std::int32_t y = bounded(row_y + column * map.along_row.y, end_y);
      const std::uint32_t cell = corners[(y >> 16) * (columns + 2) + (x >> 16)];
      const auto corner = [cell](int shift) { return static_cast<std::int32_t>(cell >> shift & 255); };
      const std::int32_t right = x >> 8 & 255, down = y >> 8 & 255;
      const std::int32_t upper = corner(0) * (256 - right) + corner(8) * right;
      const std::int32_t lower = corner(16) * (256 - right) + corner(24) * right;
      const std::int32_t value = upper * (256 - down) + lower * down;
      *out++ = static_cast<float>(value) * fraction_scale + offset;
    }
  }
}

}  // namespace detail
}  // namespace cortexpr
