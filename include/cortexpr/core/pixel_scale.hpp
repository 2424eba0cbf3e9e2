#pragma once

#include <cortexpr/config.hpp>

namespace cortexpr {

/// The affine map from a pixel, a byte from 0 to 255, to an input of a network: pixel * factor + offset.
struct PixelScale {
  float factor = 1.0f / 255;
  float offset = 0;
};

}  // namespace cortexpr
