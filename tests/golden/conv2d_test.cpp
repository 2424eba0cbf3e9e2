#include <cortexpr/nn/layers/convolution/conv2d.hpp>

#include "layer.hpp"

using namespace cortexpr;

namespace {

template <class T, class LayerType>
void check(const std::string& prefix, golden::Tolerance tolerance) {
  CAPTURE(prefix);
  static const golden::File file{"conv2d"};
  golden::LayerRun<T, LayerType, Shape<2, 6, 6>, 2> layer{file, tolerance};
  using Bound = typename decltype(layer)::Bound;
  layer.set(Bound::weight, "W").set(Bound::bias, "b").run("X", prefix + "_U");
  CHECK(layer.output_off(prefix + "_Y") <= 1);
  CHECK(layer.input_gradient_off(prefix + "_dX") <= 1);
  CHECK(layer.gradient_off(Bound::weight, prefix + "_dW") <= 1);
  CHECK(layer.gradient_off(Bound::bias, prefix + "_db") <= 1);
}

template <class T>
void check_all(golden::Tolerance tolerance) {
  check<T, Conv2D<3, 3>>("s1_valid", tolerance);
  check<T, Conv2D<3, 3, Same>>("s1_same", tolerance);
  check<T, Conv2D<3, 3, Stride<2>>>("s2_valid", tolerance);
  check<T, Conv2D<3, 3, Stride<2>, Padding<1>>>("s2_same", tolerance);
  check<T, Conv2D<3, 3, Stride<2>, Same>>("s2_sameTF", tolerance);
}

}  // namespace

TEST_CASE("golden: conv2d") {
  check_all<double>(golden::in_double);
  check_all<float>({1e-5, 1e-5});
}
