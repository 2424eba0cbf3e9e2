#include <doctest/doctest.h>

#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/kernels/reference.hpp>
#include <limits>

#include "../../laws/fixtures.hpp"

using namespace cortexpr;
using laws::PaddedRows;
using laws::same_bits;

namespace {

template <class Simd, std::size_t Columns, class T, class Join>
T reduce(const PaddedRows<T, 1, Columns>& row, T neutral, Join join) {
  using Pack = typename Simd::template pack<T, Columns>;
  return kernels::reduce_row<Pack, Columns>(neutral, [&](std::size_t j) { return Pack::load(row.values + j); }, join);
}

template <class T, std::size_t Columns>
void check_reduce() {
  CAPTURE(Columns);
  PaddedRows<T, 1, Columns> row;
  row.fill(Columns);
  const T sum = kernels::reference::sum<Columns>(row.values);
  T largest = row.values[0];
  for (std::size_t j = 1; j < Columns; ++j) largest = row.values[j] > largest ? row.values[j] : largest;
  // What lies in the padding must not count.
  for (std::size_t j = Columns; j < row.stride; ++j) row.values[j] = T(1000);
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  CHECK(same_bits(reduce<simd::Native, Columns>(row, T(0), kernels::Plus{}), sum));
  CHECK(same_bits(reduce<simd::ConstantEvaluated, Columns>(row, T(0), kernels::Plus{}), sum));
  CHECK(same_bits(reduce<simd::Native, Columns>(row, lowest, kernels::Larger{}), largest));
  CHECK(same_bits(reduce<simd::ConstantEvaluated, Columns>(row, lowest, kernels::Larger{}), largest));
}

}  // namespace

TEST_CASE_TEMPLATE("reduce_row: is the naive sum in the documented order, and the maximum", T, float, double) {
  [&]<std::size_t... Columns>(std::index_sequence<Columns...>) {
    (check_reduce<T, Columns>(), ...);
  }(std::index_sequence<1, 3, 4, 5, 8, 9, 16, 17, 31, 100>{});
}

TEST_CASE("reduce_row: sums are close to the true sum") {
  PaddedRows<float, 1, 1000> row;
  row.fill(1);
  double sum = 0;
  for (std::size_t j = 0; j < 1000; ++j) sum += static_cast<double>(row.values[j]);
  CHECK(static_cast<double>(reduce<simd::Native>(row, 0.0f, kernels::Plus{})) == doctest::Approx(sum).epsilon(1e-5));
}
