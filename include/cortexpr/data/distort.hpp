#pragma once

#include <array>
#include <cortexpr/core/pixel_scale.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/data/augment.hpp>
#include <cstddef>
#include <cstdint>

// The distortions of Augment, in integers and in floats without fused operations or library calls: the same seed gives
// the same image on every target.

namespace cortexpr {

namespace detail {

/// The source position of an output pixel: origin + column * along_row + row * along_column, in 1/65536 pixel.
struct AffineMap {
  struct Point {
    std::int32_t x;
    std::int32_t y;
  };
  Point origin;
  Point along_row;
  Point along_column;

  constexpr void start_at(std::int32_t column, std::int32_t row) {
    origin.x += column * along_row.x + row * along_column.x;
    origin.y += column * along_row.y + row * along_column.y;
  }
};

/// Shift, rotation, scale and shear about the centre of the image, then the crop and the flip, which move whole pixels.
[[gnu::noinline]] constexpr AffineMap draw_affine_map(const Augment& augment, const AugmentRandom& random,
                                                      const ImageShape& shape) {
  const auto first = random.block(AugmentRandom::affine, 0, 2), second = random.block(AugmentRandom::affine, 1, 2);
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
  const float centre_x = 0.5f * (static_cast<float>(shape.width) - 1);
  const float centre_y = 0.5f * (static_cast<float>(shape.height) - 1);
  const float x = centre_x + within(augment.shift_pixels, second[0]) - (xx * centre_x + xy * centre_y);
  const float y = centre_y + within(augment.shift_pixels, second[1]) - (yx * centre_x + yy * centre_y);
  const auto fixed = [](float pixels) { return static_cast<std::int32_t>(pixels * 65536.0f); };
  AffineMap map{
      .origin = {fixed(x), fixed(y)}, .along_row = {fixed(xx), fixed(yx)}, .along_column = {fixed(xy), fixed(yy)}};
  const auto whole_within = [](std::uint32_t most, std::uint32_t word) {
    return static_cast<std::int32_t>((2 * most + 1) * std::uint64_t{word} >> 32) - static_cast<std::int32_t>(most);
  };
  map.start_at(whole_within(augment.crop_padding, second[2]), whole_within(augment.crop_padding, second[3]));
  if (to_uniform<float>(random.block(AugmentRandom::flip_and_erase)[0]) < augment.flip) {
    map.start_at(static_cast<std::int32_t>(shape.width) - 1, 0);
    map.along_row = {-map.along_row.x, -map.along_row.y};
  }
  return map;
}

/// The source position of each output pixel, in 1/65536 pixel.
struct SourcePositions {
  std::int32_t x[augment_max_side * augment_max_side];
  std::int32_t y[augment_max_side * augment_max_side];
};

inline void write_positions(const AffineMap& map, const ImageShape& shape, SourcePositions& positions) {
  const auto rows = static_cast<std::int32_t>(shape.height), columns = static_cast<std::int32_t>(shape.width);
  std::int32_t *x = positions.x, *y = positions.y;
  for (std::int32_t row = 0; row < rows; ++row)
    for (std::int32_t column = 0; column < columns; ++column) {
      *x++ = map.origin.x + row * map.along_column.x + column * map.along_row.x;
      *y++ = map.origin.y + row * map.along_column.y + column * map.along_row.y;
    }
}

/// The four control points that determine a cubic B-spline at pixel `index` of `extent`, and their weights. The weights
/// are not negative and their sum is 1, so no value of the spline exceeds the largest control point.
struct SplineWeights {
  constexpr SplineWeights(std::size_t index, std::size_t extent, std::size_t cells) {
    const float position = (static_cast<float>(index) + 0.5f) * static_cast<float>(cells) / static_cast<float>(extent);
    first = static_cast<std::size_t>(position);
    const float right = position - static_cast<float>(first), left = 1 - right;
    const auto outer = [](float t) { return t * t * t / 6; };
    const auto inner = [](float t) { return (t * t * (3 * t - 6) + 4) / 6; };
    weight = {outer(left), inner(right), inner(left), outer(right)};
  }

  /// The value of the spline. The control points lie `stride` floats apart.
  constexpr float operator()(const float* points, std::size_t stride) const {
    points += first * stride;
    return weight[0] * points[0] + weight[1] * points[stride] + weight[2] * points[2 * stride] +
           weight[3] * points[3 * stride];
  }

  std::size_t first = 0;
  std::array<float, 4> weight{};
};

inline constexpr std::size_t augment_max_points = augment_max_cells + 3;

/// Adds the spline of (cells + 3)^2 control points to the positions: first along the rows, then along the columns.
inline void add_spline(const float* points, std::size_t cells, const ImageShape& shape, std::int32_t* positions) {
  float lines[augment_max_points * augment_max_side];  // each row of control points, interpolated at all columns
  for (std::size_t column = 0; column < shape.width; ++column) {
    const SplineWeights weights{column, shape.width, cells};
    for (std::size_t line = 0; line < cells + 3; ++line)
      lines[line * shape.width + column] = weights(points + line * (cells + 3), 1);
  }
  for (std::size_t row = 0; row < shape.height; ++row) {
    const SplineWeights weights{row, shape.height, cells};
    for (std::size_t column = 0; column < shape.width; ++column)
      *positions++ += static_cast<std::int32_t>(weights(lines + column, shape.width));
  }
}

[[gnu::noinline]] inline void add_elastic(const Augment& augment, const AugmentRandom& random, const ImageShape& shape,
                                          SourcePositions& positions) {
  constexpr std::size_t most = augment_max_points * augment_max_points + 3;
  float x[most], y[most];
  const std::size_t side = augment.elastic_cells + 3, blocks = (side * side + 3) / 4;
  const float step = 2 * augment.elastic_pixels;  // 1/32768 of the largest displacement, in 1/65536 pixel
  const auto displacement = [step](std::uint32_t bits) { return step * (static_cast<float>(bits) - 32767.5f); };
  for (std::size_t block = 0; block < blocks; ++block) {
    const auto words = random.block(AugmentRandom::elastic, block, blocks);
    for (std::size_t i = 0; i < 4; ++i) {
      x[4 * block + i] = displacement(words[i] & 0xFFFF);
      y[4 * block + i] = displacement(words[i] >> 16);
    }
  }
  add_spline(x, augment.elastic_cells, shape, positions.x);
  add_spline(y, augment.elastic_cells, shape, positions.y);
}

/// Writes one channel: the pixels at `positions`, with bilinear interpolation in integers at a resolution of 1/256
/// pixel. Outside of the image pixels are 0.
[[gnu::noinline]] inline void write_plane(const std::uint8_t* pixels, const ImageShape& shape,
                                          const SourcePositions& positions, const PixelScale& scale, float* out) {
  constexpr std::size_t most = augment_max_side;
  // The image gets a margin of one pixel before and two after it. Then the four pixels around each position are packed
  // into one word, so that a position needs one load, which vector units can gather.
  std::uint8_t padded[(most + 3) * (most + 3)] = {};
  std::uint32_t corners[(most + 2) * (most + 2)];
  const std::size_t height = shape.height, width = shape.width;
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
    return (value > end ? end : value) + one;  // relative to the margin, so never negative
  };
  const auto columns = static_cast<std::int32_t>(width);
  const auto end_x = columns * one, end_y = static_cast<std::int32_t>(height) * one;
  const float factor = scale.factor * 0x1p-16f, offset = scale.offset;
  for (std::size_t i = 0; i < height * width; ++i) {
    const std::int32_t x = bounded(positions.x[i], end_x);
    const std::int32_t y = bounded(positions.y[i], end_y);
    const std::uint32_t cell = corners[(y >> 16) * (columns + 2) + (x >> 16)];
    const auto corner = [cell](int shift) { return static_cast<std::int32_t>(cell >> shift & 255); };
    const std::int32_t right = x >> 8 & 255, down = y >> 8 & 255;
    const std::int32_t upper = corner(0) * (256 - right) + corner(8) * right;
    const std::int32_t lower = corner(16) * (256 - right) + corner(24) * right;
    const std::int32_t value = upper * (256 - down) + lower * down;
    out[i] = static_cast<float>(value) * factor + offset;
  }
}

/// Adds the sum of four random bytes to each pixel: mean 510, variance 4 * (256^2 - 1) / 12 = 147.8^2.
[[gnu::noinline]] inline void add_noise(float noise, const AugmentRandom& random, const ImageShape& shape,
                                        const PixelScale* scales, float* out) {
  const std::size_t plane = shape.plane_size(), blocks = (plane + 3) / 4;
  for (std::size_t channel = 0; channel < shape.channels; ++channel, out += plane) {
    const float step = noise * 255 * scales[channel].factor / 147.801669f;
    for (std::size_t block = 0; block < blocks; ++block) {
      const auto words = random.block(AugmentRandom::noise, channel * blocks + block, shape.channels * blocks);
      for (std::size_t i = 4 * block; i < plane && i < 4 * block + 4; ++i) {
        const std::uint32_t word = words[i % 4];
        const std::uint32_t pairs = (word & 0x00FF00FF) + (word >> 8 & 0x00FF00FF);
        out[i] += step * static_cast<float>(static_cast<std::int32_t>((pairs & 0xFFFF) + (pairs >> 16)) - 510);
      }
    }
  }
}

inline void erase_square(std::size_t side, const AugmentRandom& random, const ImageShape& shape, float* out) {
  const auto words = random.block(AugmentRandom::flip_and_erase);
  struct Range {
    std::size_t begin, end;
  };
  const auto around = [side](std::uint32_t word, std::size_t extent) -> Range {
    const std::size_t end = static_cast<std::size_t>(extent * std::uint64_t{word} >> 32) + (side + 1) / 2;
    return {end > side ? end - side : 0, end < extent ? end : extent};
  };
  const Range rows = around(words[1], shape.height), columns = around(words[2], shape.width);
  for (std::size_t channel = 0; channel < shape.channels; ++channel, out += shape.plane_size())
    for (std::size_t row = rows.begin; row < rows.end; ++row)
      for (std::size_t column = columns.begin; column < columns.end; ++column) out[row * shape.width + column] = 0;
}

/// Writes the image [C, H, W] of a sample with the distortions that it has in this epoch, as floats.
[[gnu::noinline]] inline void write_augmented(const Augment& augment, std::size_t sample, std::uint64_t epoch,
                                              const std::uint8_t* pixels, const ImageShape& shape,
                                              const PixelScale* scales, float* out) {
  const AugmentRandom random{augment.seed, sample, epoch};
  SourcePositions positions;
  write_positions(draw_affine_map(augment, random, shape), shape, positions);
  if (augment.elastic_pixels != 0) add_elastic(augment, random, shape, positions);
  const std::size_t plane = shape.plane_size();
  for (std::size_t channel = 0; channel < shape.channels; ++channel)
    write_plane(pixels + channel * plane, shape, positions, scales[channel], out + channel * plane);
  if (augment.noise != 0) add_noise(augment.noise, random, shape, scales, out);
  if (augment.erase != 0) erase_square(augment.erase, random, shape, out);
}

}  // namespace detail
}  // namespace cortexpr
