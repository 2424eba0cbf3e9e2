#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/kernels/update/update.hpp>

#include "../../laws/fixtures.hpp"

using namespace cortexpr;
using laws::PaddedRows;
using laws::same_bits;

namespace {

/// Counts, in its only slot, how often an element was updated, and adds the gradient.
struct Count {
  template <class Pack>
  constexpr void operator()(Pack& parameter, Pack gradient, Pack* state) const {
    state[0] = state[0] + Pack::broadcast(1);
    parameter = parameter + gradient;
  }
};

}  // namespace

TEST_CASE("update_block: each element of the block once, none beyond") {
  for (const std::size_t count : {16u, 32u, 48u}) {
    CAPTURE(count);
    PaddedRows<float, 1, 48> parameters, gradient, before;
    PaddedRows<float, 1, 48> state;
    parameters.fill(1);
    before.fill(1);
    gradient.fill(2);
    kernels::update_block<simd::Native, 1>(parameters.values, gradient.values, state.values, 48, count, Count{});
    for (std::size_t i = 0; i < 48; ++i) {
      CHECK(state.values[i] == (i < count ? 1.0f : 0.0f));
      CHECK(parameters.values[i] == (i < count ? before.values[i] + gradient.values[i] : before.values[i]));
    }
  }
}

TEST_CASE_TEMPLATE("sum_of_squares: is close to the true sum, the same on all backends, and ignores the padding", T,
                   float, double) {
  PaddedRows<T, 9, 13> rows;
  rows.fill(1);
  double expected = 0;
  for (const T value : rows.values) expected += static_cast<double>(value) * static_cast<double>(value);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (i % rows.stride >= 13) rows.values[i] = 100;
  const T sum = kernels::sum_of_squares<simd::Native>(rows.rows());
  CHECK(static_cast<double>(sum) == doctest::Approx(expected).epsilon(1e-6));
  CHECK(same_bits(kernels::sum_of_squares<simd::ConstantEvaluated>(rows.rows()), sum));
}

TEST_CASE("scale_block: multiplies every element") {
  PaddedRows<float, 1, 48> values, before;
  values.fill(1);
  before.fill(1);
  kernels::scale_block<simd::Native>(values.values, 48, 0.3f);
  for (std::size_t i = 0; i < 48; ++i) CHECK(values.values[i] == before.values[i] * 0.3f);
}
