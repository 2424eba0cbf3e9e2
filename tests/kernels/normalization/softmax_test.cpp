#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/kernels/normalization/softmax.hpp>

#include "../../laws/fixtures.hpp"

using namespace cortexpr;
using laws::PaddedRows;
using laws::same_bits;

namespace {

template <class Simd, class T, std::size_t Columns>
T softmax(const PaddedRows<T, 1, Columns>& x, PaddedRows<T, 1, Columns>& y) {
  return kernels::softmax<typename Simd::template pack<T, Columns>, Columns>(x.values, y.values);
}

template <class T, std::size_t Columns>
void check_softmax(double tolerance) {
  CAPTURE(Columns);
  PaddedRows<T, 1, Columns> x, y, scalar;
  x.fill(1);
  for (std::size_t j = Columns; j < x.stride; ++j) x.values[j] = y.values[j] = T(50);
  const T log_total = softmax<simd::Native>(x, y);
  CHECK(same_bits(softmax<simd::ConstantEvaluated>(x, scalar), log_total));
  double total = 0;
  for (std::size_t j = 0; j < Columns; ++j) total += std::exp(static_cast<double>(x.values[j]));
  CHECK(std::abs(static_cast<double>(log_total) - std::log(total)) <= tolerance);
  for (std::size_t j = 0; j < Columns; ++j) {
    CHECK(std::abs(static_cast<double>(y.values[j]) - std::exp(static_cast<double>(x.values[j])) / total) <= tolerance);
    CHECK(same_bits(scalar.values[j], y.values[j]));
  }
  for (std::size_t j = Columns; j < x.stride; ++j) CHECK(y.values[j] == 0);
}

}  // namespace

TEST_CASE("softmax: matches its definition, ignores and clears the padding") {
  check_softmax<double, 1>(1e-15);
  check_softmax<double, 3>(1e-15);
  check_softmax<double, 21>(1e-15);
  check_softmax<float, 2>(2e-7);
  check_softmax<float, 10>(2e-7);
  check_softmax<float, 37>(4e-7);
}

TEST_CASE("softmax: large logits do not overflow, small ones do not vanish, equal ones get equal shares") {
  PaddedRows<float, 1, 3> x, y;
  const auto of = [&](float a, float b, float c) {
    x.values[0] = a, x.values[1] = b, x.values[2] = c;
    return softmax<simd::Native>(x, y);
  };
  CHECK(of(3e38f, 0, -3e38f) == 3e38f);
  CHECK(y.values[0] == 1);
  CHECK(y.values[1] == 0);
  CHECK(of(-3e38f, -3e38f, -3e38f) == -3e38f);
  CHECK(y.values[2] == doctest::Approx(1.0 / 3));
  of(-1000, -1001, -1002);
  CHECK(y.values[0] == doctest::Approx(0.66524096));
}

TEST_CASE("softmax: NaN stays NaN") {
  PaddedRows<float, 1, 5> x, y;
  for (std::size_t position = 0; position < 5; ++position) {
    for (float& value : x.values) value = 1;
    x.values[position] = std::nanf("");
    CHECK(std::isnan(softmax<simd::Native>(x, y)));
  }
}
