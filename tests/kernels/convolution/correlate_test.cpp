#include <doctest/doctest.h>

#include <cortexpr/kernels/convolution/correlate.hpp>
#include <cortexpr/kernels/convolution/correlate_channel_lanes.hpp>
#include <cortexpr/kernels/convolution/correlate_gradient.hpp>
#include <cortexpr/kernels/convolution/correlate_gradient_channel_lanes.hpp>
#include <cortexpr/kernels/reference.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "../../laws/fixtures.hpp"
#include "../oracle.hpp"

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
  std::vector<T> elements = numbers<T>(depth * distance + kernels::row_slack, 1);

  explicit Planes(std::size_t seen) : distance{seen + reach} {}
  kernels::PackedImage<T, taps> shifted() const { return {elements.data(), distance, shifts}; }
};

struct Twice {
  template <class Pack>
  Pack operator()(Pack values) const {
    return values + values;
  }
};

/// Whether the same with the outputs as lanes is `expected` turned over, and nothing was written between its rows.
template <class Simd, std::size_t Outputs, OutputRows rows, class T>
bool by_outputs_is(const std::vector<T>& expected, const kernels::PackedImage<T, taps>& from,
                   const std::vector<T>& weights, std::size_t weight_stride, const std::vector<T>& bias) {
  if constexpr (Outputs % 8 == 0) {
    constexpr std::size_t places = rows.count * rows.length, stride = Outputs + 3;
    std::vector<T> turned(depth * taps * Outputs), results(places * stride, T(7));
    for (std::size_t o = 0; o < Outputs; ++o)
      for (std::size_t k = 0; k < depth * taps; ++k) turned[k * Outputs + o] = weights[o * weight_stride + k];
    kernels::correlate_channel_lanes<Simd, Outputs, depth, rows>(from, turned.data(), bias.data(), results.data(),
                                                                 stride, Twice{});
    for (std::size_t p = 0; p < places; ++p)
      for (std::size_t o = 0; o < stride; ++o)
        if (results[p * stride + o] != (o < Outputs ? expected[o * places + p] : T(7))) return false;
  }
  return true;
}

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
  return same_bits(fast, naive) && by_outputs_is<Simd, Outputs, rows>(naive, planes.shifted(), weights, stride, bias);
}

/// Whether the gradient, and the sums of the runs, are the naive ones, added to what is there.
template <class Simd, class T, std::size_t Outputs, std::size_t Run>
bool gradient_is_naive() {
  constexpr std::size_t padded = kernels::padded_length(Run), stride = Outputs + 3;
  const Planes<T> planes{padded};
  std::vector<T> slopes = numbers<T>(Outputs * padded, 4);
  for (std::size_t o = 0; o < Outputs; ++o)
    std::fill_n(slopes.begin() + static_cast<std::ptrdiff_t>(o * padded + Run), padded - Run, T(0));
  std::vector<T> fast = numbers<T>(depth * taps * stride, 5), naive = fast;
  std::vector<T> fast_sums = numbers<T>(Outputs, 6), naive_sums = fast_sums;
  kernels::correlate_gradient<Simd, Outputs, depth, Run>(planes.shifted(), slopes.data(), padded, fast.data(), stride);
  kernels::add_row_sums<Simd, Outputs, Run>(slopes.data(), padded, fast_sums.data());

  for (std::size_t o = 0; o < Outputs; ++o) {
    const T* const run = slopes.data() + o * padded;
    naive_sums[o] += kernels::reference::sum<padded>(run);
    for (std::size_t d = 0; d < depth; ++d)
      for (std::size_t t = 0; t < taps; ++t) {
        T partial[kernels::row_slack]{};
        for (std::size_t p = 0; p < padded; ++p)
          partial[p % kernels::row_slack] = oracle::Fma{}(run[p], planes.elements[d * planes.distance + shifts[t] + p],
                                                          partial[p % kernels::row_slack]);
        naive[(d * taps + t) * stride + o] += kernels::reference::sum<kernels::row_slack>(partial);
      }
  }
  return same_bits(fast, naive) && same_bits(fast_sums, naive_sums);
}

/// Whether the gradient with the outputs as lanes is the naive one, each sum over the places in order from zero, added
/// to what is there.
template <class Simd, class T, std::size_t Outputs, std::size_t Depth, kernels::Window window>
bool gradient_by_outputs_is_naive() {
  constexpr std::size_t all_taps = window.kernel_size(), stride = Outputs + 3, slope_stride = Outputs + 5;
  const std::vector<T> planes = numbers<T>(Depth * window.channel_size() + kernels::row_slack, 1);
  const std::vector<T> slopes = numbers<T>(window.padded_rows() * slope_stride, 2);
  std::vector<T> fast = numbers<T>(Depth * all_taps * stride, 3), naive = fast;
  kernels::correlate_gradient_channel_lanes<Simd, Outputs, Depth, window>(planes.data(), slopes.data(), slope_stride,
                                                                       fast.data(), stride);
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t d = 0; d < Depth; ++d)
      for (std::size_t t = 0; t < all_taps; ++t) {
        T sum = 0;
        for (std::size_t y = 0; y < window.vertical.output(); ++y)
          for (std::size_t x = 0; x < window.horizontal.output(); ++x) {
            const std::size_t p = y * window.row_stride() + x;
            sum = oracle::Fma{}(slopes[p * slope_stride + o],
                                planes[d * window.channel_size() + kernels::kernel_shifts<window>[t] + p], sum);
          }
        naive[(d * all_taps + t) * stride + o] += sum;
      }
  return same_bits(fast, naive);
}

template <std::size_t Outputs, std::size_t Depth, kernels::Axis vertical, kernels::Axis horizontal>
struct WindowCase {
  static constexpr std::size_t outputs = Outputs, depth = Depth;
  static constexpr kernels::Window window{vertical, horizontal};
};

template <std::size_t Outputs, std::size_t Count, std::size_t Length, std::size_t Margin>
struct Case {
  static constexpr std::size_t outputs = Outputs;
  static constexpr OutputRows rows{Count, Length, Length + Margin, Length};
};

}  // namespace

// Outputs that leave every remainder of the tiles; rows of part of a pack, of whole packs, and of packs and a rest.
TEST_CASE_TEMPLATE("correlate: rows are the naive ones, bit for bit, and nothing after them is touched", Of,
                   Case<1, 1, 1, 0>, Case<8, 28, 28, 1>, Case<16, 14, 14, 1>, Case<3, 7, 9, 2>, Case<17, 5, 8, 4>,
                   Case<2, 4, 16, 1>, Case<9, 3, 33, 3>, Case<32, 5, 10, 4>, Case<6, 2, 50, 1>, Case<24, 1, 49, 0>,
                   Case<5, 12, 12, 3>) {
  CHECK(rows_are_naive<simd::Native, float, Of::outputs, Of::rows>());
  CHECK(rows_are_naive<simd::ConstantEvaluated, float, Of::outputs, Of::rows>());
  CHECK(rows_are_naive<simd::Native, double, Of::outputs, Of::rows>());
}

TEST_CASE_TEMPLATE("correlate_gradient and add_row_sums: are the naive ones, bit for bit", Of, Case<1, 1, 1, 0>,
                   Case<8, 1, 811, 0>, Case<16, 1, 209, 0>, Case<17, 1, 16, 0>, Case<6, 1, 33, 0>, Case<3, 1, 7, 0>,
                   Case<9, 1, 48, 0>) {
  CHECK(gradient_is_naive<simd::Native, float, Of::outputs, Of::rows.length>());
  CHECK(gradient_is_naive<simd::ConstantEvaluated, float, Of::outputs, Of::rows.length>());
  CHECK(gradient_is_naive<simd::Native, double, Of::outputs, Of::rows.length>());
}

// A plane's taps fill part of a tile, a tile, or more than one.
TEST_CASE_TEMPLATE("correlate_gradient_channel_lanes: is the naive one, bit for bit", Of,
                   WindowCase<16, 8, kernels::Axis{6, 3, 1, 1, 1, 1}, kernels::Axis{7, 3, 1, 1, 1, 1}>,
                   WindowCase<32, 3, kernels::Axis{6, 5}, kernels::Axis{9, 5}>,
                   WindowCase<16, 50, kernels::Axis{3, 1}, kernels::Axis{3, 1}>,
                   WindowCase<48, 2, kernels::Axis{9, 7, 2, 1, 3, 3}, kernels::Axis{9, 7, 2, 1, 3, 3}>,
                   WindowCase<24, 1, kernels::Axis{1, 1}, kernels::Axis{11, 3, 1, 2}>) {
  CHECK(gradient_by_outputs_is_naive<simd::Native, float, Of::outputs, Of::depth, Of::window>());
  CHECK(gradient_by_outputs_is_naive<simd::ConstantEvaluated, float, Of::outputs, Of::depth, Of::window>());
  CHECK(gradient_by_outputs_is_naive<simd::Native, double, Of::outputs, Of::depth, Of::window>());
}

// LeNet-5's second convolution fills 100 of 144 lanes of a run; an image of three channels has too few taps.
TEST_CASE("channel_lanes_pay, gradient_channel_lanes_pay: where margins cost more than to turn over") {
  constexpr kernels::Axis lenet{14, 5}, last{7, 3, 1, 1, 1, 1}, cifar{32, 3, 1, 1, 1, 1};
  CHECK(kernels::gradient_channel_lanes_pay(16, {lenet, lenet}, 150));
  CHECK(kernels::gradient_channel_lanes_pay(24, {last, last}, 144));
  CHECK_FALSE(kernels::gradient_channel_lanes_pay(24, {cifar, cifar}, 9));
  CHECK_FALSE(kernels::gradient_channel_lanes_pay(6, {lenet, lenet}, 150));
  CHECK_FALSE(kernels::gradient_channel_lanes_pay(16, {cifar, cifar}, 27));
  if (simd::native_lanes<float> == 16) {
    CHECK(kernels::channel_lanes_pay<float>(16, {10, 10, 14, 10}, 136, 150));
    CHECK(kernels::channel_lanes_pay<float>(24, {7, 7, 8, 7}, 55, 144));
    CHECK_FALSE(kernels::channel_lanes_pay<float>(8, {7, 7, 8, 7}, 55, 144));
    CHECK_FALSE(kernels::channel_lanes_pay<float>(12, {10, 10, 14, 10}, 136, 150));
    CHECK_FALSE(kernels::channel_lanes_pay<float>(16, {32, 32, 33, 32}, 31 * 33 + 32, 27));
  }
}

// A row of 10 leaves 6 of 16 lanes over, and its margins cost less; of 14 to 16, rows cost nothing.
TEST_CASE("image_rows_pay: where a run has as many packs as its rows, rows do; where it has far fewer, it does") {
  CHECK(kernels::image_rows_pay<float>({14, 16, 17, 16}, 13 * 17 + 16, 1000));
  CHECK(kernels::image_rows_pay<float>({14, 14, 15, 14}, 13 * 15 + 14, 1) == true);
  CHECK(kernels::image_rows_pay<float>(kernels::rows_of_image(14, 14, 14), 14 * 14, 1000));
  if (simd::native_lanes<float> > 1) CHECK_FALSE(kernels::image_rows_pay<float>({50, 17, 19, 17}, 49 * 19 + 17, 1000));
}
