#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// The interface of a program to its network. classifier.cpp is compiled once for each network.

namespace classifier {

inline constexpr std::size_t pixel_count = 28 * 28;
inline constexpr std::size_t class_count = 10;
using Pixels = std::span<const std::uint8_t, pixel_count>;  // an image [H, W]; 0 is the background

std::size_t classify(Pixels pixels);

/// Writes the outputs of the network: the bits of floats, or integers. Returns the class.
std::size_t scores(Pixels pixels, std::span<std::uint32_t, class_count> bits);

/// The part of `classify` that converts pixels to the type of the network's input.
void convert(Pixels pixels);

/// The values of cx::memory, in bytes.
struct Memory {
  std::size_t parameters;
  std::size_t activations;
  std::size_t input;  ///< the converted pixels
};
extern const Memory memory;

}  // namespace classifier
