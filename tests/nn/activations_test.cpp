#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cortexpr/nn/activations.hpp>
#include <cortexpr/simd/pack.hpp>
#include <limits>

using namespace cortexpr;

namespace {

template <class ActivationType, class T = double>
T value(double x) {
  return ActivationType::value(simd::Pack<T, 1>::broadcast(static_cast<T>(x))).value;
}

}  // namespace

// The activations that the golden files lack, against their definitions.
TEST_CASE("activations: definitions") {
  for (double x = -9; x <= 9; x += 0.375) {
    CAPTURE(x);
    const double softplus = std::log1p(std::exp(x));
    CHECK(value<Selu>(x) == doctest::Approx(1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x))));
    CHECK(value<HardSigmoid>(x) == doctest::Approx(std::min(std::max(x / 6 + 0.5, 0.0), 1.0)));
    CHECK(value<HardSwish>(x) == doctest::Approx(x * std::min(std::max(x / 6 + 0.5, 0.0), 1.0)));
    CHECK(value<Mish>(x) == doctest::Approx(x * std::tanh(softplus)));
    CHECK(value<LeakyRelu<0.25f>>(x) == doctest::Approx(x > 0 ? x : x / 4));
  }
}

#define CORTEXPR_ELEMENTWISE \
  Linear, Sigmoid, Tanh, Relu, LeakyRelu<>, Relu6, Elu, Selu, Gelu, Silu, HardSigmoid, HardSwish, Softplus, Mish

// If an activation turned NaN into a number, training would not notice a broken network.
TEST_CASE_TEMPLATE("activations: NaN stays NaN", AnyOne, CORTEXPR_ELEMENTWISE) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(value<AnyOne, double>(nan)));
  CHECK(std::isnan(value<AnyOne, float>(nan)));
  using Pack = simd::NativePack<float>;
  alignas(Pack) float values[Pack::lanes];
  AnyOne::value(Pack::broadcast(std::numeric_limits<float>::quiet_NaN())).store(values);
  for (const float each : values) CHECK(std::isnan(each));
}

TEST_CASE_TEMPLATE("activations: large arguments give finite values and derivatives", AnyOne, CORTEXPR_ELEMENTWISE) {
  using Pack = simd::Pack<float, 1>;
  for (const float x : {-1e30f, -200.0f, -90.0f, 90.0f, 200.0f, 1e30f}) {
    CAPTURE(x);
    const Pack y = AnyOne::value(Pack::broadcast(x));
    CHECK(std::isfinite(y.value));
    CHECK(std::abs(y.value) <= 1.06f * std::abs(x));
    const Pack of = AnyOne::derivative_from == DerivativeFrom::input ? Pack::broadcast(x) : y;
    CHECK(std::isfinite(AnyOne::derivative(of).value));
  }
}

namespace {

/// An activation of a user's own that only clamps.
struct HardTanh {
  [[maybe_unused]] static constexpr auto derivative_from = DerivativeFrom::output;
  static constexpr Clamp clamp{-1, 1};
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return min(detail::constant<Pack>(1), max(detail::constant<Pack>(-1), x));
  }
};

}  // namespace

static_assert(Clamping<Linear> && Clamping<Relu> && Clamping<Relu6> && Clamping<HardTanh>);
static_assert(!Clamping<LeakyRelu<>> && !Clamping<HardSigmoid> && !Clamping<Tanh> && !Clamping<Softmax>);

TEST_CASE_TEMPLATE("activations: `clamp` holds the bounds of those that only clamp", AnyOne, Linear, Relu, Relu6,
                   HardTanh) {
  for (const float x : {-1e30f, -3.0f, -0.5f, 0.0f, 0.5f, 5.0f, 7.0f, 1e30f})
    CHECK(value<AnyOne, float>(double{x}) == std::min(std::max(x, AnyOne::clamp.lowest), AnyOne::clamp.highest));
}
