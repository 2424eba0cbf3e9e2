#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/math.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>
#include <cortexpr/simd/arch/scalar/pack.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

// The range of a tensor that the 256 int8 values span, given the numbers seen in calibration. A smaller range has finer
// steps, and clamps more numbers.

namespace cortexpr {

/// The range of all numbers.
struct MinMax {};

/// The range without a few numbers at each end: at least this fraction of the numbers lies below the highest, and above
/// the lowest.
/// Errors: DataError: the fraction does not lie in (0.5, 1]
struct Percentile {
  double fraction = 0.9999;
};

/// The range that loses the least information: the distribution of the clamped and rounded numbers has the smallest
/// Kullback-Leibler divergence from that of the numbers.
/// Source: Migacz, "8-bit inference with TensorRT", 2017: 2048 bins of absolute values, and every threshold from as many
///         bins as there are int8 values. Zeros do not count, because 0 is represented exactly; without negative numbers
///         there are 255 other values instead of 128. Equal numbers of one sample count once: those of the background of
///         an image would outweigh all others.
struct KlDivergence {};

using CalibrationMethod = std::variant<MinMax, Percentile, KlDivergence>;

namespace detail {

/// A histogram of magnitudes, with separate counts for negative and positive numbers.
class MagnitudeHistogram {
 public:
  static constexpr std::size_t bins = 2048;
  using Counts = std::array<std::uint64_t, bins>;

  /// A histogram of numbers that lie in this range.
  explicit MagnitudeHistogram(Range seen = {})
      : seen_{seen}, largest_{seen.highest > -seen.lowest ? seen.highest : -seen.lowest} {}

  /// Adds the numbers of one tensor; with `equals_count_once` equal numbers are added once.
  void add(std::span<const float> numbers, bool equals_count_once) {
    if (!equals_count_once) {
      for (const float number : numbers) add(number);
    } else {
      std::vector<float> different(numbers.begin(), numbers.end());
      std::sort(different.begin(), different.end());
      std::for_each(different.begin(), std::unique(different.begin(), different.end()),
                    [&](float number) { add(number); });
    }
  }

  Range range(const MinMax&) const { return seen_; }
  Range range(const Percentile& method) const {
    const auto beyond = static_cast<std::uint64_t>((1 - method.fraction) * static_cast<double>(count_));
    return within({-edge(end_of(negative_, beyond)), edge(end_of(positive_, beyond))});
  }
  Range range(const KlDivergence&) const {
    const std::size_t levels = seen_.lowest < 0 ? 128 : 255;
    Counts counts{};
    for (std::size_t i = 0; i < bins; ++i) counts[i] = negative_[i] + positive_[i];
    std::size_t best = bins;
    double least = divergence(counts, bins, levels);
    for (std::size_t end = bins - 1; end >= levels; --end) {
      if (counts[end - 1] == 0) continue;
      const double here = divergence(counts, end, levels);
      if (here < least) least = here, best = end;
    }
    return within({-edge(best), edge(best)});
  }

 private:
  void add(float number) {
    ++count_;
    if (number == 0) return;
    const double position = static_cast<double>(number < 0 ? -number : number) / static_cast<double>(largest_) * bins;
    const auto bin = static_cast<std::size_t>(position);
    ++(number < 0 ? negative_ : positive_)[bin < bins ? bin : bins - 1];
  }

  float edge(std::size_t bin) const { return largest_ * static_cast<float>(bin) / bins; }
  Range within(Range range) const {
    return {range.lowest > seen_.lowest ? range.lowest : seen_.lowest,
            range.highest < seen_.highest ? range.highest : seen_.highest};
  }

  /// The first bin that has at most `beyond` numbers in it and in the bins after it.
  static std::size_t end_of(const Counts& counts, std::uint64_t beyond) {
    std::uint64_t after = 0;
    std::size_t end = bins;
    while (end > 0 && after + counts[end - 1] <= beyond) after += counts[--end];
    return end;
  }

  /// The divergence between the first `end` bins, with the numbers beyond them added to the last, and the same bins rounded
  /// to so many levels.
  static double divergence(const Counts& counts, std::size_t end, std::size_t levels) {
    std::uint64_t inside = 0, all = 0;
    for (std::size_t i = 0; i < bins; ++i) (i < end ? inside : all) += counts[i];
    all += inside;
    double result = 0;
    for (std::size_t level = 0; level < levels; ++level) {
      const std::size_t first = level * end / levels, last = (level + 1) * end / levels;
      std::uint64_t sum = 0, filled = 0;
      for (std::size_t i = first; i < last; ++i) sum += counts[i], filled += counts[i] > 0;
      for (std::size_t i = first; i < last; ++i) {
        if (counts[i] == 0) continue;
        const std::uint64_t here = i + 1 == end ? counts[i] + (all - inside) : counts[i];
        const double p = static_cast<double>(here) / static_cast<double>(all);
        const double q = static_cast<double>(sum) / static_cast<double>(filled * inside);
        result += p * math::log(simd::ScalarPack<double>{p / q}).value;
      }
    }
    return result;
  }

  Range seen_;
  float largest_;
  std::uint64_t count_ = 0;
  Counts negative_{}, positive_{};
};

inline void check_method(const CalibrationMethod& method) {
  const auto* const percentile = std::get_if<Percentile>(&method);
  if (percentile != nullptr && !(percentile->fraction > 0.5 && percentile->fraction <= 1))
    data_error("quantize: the fraction of Percentile must lie in (0.5, 1], found %g; 0.9999 is usual",
               percentile->fraction);
}

}  // namespace detail
}  // namespace cortexpr
