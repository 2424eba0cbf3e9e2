#pragma once

// The classifier that is measured, with weights of chance: instructions and bytes do not depend on what it has learned.

#include <cortexpr/embedded.hpp>
#include <cortexpr/quantize/quantized_network.hpp>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace int8 {

namespace cx = cortexpr;

#ifdef CONVOLUTIONAL
using Classifier = cx::Quantized<cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<8, 3, cx::Relu, cx::Same>,
                                             cx::MaxPool2D<2>, cx::Conv2D<16, 3, cx::Relu, cx::Same>, cx::MaxPool2D<2>,
                                             cx::Conv2D<24, 3, cx::Relu, cx::Same>, cx::GlobalAvgPool, cx::Dense<10>>>;
#else
using Classifier = cx::Quantized<cx::Network<cx::Input<784>, cx::Dense<64, cx::Relu>, cx::Dense<10>>>;
#endif

/// Numbers of chance, the same everywhere: a linear congruential generator.
struct Chance {
  std::uint32_t state = 1;
  constexpr std::uint32_t operator()() {
    state = state * 1664525 + 1013904223;
    return state >> 16;
  }
};

constexpr Classifier made_by_chance() {
  Classifier network;
  Chance chance;
  network.visit([&](auto& integer, std::int32_t lowest, std::int32_t highest) {
    using Integer = std::remove_reference_t<decltype(integer)>;
    if (highest == INT32_MAX && lowest == 0)
      integer = static_cast<Integer>(0x40000000 + chance() * 0x4000);  // the factor of a FixedPoint
    else if (highest == 31)
      integer = 10;  // its shift
    else if (lowest == -127)
      integer = static_cast<Integer>(lowest + static_cast<std::int32_t>(chance() % 255));
    else if (lowest == INT32_MIN)
      integer = static_cast<Integer>(chance() % 1000);
  });
  return network;
}

constexpr void fill_by_chance(std::uint8_t (&pixels)[784]) {
  Chance chance{7};
  for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(chance());
}

}  // namespace int8
