#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/kernels/int8/fake_quantize.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>
#include <limits>

#include "../../laws/fixtures.hpp"

using namespace cortexpr;
using laws::PaddedRows;
using laws::same_bits;

namespace {

constexpr std::size_t rows = 3, columns = 37;
using Numbers = PaddedRows<float, rows, columns>;
constexpr Quantization grid{.scale = 0.013f, .zero_point = -31};
constexpr kernels::Int8Grid<float> as_real{grid.scale, -31};

constexpr Numbers numbers(std::uint64_t stream) {
  Numbers result;
  result.fill(stream);
  return result;
}

template <class Simd>
constexpr Numbers rounded() {
  Numbers x = numbers(1), y = numbers(2);
  kernels::fake_quantize<Simd>(x.rows(), y.rows(), as_real);
  return y;
}
template <class Simd>
constexpr Numbers cut() {
  Numbers x = numbers(1), gradient = numbers(2);
  kernels::mask_gradient<Simd>(x.rows(), gradient.rows(), as_real);
  return gradient;
}
template <class Simd>
constexpr Numbers rounded_rows() {
  Numbers x = numbers(1), y = numbers(2);
  kernels::fake_quantize_rows<Simd>(x.rows(), y.rows());
  return y;
}
template <class Simd>
constexpr Numbers rounded_columns() {
  Numbers x = numbers(1), y = numbers(2);
  PaddedRows<float, 1, columns> scales;
  kernels::fake_quantize_columns<Simd>(x.rows(), y.rows(), scales.data());
  return y;
}
template <class Simd>
constexpr Tensor<float, Shape<2>> seen() {
  const Numbers x = numbers(1);
  Tensor<float, Shape<2>> range{};
  kernels::range_with_zero<Simd>(Rows<const float, columns, Numbers::stride>{x.values, rows}, range.data());
  return range;
}

}  // namespace

TEST_CASE("numbers become those that int8 values represent") {
  Numbers x = numbers(1), y = rounded<simd::Native>();
  int ends = 0;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < columns; ++i) {
      const std::int8_t value = grid.int8_value(x.rows()[row][i]);
      CHECK(y.rows()[row][i] == grid.real_value(value));
      ends += value == -128 || value == 127;
    }
  CHECK(ends > 0);
  CHECK(ends < 60);
}

TEST_CASE("gradients pass where numbers lie in the range of the grid, and are zero elsewhere") {
  Numbers x = numbers(1), before = numbers(2), after = cut<simd::Native>();
  int passed = 0;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < columns; ++i) {
      const bool inside = x.rows()[row][i] >= grid.real_value(-128) && x.rows()[row][i] <= grid.real_value(127);
      CHECK(after.rows()[row][i] == (inside ? before.rows()[row][i] : 0));
      passed += inside;
    }
  CHECK(passed > 60);
  CHECK(passed < 111);
}

TEST_CASE("each row, or column, of weights has a scale of its own, and its largest weight is 127 times the scale") {
  Numbers x = numbers(1), by_row = rounded_rows<simd::Native>(), by_column = rounded_columns<simd::Native>();
  const auto check = [](std::size_t count, auto from, auto to) {
    float largest = 0;
    for (std::size_t k = 0; k < count; ++k) largest = std::fmax(largest, std::abs(from(k)));
    const float scale = largest / 127;
    for (std::size_t k = 0; k < count; ++k) {
      const float value = std::nearbyint(from(k) / scale);
      CHECK(to(k) == scale * value);
      CHECK(std::abs(value) <= 127);
    }
  };
  for (std::size_t row = 0; row < rows; ++row)
    check(
        columns, [&](std::size_t k) { return x.rows()[row][k]; }, [&](std::size_t k) { return by_row.rows()[row][k]; });
  for (std::size_t i = 0; i < columns; ++i)
    check(rows, [&](std::size_t k) { return x.rows()[k][i]; }, [&](std::size_t k) { return by_column.rows()[k][i]; });
}

TEST_CASE("ranges hold all numbers, and 0") {
  const auto range = seen<simd::Native>();
  float lowest = 0, highest = 0;
  const Numbers x = numbers(1);
  for (const float value : x.values) lowest = std::fmin(lowest, value), highest = std::fmax(highest, value);
  CHECK(range[0] == lowest);
  CHECK(range[1] == highest);
  PaddedRows<float, 1, 5> positive;
  for (std::size_t i = 0; i < 5; ++i) positive.values[i] = 2;
  float range_of_positive[2];
  kernels::range_with_zero<simd::Native>(positive.rows(), range_of_positive);
  CHECK(same_bits(range_of_positive[0], 0.0f));
  CHECK(range_of_positive[1] == 2);
}

TEST_CASE("SIMD = scalar = constant expression") {
  constexpr Numbers in_compiler[] = {rounded<simd::ConstantEvaluated>(), cut<simd::ConstantEvaluated>(),
                                     rounded_rows<simd::ConstantEvaluated>(),
                                     rounded_columns<simd::ConstantEvaluated>()};
  CHECK(same_bits(laws::at_run_time(rounded<simd::Native>), in_compiler[0]));
  CHECK(same_bits(laws::at_run_time(cut<simd::Native>), in_compiler[1]));
  CHECK(same_bits(laws::at_run_time(rounded_rows<simd::Native>), in_compiler[2]));
  CHECK(same_bits(laws::at_run_time(rounded_columns<simd::Native>), in_compiler[3]));
  constexpr auto range = seen<simd::ConstantEvaluated>();
  CHECK(same_bits(laws::at_run_time(seen<simd::Native>), range));
}

TEST_CASE("NaN stays NaN, and infinities become the ends of the range") {
  using Limits = std::numeric_limits<float>;
  PaddedRows<float, 1, 5> x;
  const float values[] = {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::denorm_min(), -0.0f};
  for (std::size_t i = 0; i < 5; ++i) x.values[i] = values[i];
  kernels::fake_quantize<simd::Native>(x.rows(), x.rows(), as_real);
  CHECK(std::isnan(x.values[0]));
  CHECK(x.values[1] == grid.real_value(127));
  CHECK(x.values[2] == grid.real_value(-128));
  CHECK(x.values[3] == 0);
  CHECK(x.values[4] == 0);
}

TEST_CASE("weights that are all zero stay so") {
  PaddedRows<float, 2, 5> x, y;
  y.fill(1);
  kernels::fake_quantize_rows<simd::Native>(x.rows(), y.rows());
  for (const float value : y.values) CHECK(value == 0);
}
