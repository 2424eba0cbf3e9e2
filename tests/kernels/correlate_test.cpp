#include <doctest/doctest.h>

#include <cortexpr/kernels/correlate.hpp>
#include <cortexpr/kernels/correlate_gradient.hpp>
#include <cortexpr/kernels/reference.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "../laws/fixtures.hpp"
#include "oracle.hpp"

using namespace cortexpr;
using kernels::OutputRows;
using laws::same_bits;

namespace {

constexpr std::size_t depth = 3, taps = 4, reach = 40;  // the largest shift
constexpr std::array<std::size_t, taps> shifts{0, 1, 17, reach};

template <class T>
std::vector<T> numbers(std::size_t count, std::uint64_t stream) {
  std::vector<T> result(count);
  laws::fill_normal(result, stream);
  return result;
}

/// Planes in which outputs see their shifted copies, and what a pack may look at beyond.
template <class T>
struct Planes {
  std::size_t distance;
  std::vector<T> elements = numbers<T>(depth * distance + kernels::run_slack, 1);

  explicit Planes(std::size_t seen) : distance{seen + reach} {}
  kernels::ShiftedPlanes<T, taps> shifted() const { return {elements.data(), distance, shifts}; }
};

struct Twice {
  template <class Pack>
  Pack operator()(Pack values) const {
    return values + values;
  }
};

/// Whether each output is the sum of its products in order, and nothing was written after the last.
template <class Simd, class T, std::size_t Outputs, OutputRows rows>
bool rows_are_naive() {
  constexpr std::size_t stride = depth * taps + 5, distance = rows.count * rows.to, rest = 64;
  const Planes<T> planes{rows.count * rows.from};
  const std::vector<T> weights = numbers<T>(Outputs * stride, 2), bias = numbers<T>(Outputs, 3);
  std::vector<T> fast(Outputs * distance + rest, T(7)), naive = fast;
  kernels::correlate<Simd, Outputs, depth, rows, stride>(planes.shifted(), weights.data(), bias.data(), fast.data(),
                                                         distance, true, Twice{});
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t y = 0; y < rows.count; ++y)
      for (std::size_t x = 0; x < rows.length; ++x) {
        T sum = 0;
        for (std::size_t d = 0; d < depth; ++d)
          for (std::size_t t = 0; t < taps; ++t)
            sum = oracle::Fma{}(weights[o * stride + d * taps + t],
                                planes.elements[d * planes.distance + shifts[t] + y * rows.from + x], sum);
        naive[o * distance + y * rows.to + x] = 2 * (bias[o] + sum);
      }
  return same_bits(fast, naive);
}

/// Whether the gradient, and the sums of the runs, are the naive ones, added to what is there.
template <class Simd, class T, std::size_t Outputs, std::size_t Run>
bool gradient_is_naive() {
  constexpr std::size_t padded = kernels::padded_run(Run), stride = Outputs + 3;
  const Planes<T> planes{padded};
  std::vector<T> slopes = numbers<T>(Outputs * padded, 4);
  for (std::size_t o = 0; o < Outputs; ++o)
    std::fill_n(slopes.begin() + static_cast<std::ptrdiff_t>(o * padded + Run), padded - Run, T(0));
  std::vector<T> fast = numbers<T>(depth * taps * stride, 5), naive = fast;
  std::vector<T> fast_sums = numbers<T>(Outputs, 6), naive_sums = fast_sums;
  kernels::correlate_gradient<Simd, Outputs, depth, Run>(planes.shifted(), slopes.data(), padded, fast.data(), stride);
  kernels::add_runs<Simd, Outputs, Run>(slopes.data(), padded, fast_sums.data());

  for (std::size_t o = 0; o < Outputs; ++o) {
    const T* const run = slopes.data() + o * padded;
    naive_sums[o] += kernels::reference::sum<padded>(run);
    for (std::size_t d = 0; d < depth; ++d)
      for (std::size_t t = 0; t < taps; ++t) {
        T partial[kernels::run_slack]{};
        for (std::size_t p = 0; p < padded; ++p)
          partial[p % kernels::run_slack] = oracle::Fma{}(run[p], planes.elements[d * planes.distance + shifts[t] + p],
                                                          partial[p % kernels::run_slack]);
        naive[(d * taps + t) * stride + o] += kernels::reference::sum<kernels::run_slack>(partial);
      }
  }
  return same_bits(fast, naive) && same_bits(fast_sums, naive_sums);
}

template <std::size_t Outputs, std::size_t Count, std::size_t Length, std::size_t Margin>
struct Case {
  static constexpr std::size_t outputs = Outputs;
  static constexpr OutputRows rows{Count, Length, Length + Margin, Length};
};

}  // namespace

// Outputs that leave every remainder of the tiles; rows of part of a pack, of whole packs, and of packs and a rest.
TEST_CASE_TEMPLATE("correlate: rows are the naive ones, bit for bit, and nothing after them is touched", Of,
                   Case<1, 1, 1, 0>, Case<8, 28, 28, 1>, Case<16, 14, 14, 1>, Case<3, 7, 9, 2>, Case<17, 5, 8, 4>,
                   Case<2, 4, 16, 1>, Case<9, 3, 33, 3>, Case<6, 2, 50, 1>, Case<24, 1, 49, 0>, Case<5, 12, 12, 3>) {
  CHECK(rows_are_naive<simd::Native, float, Of::outputs, Of::rows>());
  CHECK(rows_are_naive<simd::Constant, float, Of::outputs, Of::rows>());
  CHECK(rows_are_naive<simd::Native, double, Of::outputs, Of::rows>());
}

TEST_CASE_TEMPLATE("correlate_gradient and add_runs: are the naive ones, bit for bit", Of, Case<1, 1, 1, 0>,
                   Case<8, 1, 811, 0>, Case<16, 1, 209, 0>, Case<17, 1, 16, 0>, Case<6, 1, 33, 0>, Case<3, 1, 7, 0>,
                   Case<9, 1, 48, 0>) {
  CHECK(gradient_is_naive<simd::Native, float, Of::outputs, Of::rows.length>());
  CHECK(gradient_is_naive<simd::Constant, float, Of::outputs, Of::rows.length>());
  CHECK(gradient_is_naive<simd::Native, double, Of::outputs, Of::rows.length>());
}

// A row of 10 leaves 6 of 16 lanes over, and its margins cost less; of 14 to 16, rows cost nothing.
TEST_CASE("rows_pay: where a run has as many packs as its rows, rows do; where it has far fewer, it does") {
  CHECK(kernels::rows_pay<float>({14, 16, 17, 16}, 13 * 17 + 16, 1000));
  CHECK(kernels::rows_pay<float>({14, 14, 15, 14}, 13 * 15 + 14, 1) == true);
  CHECK(kernels::rows_pay<float>(kernels::rows_of_image(14, 14, 14), 14 * 14, 1000));
  if (simd::native_lanes<float> > 1) CHECK_FALSE(kernels::rows_pay<float>({50, 17, 19, 17}, 49 * 19 + 17, 1000));
}
