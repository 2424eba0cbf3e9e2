#pragma once

#include <cortexpr/nn/network.hpp>

#include <cstddef>
#include <sstream>
#include <string>

namespace drawings {

namespace cx = cortexpr;

struct Odd : cx::Dropout<0.5f> {
  static constexpr const char* name = "a \"name\" <with> & \\ of an unusual length";
};

using Plain = cx::Network<cx::Input<1, 4, 4>, cx::Flatten, cx::Dense<5, cx::Tanh>, Odd, cx::Dense<3>>;

// Branches of all kinds: empty, long, nested.
using Branched = cx::Network<
    cx::Input<1, 4, 4>, cx::Conv2D<2, 3, cx::Same>, cx::Residual<cx::Conv2D<2, 3, cx::Same>, cx::BatchNorm<>>,
    cx::Concat<cx::Identity, cx::Sequential<cx::Conv2D<4, 1>, cx::Parallel<cx::Conv2D<4, 1>, Odd>>, cx::Conv2D<1, 1>>,
    cx::Flatten, cx::Sequential<cx::Dense<6>, cx::Residual<cx::Projection<cx::Dense<2>>, cx::Dense<2>>>,
    cx::Sequential<>, cx::Residual<>>;

inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t result = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++result;
  return result;
}

}  // namespace drawings
