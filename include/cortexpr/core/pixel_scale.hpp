#pragma once

namespace cortexpr {

/// What a network sees of a pixel, a byte from 0 to 255: pixel * factor + offset.
struct PixelScale {
  float factor = 1.0f / 255;
  float offset = 0;
};

}  // namespace cortexpr
