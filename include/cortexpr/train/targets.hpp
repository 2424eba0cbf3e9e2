#pragma once

#include <cortexpr/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

// The targets of a batch: rows as long as the network's output, or class indices, which stand for one-hot rows. A loss
// sees the padded row of one sample at a time.

namespace cortexpr {

/// Any contiguous sequence of class indices: std::span, std::array, std::vector, Tensor.
template <class Candidate>
concept ClassIndices = requires(const Candidate& labels) {
  { *labels.data() } -> std::convertible_to<std::uint64_t>;
  { labels.size() } -> std::convertible_to<std::size_t>;
  requires std::integral<std::remove_cvref_t<decltype(*labels.data())>>;
};

namespace detail {

/// Rows of `Columns` elements, unpadded.
template <class T, std::size_t Columns>
struct RowTargets {
  const T* values;

  /// Writes the target of one sample to `row`, and 0 to its padding up to `stride`.
  constexpr void write(std::size_t sample, T* row, std::size_t stride) const noexcept {
    for (std::size_t j = 0; j < Columns; ++j) row[j] = values[sample * Columns + j];
    for (std::size_t j = Columns; j < stride; ++j) row[j] = 0;
  }
};

/// One class index for each sample. The row of an index that is not below `Columns` has NaN, so that the loss is NaN and
/// the step changes nothing.
template <class Index, std::size_t Columns>
struct ClassTargets {
  static_assert(
      Columns > 1,
      "Targets: class indices need one output per class; for a single output give numbers, 0 or 1, as a Tensor");
  const Index* indices;

  template <class T>
  constexpr void write(std::size_t sample, T* row, std::size_t stride) const noexcept {
    const auto index = static_cast<std::uint64_t>(indices[sample]);
    const bool is_class = index < Columns;
    const auto hot = static_cast<std::uint32_t>(is_class ? index : stride);
    const T cold = is_class ? T(0) : std::numeric_limits<T>::quiet_NaN();
    // Vector stores, whose values the vector loads of the loss get without waiting for the cache.
    for (std::uint32_t j = 0; j < stride; ++j) row[j] = j == hot ? T(1) : cold;
  }
};

}  // namespace detail
}  // namespace cortexpr
