#include <cortexpr/train/losses.hpp>

#include "../laws/fixtures.hpp"
#include "golden.hpp"

using namespace cortexpr;
using laws::PaddedRows;

TEST_CASE_TEMPLATE("softmax and its cross entropy have the golden values, extreme logits included", T, float, double) {
  const golden::File file{"softmax_ce"};
  const golden::Tolerance tolerance = sizeof(T) == 8 ? golden::in_double : golden::in_float;
  using Pack = simd::Native::pack<T, 3>;

  PaddedRows<T, 5, 3> logits, targets, softmax, gradient;
  double loss = 0;
  for (std::size_t row = 0; row < 5; ++row) {
    for (std::size_t j = 0; j < 3; ++j) {
      logits.rows()[row][j] = static_cast<T>(file["Z"][row * 3 + j]);
      targets.rows()[row][j] = static_cast<T>(file["T"][row * 3 + j]);
    }
    kernels::softmax<Pack, 3>(logits.rows()[row], softmax.rows()[row]);
    loss += static_cast<double>(SoftmaxCrossEntropy{}.template operator()<simd::Native, 3>(
        logits.rows()[row], targets.rows()[row], gradient.rows()[row], T(0.2)));
  }
  CHECK(golden::distance_of_rows(file["softmax"], softmax.rows(), tolerance) <= 1);
  CHECK(golden::distance(file["cat_loss_unclipped_logsoftmax"], [&](auto) { return loss / 5; }, tolerance) <= 1);
  // The oracle's gradient is that of a softmax clipped to [1e-9, 1 - 1e-9].
  CHECK(golden::distance_of_rows(file["book_grad"], gradient.rows(), {1e-9 + tolerance.absolute, tolerance.relative}) <=
        1);

  PaddedRows<T, 1, 3> x, y;
  x.values[0] = 5, x.values[1] = 3, x.values[2] = 2;
  kernels::softmax<Pack, 3>(x.values, y.values);
  CHECK(golden::distance_of_rows(file["softmax_532"], y.rows(), tolerance) <= 1);
}
