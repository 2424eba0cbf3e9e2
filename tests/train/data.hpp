#pragma once

#include <cmath>
#include <cortexpr/core/random.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace test {

/// A data set that remembers how it was gathered, and may hold what it should not: points in the plane in two classes,
/// inside and outside of a circle.
struct Circle {
  std::vector<float> points;
  std::vector<std::uint32_t> labels;
  std::size_t values_of_a_sample = 2;
  struct Gathered {
    std::size_t sample;
    std::uint64_t epoch;
  };
  mutable std::vector<Gathered> gathered;

  explicit Circle(std::size_t count, std::uint64_t stream = 0) {
    const cortexpr::Random random{cortexpr::Seed{42}, stream};
    for (std::size_t i = 0; i < count; ++i) {
      const float x = 4 * random.uniform<float>(2 * i) - 2;
      const float y = 4 * random.uniform<float>(2 * i + 1) - 2;
      points.insert(points.end(), {x, y});
      labels.push_back(x * x + y * y < 2);
    }
  }

  std::size_t size() const { return labels.size(); }
  std::size_t sample_size() const { return values_of_a_sample; }
  std::uint32_t label(std::size_t sample) const { return labels[sample]; }
  void gather(std::size_t sample, std::uint64_t epoch, float* out) const {
    out[0] = points[2 * sample];
    out[1] = points[2 * sample + 1];
    gathered.push_back({sample, epoch});
  }

  /// The same points, all in the wrong class: the better a network learns, the worse it does here.
  Circle with_wrong_labels() const {
    Circle wrong = *this;
    for (std::uint32_t& label : wrong.labels) label = 1 - label;
    return wrong;
  }
};

}  // namespace test
