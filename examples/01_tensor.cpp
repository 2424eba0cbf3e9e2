// A tensor is a contiguous row-major array whose shape is part of its type. It is copied like any value and needs no
// heap.

#include <cortexpr/core/tensor.hpp>
#include <cstdio>

namespace cx = cortexpr;

using Matrix = cx::Tensor<float, cx::Shape<2, 3>>;

static_assert(Matrix::shape::rank == 2 && cx::extent<Matrix::shape, 1> == 3);
static_assert(sizeof(Matrix) == 6 * sizeof(float));

constexpr cx::Tensor<float, cx::Shape<2>> row_sums(const Matrix& matrix) {
  cx::Tensor<float, cx::Shape<2>> sums{};
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 3; ++column) sums[static_cast<std::size_t>(row)] += matrix(row, column);
  return sums;
}

// Tensors work in constant expressions.
constexpr Matrix scores{{1, 2, 3, 4, 5, 6}};
static_assert(scores(1, 2) == 6 && scores[5] == 6);
static_assert(row_sums(scores) == cx::Tensor<float, cx::Shape<2>>{{6, 15}});

int main() {
  Matrix matrix = scores;
  matrix(0, 0) = 10;
  for (int row = 0; row < 2; ++row)
    std::printf("%5.1f %5.1f %5.1f\n", double{matrix(row, 0)}, double{matrix(row, 1)}, double{matrix(row, 2)});
  const auto sums = row_sums(matrix);
  std::printf("sums of %zu elements, by row: %.1f and %.1f\n", matrix.size(), double{sums[0]}, double{sums[1]});
}
