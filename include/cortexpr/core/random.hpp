#pragma once

#include <cortexpr/config.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace cortexpr {

/// The seed of random numbers. The same seed gives the same numbers on every target and in constant expressions.
struct Seed {
  std::uint64_t value = 0;

  constexpr bool operator==(const Seed&) const = default;
};

namespace detail {

/// Philox4x32-10: four random words as a pure function of a 128-bit counter and a 64-bit key.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                              std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t even = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t odd = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(odd >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(odd),
               static_cast<std::uint32_t>(even >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(even)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// log(x) for positive, normal `x`, within 2 ulp on the range used here. Multiplications and additions are not fused,
/// so that the bits do not depend on whether the target has fused multiply-add.
constexpr float unfused_log(float x) noexcept {
  const auto word = std::bit_cast<std::uint32_t>(x);
  // 0x3F3504F3 is sqrt(1/2): the mantissa lands in [sqrt(1/2), sqrt(2)).
  const std::int32_t exponent = static_cast<std::int32_t>(word - 0x3F3504F3) >> 23;
  const float mantissa = std::bit_cast<float>(word - (static_cast<std::uint32_t>(exponent) << 23));
  const float s = (mantissa - 1.0f) / (mantissa + 1.0f);
  const float z = s * s;
  const float tail = z * (0.666666667f + z * (0.4f + z * (0.285714286f + z * 0.222222222f)));
  return static_cast<float>(exponent) * 0.693147181f + (s + s + s * tail);
}

/// The square root of a positive, normal `x` by Newton's method, within 1 ulp. The bits are the same on every target.
constexpr float unfused_sqrt(float x) noexcept {
  float root = std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) >> 1) + 0x1FBD1DF5);
  for (int step = 0; step < 3; ++step) root = 0.5f * (root + x / root);
  return root;
}

/// Maps 32 random bits to [0, 1). Uses the upper 24 bits, so that the value is the same in float and double.
template <class T>
constexpr T to_uniform(std::uint32_t word) noexcept {
  return static_cast<T>(static_cast<float>(word >> 8) * 0x1p-24f);
}

/// Maps 32 random bits to a standard normal deviate: the quantile of (word + 1/2) / 2^32, monotonic in `word`, relative
/// error below 4e-7, |value| < 6.4. Computed in float for every T, so that networks of float and of double start from
/// the same weights.
/// Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988, PPND7. Its third
///         interval, for tails below 2^-36, cannot occur with 32 bits.
template <class T>
constexpr T to_normal(std::uint32_t word) noexcept {
  const bool upper = word >= 0x80000000u;
  const std::uint32_t tail = upper ? ~word : word;                        // probability (tail + 1/2) / 2^32
  const float q = static_cast<float>(0xFFFFFFFFu - 2 * tail) * 0x1p-33f;  // distance from the median
  float magnitude = 0.0f;
  if (q <= 0.425f) {
    const float r = 0.180625f - q * q;
    magnitude = q * (((59.109374720f * r + 159.29113202f) * r + 50.434271938f) * r + 3.3871327179f) /
                (((67.187563600f * r + 78.757757664f) * r + 17.895169469f) * r + 1.0f);
  } else {
    const float p = static_cast<float>(2 * tail + 1) * 0x1p-33f;
    const float r = unfused_sqrt(-unfused_log(p)) - 1.6f;
    magnitude = (((0.17023821103f * r + 1.3067284816f) * r + 2.7568153900f) * r + 1.4234372777f) /
                ((0.12021132975f * r + 0.73700164250f) * r + 1.0f);
  }
  return static_cast<T>(upper ? magnitude : -magnitude);
}

}  // namespace detail

/// A counter-based random number generator. Each number is a pure function of (seed, stream, index): the numbers do not
/// depend on the order of the calls or on the number of threads, and there is no state to save. The streams of one seed
/// are independent.
/// Cost: one Philox block (20 multiplications) per call; `block` returns four words for that.
class Random {
 public:
  constexpr explicit Random(Seed seed, std::uint64_t stream = 0) noexcept
      : key_{static_cast<std::uint32_t>(seed.value), static_cast<std::uint32_t>(seed.value >> 32)}, stream_{stream} {}

  /// Four words: `block(c)[k]` is `bits(4 * c + k)`.
  constexpr std::array<std::uint32_t, 4> block(std::uint64_t counter) const noexcept {
    return detail::philox({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                           static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                          key_);
  }

  /// 32 random bits.
  constexpr std::uint32_t bits(std::uint64_t index) const noexcept { return block(index / 4)[index % 4]; }

  /// A number from the uniform distribution on [0, 1).
  template <class T>
  constexpr T uniform(std::uint64_t index) const noexcept {
    return detail::to_uniform<T>(bits(index));
  }

  /// A number from the normal distribution with mean 0 and standard deviation 1.
  template <class T>
  constexpr T normal(std::uint64_t index) const noexcept {
    return detail::to_normal<T>(bits(index));
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint64_t stream_;
};

/// A random permutation of 0 ... size - 1 without memory: `permutation[i]` is computed on demand. Different streams
/// give independent permutations; `Trainer` uses the epoch as the stream.
/// Cost: 8 rounds of two multiplications, repeated until the value is below `size`: fewer than two repetitions on
///       average for 32 elements and more.
/// Source: Black, Rogaway, "Ciphers with arbitrary finite domains", 2002 (Feistel network with cycle walking).
class Permutation {
 public:
  /// `size` may be 0; operator[] must not be called then.
  constexpr Permutation(Seed seed, std::uint64_t stream, std::size_t size) noexcept
      : size_{size}, high_bits_{domain_bits(size) / 2}, low_bits_{domain_bits(size) - domain_bits(size) / 2} {
    const Random random{seed, stream};
    for (std::size_t half = 0; half < 2; ++half) {
      const auto words = random.block(~std::uint64_t{half});  // above every counter that bits() can reach
      for (std::size_t i = 0; i < 4; ++i) round_keys_[4 * half + i] = words[i];
    }
  }

  constexpr std::size_t size() const noexcept { return size_; }

  /// The image of `index`, which must be below `size()`.
  constexpr std::size_t operator[](std::size_t index) const noexcept {
    do index = encrypt(index);
    while (index >= size_);
    return index;
  }

 private:
  /// At least 6 bits: with 3 bits, some permutations of 5 elements were twice as likely as others.
  static constexpr unsigned domain_bits(std::size_t size) {
    return static_cast<unsigned>(std::bit_width((size - (size > 0)) | 63));
  }

  /// The upper `count` bits of a keyed hash.
  static constexpr std::uint32_t hash(std::uint32_t half, std::uint32_t key, unsigned count) {
    std::uint32_t word = (half ^ key) * 0xD2511F53u;
    word = (word ^ (word >> 16)) * 0xCD9E8D57u;
    return word >> (32 - count);
  }

  /// A bijection on 0 ... 2^domain_bits(size) - 1.
  constexpr std::size_t encrypt(std::size_t index) const {
    auto low = static_cast<std::uint32_t>(index & ((std::size_t{1} << low_bits_) - 1));
    auto high = static_cast<std::uint32_t>(index >> low_bits_);
    for (std::size_t round = 0; round < round_keys_.size(); round += 2) {
      low ^= hash(high, round_keys_[round], low_bits_);
      high ^= hash(low, round_keys_[round + 1], high_bits_);
    }
    return (std::size_t{high} << low_bits_) | low;
  }

  std::size_t size_;
  unsigned high_bits_;
  unsigned low_bits_;
  std::array<std::uint32_t, 8> round_keys_{};
};

}  // namespace cortexpr
