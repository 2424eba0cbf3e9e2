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

constexpr std::size_t channels = 3, kernel_size = 4, largest_shift = 40;
constexpr std::array<std::size_t, kernel_size> shifts{0, 1, 17, largest_shift};

template <class T>
std::vector<T> numbers(std::size_t count, std::uint64_t stream) {
  std::vector<T> result(count);
  laws::fill_normal(result, stream);
  return result;
}

/// The channels of a packed image for outputs at `positions` positions, and the elements beyond it that a pack may
/// read.
template <class T>
struct Channels {
  std::size_t stride;
  std::vector<T> elements = numbers<T>(channels * stride + kernels::row_slack, 1);

  explicit Channels(std::size_t positions) : stride{positions + largest_shift} {}
  kernels::PackedImage<T, kernel_size> shifted() const { return {elements.data(), stride, shifts}; }
};

struct Twice {
  template <class Pack>
  Pack operator()(Pack values) const {
    return values + values;
  }
};

/// Whether correlate_channel_lanes returns the transpose of `expected` and writes nothing between its rows.
template <class Simd, std::size_t Outputs, OutputRows rows, class T>
bool channel_lanes_are(const std::vector<T>& expected, const kernels::PackedImage<T, kernel_size>& from,
                       const std::vector<T>& weights, std::size_t weight_stride, const std::vector<T>& bias) {
  if constexpr (Outputs % 8 == 0) {
    constexpr std::size_t pixels = rows.count * rows.length, stride = Outputs + 3;
    std::vector<T> transposed(channels * kernel_size * Outputs), results(pixels * stride, T(7));
    for (std::size_t o = 0; o < Outputs; ++o)
      for (std::size_t k = 0; k < channels * kernel_size; ++k)
        transposed[k * Outputs + o] = weights[o * weight_stride + k];
    kernels::correlate_channel_lanes<Simd, Outputs, channels, rows>(from, transposed.data(), bias.data(),
                                                                    results.data(), stride, Twice{});
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t o = 0; o < stride; ++o)
        if (results[p * stride + o] != (o < Outputs ? expected[o * pixels + p] : T(7))) return false;
  }
  return true;
}

/// Whether each output is the sum of its products in order, and nothing is written after the last.
template <class Simd, class T, std::size_t Outputs, OutputRows rows>
bool rows_are_naive() {
  constexpr std::size_t stride = channels * kernel_size + 5, to_stride = rows.count * rows.to, rest = 64;
  const Channels<T> image{rows.count * rows.from};
  const std::vector<T> weights = numbers<T>(Outputs * stride, 2), bias = numbers<T>(Outputs, 3);
  std::vector<T> fast(Outputs * to_stride + rest, T(7)), naive = fast;
  kernels::correlate<Simd, Outputs, channels, rows, stride>(image.shifted(), weights.data(), bias.data(), fast.data(),
                                                            to_stride, true, Twice{});
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t y = 0; y < rows.count; ++y)
      for (std::size_t x = 0; x < rows.length; ++x) {
        T sum = 0;
        for (std::size_t d = 0; d < channels; ++d)
          for (std::size_t t = 0; t < kernel_size; ++t)
            sum = oracle::Fma{}(weights[o * stride + d * kernel_size + t],
                                image.elements[d * image.stride + shifts[t] + y * rows.from + x], sum);
        naive[o * to_stride + y * rows.to + x] = 2 * (bias[o] + sum);
      }
  return same_bits(fast, naive) &&
         channel_lanes_are<Simd, Outputs, rows>(naive, image.shifted(), weights, stride, bias);
}

/// Whether the gradient and the sums of rows equal the naive ones, added to the initial values.
template <class Simd, class T, std::size_t Outputs, std::size_t Length>
bool gradient_is_naive() {
  constexpr std::size_t padded = kernels::padded_length(Length), stride = Outputs + 3;
  const Channels<T> image{padded};
  std::vector<T> upstream = numbers<T>(Outputs * padded, 4);
  for (std::size_t o = 0; o < Outputs; ++o)
    std::fill_n(upstream.begin() + static_cast<std::ptrdiff_t>(o * padded + Length), padded - Length, T(0));
  std::vector<T> fast = numbers<T>(channels * kernel_size * stride, 5), naive = fast;
  std::vector<T> fast_sums = numbers<T>(Outputs, 6), naive_sums = fast_sums;
  kernels::correlate_gradient<Simd, Outputs, channels, Length>(image.shifted(), upstream.data(), padded, fast.data(),
                                                               stride);
  kernels::add_row_sums<Simd, Outputs>(upstream.data(), Length, padded, fast_sums.data());

  for (std::size_t o = 0; o < Outputs; ++o) {
    const T* const row = upstream.data() + o * padded;
    naive_sums[o] += kernels::reference::sum<padded>(row);
    for (std::size_t d = 0; d < channels; ++d)
      for (std::size_t t = 0; t < kernel_size; ++t) {
        T partial[kernels::row_slack]{};
        for (std::size_t p = 0; p < padded; ++p)
          partial[p % kernels::row_slack] =
              oracle::Fma{}(row[p], image.elements[d * image.stride + shifts[t] + p], partial[p % kernels::row_slack]);
        naive[(d * kernel_size + t) * stride + o] += kernels::reference::sum<kernels::row_slack>(partial);
      }
  }
  return same_bits(fast, naive) && same_bits(fast_sums, naive_sums);
}

/// Whether the gradient with channels as lanes equals the naive one: each sum over the pixels in order, from zero,
/// added to the initial value.
template <class Simd, class T, std::size_t Outputs, std::size_t Depth, kernels::Window window>
bool gradient_channel_lanes_are_naive() {
  constexpr std::size_t kernel_elements = window.kernel_size(), stride = Outputs + 3, upstream_stride = Outputs + 5;
  const std::vector<T> image = numbers<T>(Depth * window.channel_size() + kernels::row_slack, 1);
  const std::vector<T> upstream = numbers<T>(window.padded_rows() * upstream_stride, 2);
  std::vector<T> fast = numbers<T>(Depth * kernel_elements * stride, 3), naive = fast;
  kernels::correlate_gradient_channel_lanes<Simd, Outputs, Depth, window>(image.data(), upstream.data(),
                                                                          upstream_stride, fast.data(), stride);
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t d = 0; d < Depth; ++d)
      for (std::size_t t = 0; t < kernel_elements; ++t) {
        T sum = 0;
        for (std::size_t y = 0; y < window.vertical.output(); ++y)
          for (std::size_t x = 0; x < window.horizontal.output(); ++x) {
            const std::size_t p = y * window.row_stride() + x;
            sum = oracle::Fma{}(upstream[p * upstream_stride + o],
                                image[d * window.channel_size() + kernels::kernel_shifts<window>[t] + p], sum);
          }
        naive[(d * kernel_elements + t) * stride + o] += sum;
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

// Numbers of output channels with every remainder of the tiles; rows of part of a pack, of whole packs, and of packs
// and a rest.
TEST_CASE_TEMPLATE("correlate: equals the naive loops bit for bit and writes nothing after the outputs", Of,
                   Case<1, 1, 1, 0>, Case<8, 28, 28, 1>, Case<16, 14, 14, 1>, Case<3, 7, 9, 2>, Case<17, 5, 8, 4>,
                   Case<2, 4, 16, 1>, Case<9, 3, 33, 3>, Case<32, 5, 10, 4>, Case<6, 2, 50, 1>, Case<24, 1, 49, 0>,
                   Case<5, 12, 12, 3>) {
  CHECK(rows_are_naive<simd::Native, float, Of::outputs, Of::rows>());
  CHECK(rows_are_naive<simd::ConstantEvaluated, float, Of::outputs, Of::rows>());
  CHECK(rows_are_naive<simd::Native, double, Of::outputs, Of::rows>());
}

TEST_CASE_TEMPLATE("correlate_gradient, add_row_sums: equal the naive loops bit for bit", Of, Case<1, 1, 1, 0>,
                   Case<8, 1, 811, 0>, Case<16, 1, 209, 0>, Case<17, 1, 16, 0>, Case<6, 1, 33, 0>, Case<3, 1, 7, 0>,
                   Case<9, 1, 48, 0>) {
  CHECK(gradient_is_naive<simd::Native, float, Of::outputs, Of::rows.length>());
  CHECK(gradient_is_naive<simd::ConstantEvaluated, float, Of::outputs, Of::rows.length>());
  CHECK(gradient_is_naive<simd::Native, double, Of::outputs, Of::rows.length>());
}

// The kernel elements of a channel fill part of a tile, a tile, or several tiles.
TEST_CASE_TEMPLATE("correlate_gradient_channel_lanes: equals the naive loops bit for bit", Of,
                   WindowCase<16, 8, kernels::Axis{6, 3, 1, 1, 1, 1}, kernels::Axis{7, 3, 1, 1, 1, 1}>,
                   WindowCase<32, 3, kernels::Axis{6, 5}, kernels::Axis{9, 5}>,
                   WindowCase<16, 50, kernels::Axis{3, 1}, kernels::Axis{3, 1}>,
                   WindowCase<48, 2, kernels::Axis{9, 7, 2, 1, 3, 3}, kernels::Axis{9, 7, 2, 1, 3, 3}>,
                   WindowCase<24, 1, kernels::Axis{1, 1}, kernels::Axis{11, 3, 1, 2}>) {
  CHECK(gradient_channel_lanes_are_naive<simd::Native, float, Of::outputs, Of::depth, Of::window>());
  CHECK(gradient_channel_lanes_are_naive<simd::ConstantEvaluated, float, Of::outputs, Of::depth, Of::window>());
  CHECK(gradient_channel_lanes_are_naive<simd::Native, double, Of::outputs, Of::depth, Of::window>());
}

// LeNet-5's second convolution uses 100 of the 144 lanes of its padded rows; an image of three channels has too few
// products per output.
TEST_CASE("channel_lanes_pay, gradient_channel_lanes_pay: true if the padding costs more than the transposition") {
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

// A row of 10 pixels leaves 6 of 16 lanes unused, and its padding costs less; rows of 14 to 16 pixels fill their packs.
TEST_CASE("image_rows_pay: true if image rows have as many packs as padded rows, false if they have far more") {
  CHECK(kernels::image_rows_pay<float>({14, 16, 17, 16}, 13 * 17 + 16, 1000));
  CHECK(kernels::image_rows_pay<float>({14, 14, 15, 14}, 13 * 15 + 14, 1) == true);
  CHECK(kernels::image_rows_pay<float>(kernels::rows_of_image(14, 14, 14), 14 * 14, 1000));
  if (simd::native_lanes<float> > 1) CHECK_FALSE(kernels::image_rows_pay<float>({50, 17, 19, 17}, 49 * 19 + 17, 1000));
}
