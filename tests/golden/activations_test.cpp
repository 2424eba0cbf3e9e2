#include <cortexpr/nn/activations.hpp>
#include <cortexpr/simd/pack.hpp>

#include "golden.hpp"

using namespace cortexpr;

namespace {

const golden::File& file() {
  static const golden::File golden{"activations"};
  return golden;
}

/// Value and derivative at one point.
template <class ActivationType, class T>
struct Point {
  T value, derivative;

  explicit Point(double at) {
    using Pack = simd::Pack<T, 1>;
    const Pack x = Pack::broadcast(static_cast<T>(at));
    const Pack y = ActivationType::value(x);
    value = y.value;
    derivative = ActivationType::derivative(ActivationType::derivative_from == DerivativeFrom::input ? x : y).value;
  }
};

template <class ActivationType, class T>
void check(const std::string& name, golden::Tolerance tolerance) {
  CAPTURE(name);
  const std::vector<double>& x = file()["x"];
  CHECK(golden::distance(file()[name], [&](auto i) { return Point<ActivationType, T>{x[i]}.value; }, tolerance) <= 1);
  CHECK(golden::distance(
            file()["d" + name], [&](auto i) { return Point<ActivationType, T>{x[i]}.derivative; }, tolerance) <= 1);
}

template <class ActivationType>
void check_both(const std::string& name) {
  check<ActivationType, double>(name, golden::in_double);
  check<ActivationType, float>(name, golden::in_float);
}

}  // namespace

TEST_CASE("activations have the golden values and derivatives") {
  check_both<Linear>("linear");
  check_both<Sigmoid>("sigmoid");
  check_both<Tanh>("tanh");
  check_both<Relu>("relu");
  check_both<Relu6>("relu6");
  check_both<Elu>("elu");
  check_both<Gelu>("gelu");
  check_both<Silu>("silu");
  check_both<Softplus>("softplus");
  // Their slopes are floats, 0.01 and 0.2 are not.
  check<LeakyRelu<>, float>("leaky_relu", golden::in_float);
  check<LeakyRelu<0.2f>, double>("leaky_relu_02", golden::in_float);
}
