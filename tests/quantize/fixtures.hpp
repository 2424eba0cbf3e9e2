#pragma once

#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../laws/fixtures.hpp"

namespace quantized {

using namespace cortexpr;

/// Normal deviates as a data set.
struct Samples {
  std::size_t count;
  std::size_t values;
  float shift = 0;

  std::size_t size() const { return count; }
  std::size_t sample_size() const { return values; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    std::vector<float> drawn(values);
    laws::fill_normal(drawn, 100 + sample);
    for (std::size_t i = 0; i < values; ++i) out[i] = drawn[i] + shift;
  }
};

template <class Net>
Net initialized() {
  Net network{};
  std::uint64_t stream = 7;
  detail::for_each_parameter<typename Net::chain>(network.data(), [&]<class Array>(Array, auto rows) {
    for (std::size_t row = 0; row < rows.count; ++row) {
      laws::fill_normal(std::span{rows[row], rows.columns}, stream++, 0.3);  // biases and statistics as well
      if (!Array::trainable)                                                 // a variance is positive
        for (std::size_t column = 0; column < rows.columns; ++column)
          rows[row][column] += rows[row][column] < 0 ? 2.0f : 1.0f;
    }
  });
  return network;
}

}  // namespace quantized
