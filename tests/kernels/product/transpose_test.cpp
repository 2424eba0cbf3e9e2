#include <doctest/doctest.h>

#include <cortexpr/kernels/product/transpose.hpp>
#include <cstddef>
#include <vector>

#include "../../laws/fixtures.hpp"

using namespace cortexpr;
using laws::PaddedRows;

namespace {

/// Whether rows have become columns, and the elements between columns are unchanged.
template <class Simd, class T, std::size_t Rows, std::size_t Columns>
bool turns_over() {
  constexpr std::size_t from_distance = Columns + 3, to_distance = Rows + 2;
  std::vector<T> from(Rows * from_distance), to(Columns * to_distance, T(7));
  laws::fill_normal(from, 1);
  kernels::transpose<Simd, Rows, Columns>(from.data(), from_distance, to.data(), to_distance);
  for (std::size_t c = 0; c < Columns; ++c)
    for (std::size_t r = 0; r < to_distance; ++r)
      if (to[c * to_distance + r] != (r < Rows ? from[r * from_distance + c] : T(7))) return false;
  return true;
}

template <std::size_t Rows, std::size_t Columns>
struct Sizes {
  static constexpr std::size_t rows = Rows, columns = Columns;
};

}  // namespace

TEST_CASE_TEMPLATE("transpose: of whole blocks, blocks and a rest, and less than a block", Of, Sizes<1, 1>, Sizes<5, 3>,
                   Sizes<4, 4>, Sizes<16, 16>, Sizes<16, 100>, Sizes<25, 16>, Sizes<17, 33>, Sizes<8, 2>,
                   Sizes<9, 12>) {
  CHECK(turns_over<simd::Native, float, Of::rows, Of::columns>());
  CHECK(turns_over<simd::Native, double, Of::rows, Of::columns>());
  CHECK(turns_over<simd::ConstantEvaluated, float, Of::rows, Of::columns>());
}

TEST_CASE("transpose: padding becomes zero") {
  PaddedRows<float, 5, 3> from;
  PaddedRows<float, 3, 5> transposed;
  from.fill(1);
  for (float& value : transposed.values) value = 9;
  kernels::transpose<simd::Native>(from.rows(), transposed.rows());
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < transposed.stride; ++column)
      CHECK(transposed.rows()[row][column] == (column < 5 ? from.rows()[column][row] : 0.0f));
}
