#include <cortexpr/nn/layers/convolution/depthwise_conv2d.hpp>

#include "layer.hpp"

using namespace cortexpr;

namespace {

template <class T, class LayerType>
void check(const std::string& prefix, golden::Tolerance tolerance, const std::string& number = "") {
  CAPTURE(prefix);
  static const golden::File file{"depthwise_conv2d"};
  golden::LayerRun<T, LayerType, Shape<2, 6, 6>, 2> layer{file, tolerance};
  using Bound = typename decltype(layer)::Bound;
  layer.set(Bound::weight, "W" + number).set(Bound::bias, "b" + number).run("X", prefix + "_U");
  CHECK(layer.output_off(prefix + "_Y") <= 1);
  CHECK(layer.input_gradient_off(prefix + "_dX") <= 1);
  CHECK(layer.gradient_off(Bound::weight, prefix + "_dW" + number) <= 1);
  CHECK(layer.gradient_off(Bound::bias, prefix + "_db" + number) <= 1);
}

template <class T>
void check_all(golden::Tolerance tolerance) {
  check<T, DepthwiseConv2D<3>>("s1_valid", tolerance);
  check<T, DepthwiseConv2D<3, Same>>("s1_same", tolerance);
  check<T, DepthwiseConv2D<3, Stride<2>>>("s2_valid", tolerance);
  check<T, DepthwiseConv2D<3, Stride<2>, Padding<1>>>("s2_same", tolerance);
  check<T, DepthwiseConv2D<3, Stride<2>, Same>>("s2_sameTF", tolerance);
  check<T, DepthwiseConv2D<3, Multiplier<2>, Same>>("m2", tolerance, "2");
}

}  // namespace

TEST_CASE("golden: depthwise_conv2d") {
  check_all<double>(golden::in_double);
  check_all<float>({1e-5, 1e-5});
}
