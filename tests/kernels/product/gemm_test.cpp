#include <doctest/doctest.h>

#include <cortexpr/kernels/product/gemm.hpp>
#include <cortexpr/kernels/reference.hpp>

#include "../../laws/fixtures.hpp"
#include "../oracle.hpp"

using namespace cortexpr;
using laws::PaddedRows;
using laws::same_bits;

namespace {

constexpr std::size_t most_samples = 61;

/// Whether multiply equals the naive loops bit for bit, including the padding.
template <class Simd, class T, std::size_t In, std::size_t Out>
bool is_naive(std::size_t samples) {
  static PaddedRows<T, most_samples, In> x;
  static PaddedRows<T, In, Out> weight;
  static PaddedRows<T, 1, Out> bias;
  PaddedRows<T, most_samples, Out> fast, naive;
  x.fill(1);
  weight.fill(2);
  bias.fill(3);
  kernels::multiply<Simd>(x.rows(samples), weight.rows(), bias.values, fast.rows(samples));
  kernels::reference::multiply(x.rows(samples), weight.rows(), bias.values, naive.rows(samples), oracle::Fma{});
  return same_bits(fast, naive);
}

template <std::size_t In, std::size_t Out>
struct Product {
  static constexpr std::size_t in = In, out = Out;
};

}  // namespace

// Sums shorter and longer than 32, from which length on they have several blocks, with and without a remainder; widths
// of one lane, of part of a pack, of one and several panels.
TEST_CASE_TEMPLATE("multiply: equals the naive loops bit for bit", Case, Product<1, 1>, Product<35, 1>, Product<5, 5>,
                   Product<31, 8>, Product<32, 9>, Product<33, 16>, Product<7, 17>, Product<46, 31>, Product<36, 48>,
                   Product<39, 89>, Product<2, 100>, Product<64, 100>) {
  for (const std::size_t samples : {1u, 2u, 3u, 5u, 6u, 7u, 12u, 13u, 23u, 60u, 61u}) {
    CAPTURE(samples);
    CHECK(is_naive<simd::Native, float, Case::in, Case::out>(samples));
  }
  CHECK(is_naive<simd::ConstantEvaluated, float, Case::in, Case::out>(1));
  CHECK(is_naive<simd::ConstantEvaluated, float, Case::in, Case::out>(7));
  if constexpr (Case::out % 3 == 0) {
    CHECK(is_naive<simd::Native, double, Case::in, Case::out>(1));
    CHECK(is_naive<simd::Native, double, Case::in, Case::out>(23));
  }
}

TEST_CASE("multiply: rows of x may be unpadded") {
  constexpr std::size_t in = 35;
  PaddedRows<float, 1, in * 5> unpadded;
  PaddedRows<float, 5, in> padded;
  PaddedRows<float, in, 20> weight;
  PaddedRows<float, 1, 20> bias;
  PaddedRows<float, 5, 20> y, expected;
  unpadded.fill(1);
  weight.fill(2);
  bias.fill(3);
  for (std::size_t row = 0; row < 5; ++row)
    for (std::size_t k = 0; k < in; ++k) padded.rows()[row][k] = unpadded.values[row * in + k];
  kernels::multiply<simd::Native>(Rows<const float, in>{unpadded.values, 5}, weight.rows(), bias.values, y.rows());
  kernels::multiply<simd::Native>(padded.rows(), weight.rows(), bias.values, expected.rows());
  CHECK(same_bits(y, expected));
}

TEST_CASE("multiply: the order of additions is the documented one") {
  // Fused multiply-adds over each quarter of k, then bias + the first quarter, and so on. With these numbers every
  // other order loses a 1: 2^24 + 1 is not a float.
  constexpr std::size_t in = 32;
  PaddedRows<float, 1, in> x;
  PaddedRows<float, in, 1> weight;
  PaddedRows<float, 1, 1> bias, y;
  for (std::size_t k = 0; k < in; ++k) x.values[k] = weight.rows()[k][0] = 0;
  const auto product = [&] {
    kernels::multiply<simd::Native>(x.rows(), weight.rows(), bias.values, y.rows());
    return y.values[0];
  };
  for (std::size_t k : {0u, 7u, 8u, 31u}) weight.rows()[k][0] = 1;
  bias.values[0] = 0x1p24f;
  x.values[0] = x.values[7] = 1;
  CHECK(product() == 0x1p24f + 2);  // both lie in the first quarter, which is added up first
  x.values[7] = 0, x.values[8] = 1;
  CHECK(product() == 0x1p24f);  // each quarter's 1 is lost by itself
  x.values[31] = -1;
  bias.values[0] = 0;
  CHECK(product() == 1);
}

namespace {

constexpr float product_in_compiler() {
  PaddedRows<float, 1, 33> x;
  PaddedRows<float, 33, 3> weight;
  PaddedRows<float, 1, 3> bias, y;
  x.fill(1);
  weight.fill(2);
  bias.fill(3);
  kernels::multiply<simd::ConstantEvaluated>(x.rows(), weight.rows(), bias.values, y.rows());
  return y.values[1];
}

}  // namespace

TEST_CASE("multiply: a constant expression gives the bits of run time") {
  constexpr float in_compiler = product_in_compiler();
  CHECK(same_bits(laws::at_run_time(product_in_compiler), in_compiler));
}
