#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/random.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

// The initial values of parameters. An initializer is a struct with
//
//   template <class T> static constexpr T sample(const Random& random, std::uint64_t index, Fan fan);
//
// which returns the element at `index` of the unpadded row-major array. It is a function of the seed and the index, so
// the same seed gives the same weights, however rows are padded.

namespace cortexpr {

/// The number of inputs of one output (fan-in), and the number of outputs that one input contributes to (fan-out).
struct Fan {
  std::size_t in;
  std::size_t out;
};

template <class Candidate>
concept AnyInitializer = requires(const Random& random) {
  { Candidate::template sample<float>(random, 0, Fan{1, 1}) } -> std::same_as<float>;
};

/// Every element 0.
struct Zeros {
  template <class T>
  static constexpr T sample(const Random&, std::uint64_t, Fan) noexcept {
    return T(0);
  }
};

/// Every element 1.
struct Ones {
  template <class T>
  static constexpr T sample(const Random&, std::uint64_t, Fan) noexcept {
    return T(1);
  }
};

/// Normal with mean 0 and this standard deviation.
template <float standard_deviation = 1.0f>
struct Normal {
  static_assert(standard_deviation > 0, "Normal: the standard deviation must be positive");
  template <class T>
  static constexpr T sample(const Random& random, std::uint64_t index, Fan) noexcept {
    return T(standard_deviation) * random.normal<T>(index);
  }
};

/// Uniform in [-limit, limit).
template <float limit = 0.05f>
struct Uniform {
  static_assert(limit > 0, "Uniform: the limit must be positive");
  template <class T>
  static constexpr T sample(const Random& random, std::uint64_t index, Fan) noexcept {
    return T(limit) * (T(2) * random.uniform<T>(index) - T(1));
  }
};

namespace detail {

/// The square root by Newton's method, which gives the same bits on every target. The error is at most 1 ulp for x from
/// 1e-8 to 1e8.
template <class T>
constexpr T root(T x) {
  T guess = x < T(1) ? T(1) : x;
  for (int step = 0; step < 40; ++step) guess = T(0.5) * (guess + x / guess);
  return guess;
}

/// Normal with mean 0 and variance gain / fan.
template <int gain, class FanRule>
struct ScaledNormal {
  template <class T>
  static constexpr T sample(const Random& random, std::uint64_t index, Fan fan) noexcept {
    return root(T(gain) / FanRule::template value<T>(fan)) * random.normal<T>(index);
  }
};

/// Uniform with mean 0 and variance gain / fan, so the limit is sqrt(3 gain / fan).
template <int gain, class FanRule>
struct ScaledUniform {
  template <class T>
  static constexpr T sample(const Random& random, std::uint64_t index, Fan fan) noexcept {
    return root(T(3 * gain) / FanRule::template value<T>(fan)) * (T(2) * random.uniform<T>(index) - T(1));
  }
};

struct FanIn {
  template <class T>
  static constexpr T value(Fan fan) {
    return static_cast<T>(fan.in);
  }
};
struct FanMean {
  template <class T>
  static constexpr T value(Fan fan) {
    return static_cast<T>(fan.in + fan.out) / T(2);
  }
};

}  // namespace detail

/// Variance 2 / (fan_in + fan_out), for tanh, sigmoid and linear units.
/// Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, eq. 16.
struct GlorotNormal : detail::ScaledNormal<1, detail::FanMean> {};
struct GlorotUniform : detail::ScaledUniform<1, detail::FanMean> {};

/// Variance 2 / fan_in, for units of the ReLU family.
/// Source: He et al., "Delving deep into rectifiers", 2015, eq. 10.
struct HeNormal : detail::ScaledNormal<2, detail::FanIn> {};
struct HeUniform : detail::ScaledUniform<2, detail::FanIn> {};

/// Variance 1 / fan_in, for SELU units.
/// Source: LeCun et al., "Efficient BackProp", 1998, eq. 16.
struct LecunNormal : detail::ScaledNormal<1, detail::FanIn> {};

namespace detail {

/// Initializes a parameter. The shape is an argument, so that parameters with the same initializer share the code.
/// Shapes:  data [rows, stride], the first `columns` of each row
template <class Initializer, class T>
CORTEXPR_SHARED constexpr void draw(const Random& random, Fan fan, T* data, std::size_t rows, std::size_t columns,
                                    std::size_t stride) {
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      data[row * stride + column] = Initializer::template sample<T>(random, row * columns + column, fan);
}

}  // namespace detail

}  // namespace cortexpr
