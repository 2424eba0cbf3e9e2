#include <doctest/doctest.h>

#include <cortexpr/nn/network.hpp>

#include "../../../laws/fixtures.hpp"

using namespace cortexpr;

namespace {

template <class A, class B>
double dot(const A& a, const B& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

// For all x and y: <conv(y), x> = <y, transposed(x)>.
TEST_CASE("TransposedConv2D is the transpose of Conv2D with the same weight") {
  constexpr KernelSize kernel{3, 2};
  using Down = with_scalar<double, Network<Input<3, 7, 6>, Conv2D<2, kernel, Stride<2>, Padding<1>>>>;
  using Up = with_scalar<double, Network<Input<2, 4, 4>, TransposedConv2D<3, kernel, Stride<2>, Padding<1>>>>;
  static_assert(std::is_same_v<Up::output_shape, Down::input_shape>);
  static_assert(std::is_same_v<Up::input_shape, Down::output_shape>);
  Down down;
  Up up;
  down.initialize(Seed{1});
  const auto from = down.parameter<"0.weight">();
  const auto to = up.parameter<"0.weight">();
  for (std::size_t row = 0; row < from.count; ++row)
    for (std::size_t i = 0; i < from.columns; ++i) to[row][i] = from[row][i];
  Down::InputTensor y{};
  Up::InputTensor x{};
  laws::fill_normal(y, 1);
  laws::fill_normal(x, 2);
  CHECK(dot(down(y), x) == doctest::Approx(dot(y, up(x))).epsilon(1e-12));
}
