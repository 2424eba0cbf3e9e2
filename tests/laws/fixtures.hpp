#pragma once

#include <bit>
#include <cmath>
#include <cortexpr/core/random.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/simd/backend.hpp>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// What tests of laws share: repeatable data, padded rows, equality of bits.

namespace laws {

// Of a range's type they take the elements' alone, so that the compiler makes few of them.
namespace detail {

constexpr cortexpr::Random random_of(std::uint64_t stream) {
  return cortexpr::Random{cortexpr::Seed{20190119}, stream};
}

template <class T>
constexpr void fill_normal(T* to, std::size_t count, std::uint64_t stream, double deviation) {
  const cortexpr::Random random = random_of(stream);
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<T>(deviation) * random.normal<T>(i);
}
template <class T>
constexpr void fill_probabilities(T* to, std::size_t count, std::uint64_t stream) {
  const cortexpr::Random random = random_of(stream);
  for (std::size_t i = 0; i < count; ++i) to[i] = T(0.05) + T(0.9) * random.uniform<T>(i);
}

}  // namespace detail

/// Normal deviates with this standard deviation: a function of the stream alone.
template <class Range>
constexpr void fill_normal(Range&& range, std::uint64_t stream, double deviation = 1) {
  detail::fill_normal(range.data(), range.size(), stream, deviation);
}

/// Uniform deviates in [0.05, 0.95), for probabilities.
template <class Range>
constexpr void fill_probabilities(Range&& range, std::uint64_t stream) {
  detail::fill_probabilities(range.data(), range.size(), stream);
}

/// Class indices.
template <class Range>
constexpr void fill_labels(Range&& range, std::uint64_t stream, std::uint32_t classes) {
  const cortexpr::Random random = detail::random_of(stream);
  for (std::size_t i = 0; i < range.size(); ++i)
    range.data()[i] = static_cast<std::remove_cvref_t<decltype(range.data()[i])>>(random.bits(i) % classes);
}

/// f(arguments...) at run time. A call of a constexpr function with constants may be one in the compiler.
template <class F, class... Arguments>
auto at_run_time(F f, const Arguments&... arguments) {
  return f(arguments...);
}

constexpr bool same_bits(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}
constexpr bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
namespace detail {

template <class T>
constexpr bool same_bits(const T* a, const T* b, std::size_t count) {
  bool all_zero = true;
  for (std::size_t i = 0; i < count; ++i) {
    if (!laws::same_bits(a[i], b[i])) return false;
    if (a[i] != 0) all_zero = false;
  }
  return !all_zero;
}

}  // namespace detail

/// Whether two ranges hold the same bits. Ranges of nothing but zeros prove nothing, so they count as different.
template <class A, class B>
constexpr bool same_bits(const A& a, const B& b)
  requires requires { a.size() == b.size(); }
{
  return a.size() == b.size() && detail::same_bits(a.data(), b.data(), a.size());
}

/// Rows as the library keeps them: aligned, each padded to whole packs with zeros.
template <class T, std::size_t Count, std::size_t Columns>
struct PaddedRows {
  static constexpr std::size_t stride = cortexpr::simd::row_stride<T>(Columns);
  alignas(cortexpr::simd::block_alignment<T>) T values[cortexpr::simd::block_size<T>(Count, Columns)]{};

  constexpr cortexpr::Rows<T, Columns, stride> rows(std::size_t count = Count) { return {values, count}; }
  constexpr T* data() { return values; }
  constexpr const T* data() const { return values; }
  constexpr std::size_t size() const { return Count * stride; }

  /// Normal deviates, padding zero.
  constexpr void fill(std::uint64_t stream) {
    fill_normal(*this, stream);
    for (std::size_t i = 0; i < size(); ++i)
      if (i % stride >= Columns) values[i] = 0;
  }
};

}  // namespace laws
