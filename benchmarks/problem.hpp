#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// What every contestant works on: 784-89(tanh)-10, softmax cross entropy, momentum, batches of 60, float32.
namespace problem {

inline constexpr std::size_t inputs = 784;
inline constexpr std::size_t hidden = 89;
inline constexpr std::size_t outputs = 10;
inline constexpr std::size_t batch = 60;

inline constexpr float learning_rate = 0.001f;  // small: thousands of steps on one batch must not end in subnormals
inline constexpr float momentum = 0.9f;

/// Numbers in [0, 1) without a library, the same for everybody.
class Numbers {
 public:
  constexpr float next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<float>(state_ >> 40) / 16777216.0f;
  }

 private:
  std::uint64_t state_ = 20190119;
};

/// Fills a range with numbers in [low, high).
template <class Range>
constexpr void fill(Range&& range, float low, float high, Numbers numbers = {}) {
  for (float& value : range) value = low + (high - low) * numbers.next();
}

inline constexpr std::array<std::uint32_t, batch> labels = [] {
  std::array<std::uint32_t, batch> result{};
  for (std::size_t sample = 0; sample < batch; ++sample)
    result[sample] = static_cast<std::uint32_t>(7 * sample % outputs);
  return result;
}();

}  // namespace problem
