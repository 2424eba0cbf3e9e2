#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// What a program sees of the network that it contains; classifier.cpp is compiled once for each network.

namespace classifier {

inline constexpr std::size_t pixel_count = 28 * 28;
inline constexpr std::size_t class_count = 10;
using Pixels = std::span<const std::uint8_t, pixel_count>;  // an image, row by row; 0 is the background

std::size_t classify(Pixels pixels);

/// The network's outputs: the bits of floats, or integers. Returns the class.
std::size_t scores(Pixels pixels, std::span<std::uint32_t, class_count> bits);

/// What cx::memory says, in bytes.
struct Memory {
  std::size_t parameters;
  std::size_t activations;
  std::size_t input;  ///< which the pixels are converted to
};
extern const Memory memory;

}  // namespace classifier
