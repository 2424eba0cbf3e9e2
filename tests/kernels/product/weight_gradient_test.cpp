#include <doctest/doctest.h>

#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/kernels/reference.hpp>

#include "../../laws/fixtures.hpp"
#include "../oracle.hpp"

using namespace cortexpr;
using laws::PaddedRows;
using laws::same_bits;

namespace {

constexpr std::size_t most_samples = 61;

/// The first row in which the gradient differs from the naive loops in any bit, or `In` if there is none.
template <class Simd, class T, std::size_t In, std::size_t Out>
std::size_t first_wrong_row(std::size_t samples) {
  PaddedRows<T, most_samples, In> x;
  PaddedRows<T, most_samples, Out> dy;
  PaddedRows<T, In, Out> fast, naive;
  x.fill(1);
  dy.fill(2);
  kernels::weight_gradient<Simd>(x.rows(samples), dy.rows(samples), kernels::StoreGradient<T>{fast.values});
  kernels::reference::add_weight_gradient(x.rows(samples), dy.rows(samples), naive.rows(), oracle::Fma{});
  for (std::size_t i = 0; i < fast.size(); ++i)
    if (!same_bits(fast.values[i], naive.values[i])) return i / fast.stride;
  return In;
}

template <std::size_t In, std::size_t Out>
struct Product {
  static constexpr std::size_t in = In, out = Out;
};

}  // namespace

// Heights with every remainder of the tiles; widths of one lane, of part of a pack, and of several panels.
TEST_CASE_TEMPLATE("weight_gradient: equals the naive loops bit for bit", Case, Product<1, 1>, Product<2, 9>,
                   Product<3, 16>, Product<5, 33>, Product<6, 9>, Product<7, 100>, Product<11, 17>, Product<13, 5>,
                   Product<26, 20>, Product<19, 65>, Product<29, 3>, Product<37, 89>) {
  for (const std::size_t samples : {std::size_t{1}, std::size_t{2}, std::size_t{7}, most_samples}) {
    CAPTURE(samples);
    CHECK(first_wrong_row<simd::Native, float, Case::in, Case::out>(samples) == Case::in);
    CHECK(first_wrong_row<simd::ConstantEvaluated, float, Case::in, Case::out>(samples) == Case::in);
  }
  if constexpr (Case::in < 20) CHECK(first_wrong_row<simd::Native, double, Case::in, Case::out>(5) == Case::in);
}

TEST_CASE("weight_gradient: SumGradient continues the chain, so parts of a batch give the bits of the whole") {
  PaddedRows<float, 24, 21> x;
  PaddedRows<float, 24, 10> dy;
  PaddedRows<float, 21, 10> whole, parts;
  PaddedRows<float, 1, 10> whole_bias, parts_bias;
  x.fill(1);
  dy.fill(2);
  kernels::weight_gradient<simd::Native>(x.rows(), dy.rows(), kernels::StoreGradient<float>{whole.values});
  kernels::bias_gradient<simd::Native>(dy.rows(), kernels::StoreGradient<float>{whole_bias.values});
  for (std::size_t first = 0; first < 24; first += 8) {
    const Rows<float, 21, PaddedRows<float, 24, 21>::stride> x_part{x.rows()[first], 8};
    const Rows<float, 10, PaddedRows<float, 24, 10>::stride> dy_part{dy.rows()[first], 8};
    if (first == 0) {
      kernels::weight_gradient<simd::Native>(x_part, dy_part, kernels::StoreGradient<float>{parts.values});
      kernels::bias_gradient<simd::Native>(dy_part, kernels::StoreGradient<float>{parts_bias.values});
    } else {
      kernels::weight_gradient<simd::Native>(x_part, dy_part, kernels::SumGradient<float>{parts.values});
      kernels::bias_gradient<simd::Native>(dy_part, kernels::SumGradient<float>{parts_bias.values});
    }
  }
  CHECK(same_bits(whole, parts));
  CHECK(same_bits(whole_bias, parts_bias));
}

TEST_CASE("bias_gradient: is the sum over the samples, in order") {
  PaddedRows<float, 9, 13> dy;
  PaddedRows<float, 1, 13> fast, scalar, naive;
  dy.fill(2);
  for (std::size_t row = 0; row < 9; ++row)
    for (std::size_t column = 0; column < 13; ++column) naive.values[column] += dy.rows()[row][column];
  kernels::bias_gradient<simd::Native>(dy.rows(), kernels::StoreGradient<float>{fast.values});
  kernels::bias_gradient<simd::ConstantEvaluated>(dy.rows(), kernels::StoreGradient<float>{scalar.values});
  CHECK(same_bits(fast, naive));
  CHECK(same_bits(scalar, naive));
}
