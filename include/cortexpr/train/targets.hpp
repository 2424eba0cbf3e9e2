#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// What a network should have answered: rows as large as its output, or class indices, which are one-hot rows. A loss
// sees one padded row at a time.

namespace cortexpr {

/// Anything that holds class indices one after the other: std::span, std::array, std::vector, Tensor.
template <class Candidate>
concept ClassIndices = requires(const Candidate& labels) {
  { *labels.data() } -> std::convertible_to<std::uint64_t>;
  { labels.size() } -> std::convertible_to<std::size_t>;
  requires std::integral<std::remove_cvref_t<decltype(*labels.data())>>;
};

/// Rows of `Columns` elements, one after the other.
template <class T, std::size_t Columns>
struct RowTargets {
  const T* values;

  /// Writes the target of a sample; the padding up to `stride` becomes 0.
  constexpr void write(std::size_t sample, T* row, std::size_t stride) const {
    for (std::size_t j = 0; j < Columns; ++j) row[j] = values[sample * Columns + j];
    for (std::size_t j = Columns; j < stride; ++j) row[j] = 0;
  }
};

/// One class index, below `Columns`, a sample. A larger index is no class at all: its row is zero.
template <class Index, std::size_t Columns>
struct ClassTargets {
  static_assert(Columns > 1,
                "Targets: class indices need one output per class; for a single output give numbers, 0 or 1, as a Tensor");
  const Index* indices;

  template <class T>
  constexpr void write(std::size_t sample, T* row, std::size_t stride) const {
    const auto index = static_cast<std::uint64_t>(indices[sample]);
    const auto hot = static_cast<std::uint32_t>(index < Columns ? index : stride);
    // Whole vectors are written, so that the loss, which reads such, does not wait for them to reach the cache.
    for (std::uint32_t j = 0; j < stride; ++j) row[j] = static_cast<T>(j == hot);
  }
};

}  // namespace cortexpr
