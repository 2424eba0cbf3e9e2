#pragma once

#include <doctest/doctest.h>

#include <cortexpr/core/random.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/fit.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace test {

/// Points in the plane in two classes, inside and outside of a circle. The data set records the calls of `gather`, and
/// tests may make its members invalid.
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

  /// The samples that were gathered in an epoch, in order. There must be one for each of the data set, and no others.
  std::vector<std::size_t> order_of(std::size_t epoch) const {
    std::vector<std::size_t> order;
    for (std::size_t i = epoch * size(); i < (epoch + 1) * size(); ++i) {
      CHECK(gathered[i].epoch == epoch);
      order.push_back(gathered[i].sample);
    }
    return order;
  }

  /// The same points, all in the wrong class: a network that learns the others gets worse here.
  Circle with_wrong_labels() const {
    Circle wrong = *this;
    for (std::uint32_t& label : wrong.labels) label = 1 - label;
    return wrong;
  }
};

using Net = cortexpr::Network<cortexpr::Input<2>, cortexpr::Dense<16, cortexpr::Tanh>, cortexpr::Dense<2>>;
inline constexpr std::size_t batch = 8;

/// A new network and its trainer.
template <class Optimizer = cortexpr::Momentum<>>
struct Fresh {
  Net network;
  cortexpr::Trainer<Net, cortexpr::SoftmaxCrossEntropy, Optimizer, batch> trainer;

  explicit Fresh(Optimizer optimizer = {})
      : trainer{network, cortexpr::SoftmaxCrossEntropy{}, optimizer, cortexpr::batch_size<batch>} {
    network.initialize(cortexpr::Seed{1});
  }
  Fresh(const Fresh&) = delete;
};

inline const Circle training{100}, held_out{50, 1};

/// Whether the message of the history contains all of these texts.
inline bool mentions(const cortexpr::History& history, std::initializer_list<const char*> words) {
  for (const char* word : words)
    if (history.message.find(word) == std::string::npos) return false;
  return true;
}

}  // namespace test
