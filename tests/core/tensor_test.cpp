#include <doctest/doctest.h>

#include <cortexpr/core/tensor.hpp>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>

using namespace cortexpr;

using Scores = Tensor<float, Shape<2, 3>>;

// A value initialized from a braced list, in constant expressions too; elements that the list omits are zero.
static_assert(std::is_trivially_copyable_v<Scores> && std::is_aggregate_v<Scores>);
static_assert(sizeof(Scores) == 6 * sizeof(float));
constexpr Scores scores{{1, 2, 3, 4, 5, 6}};
static_assert(scores(1, 2) == 6 && scores(0, 1) == 2 && scores[3] == 4 && scores.size() == 6);
static_assert(Scores{{1, 2}}[5] == 0 && Scores{}[0] == 0);
static_assert(std::is_same_v<Scores::shape, Shape<2, 3>> && std::is_same_v<Scores::value_type, float>);
static_assert(scores == Scores{{1, 2, 3, 4, 5, 6}} && scores != Scores{{1, 2, 3, 4, 5, 7}});
static_assert(Tensor<int, Shape<>>{{4}}() == 4);

TEST_CASE("tensor: elements lie row-major, the last index is contiguous") {
  Tensor<int, Shape<2, 3, 4>> tensor{};
  std::iota(tensor.begin(), tensor.end(), 0);
  CHECK(tensor.end() - tensor.begin() == 24);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) CHECK(tensor(i, j, k) == (i * 3 + j) * 4 + k);
  tensor(1, 2, 3) = 99;
  CHECK(tensor[23] == 99);
  CHECK(*(tensor.data() + 23) == 99);
}

TEST_CASE("tensor: converts to a span of all its elements") {
  Scores tensor = scores;
  const std::span<float, 6> writable = tensor;
  writable[1] = 20;
  const std::span<const float> readable = std::as_const(tensor);
  CHECK(readable[1] == 20);
  CHECK(readable.size() == 6);
}

TEST_CASE("rows: a view of rows with padding between them") {
  int values[8] = {1, 2, 3, 0, 4, 5, 6, 0};
  const Rows<int, 3, 4> rows{values, 2};
  static_assert(Rows<int, 3, 4>::columns == 3 && Rows<int, 3, 4>::stride == 4 && Rows<int, 3>::stride == 3);
  CHECK(rows[1][0] == 4);
  rows[1][2] = 60;
  const Rows<const int, 3, 4> readable = rows;
  CHECK(readable[1][2] == 60);
  CHECK(readable.count == 2);
}
