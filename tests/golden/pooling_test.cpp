#include <cortexpr/nn/layers/pooling/avg_pool2d.hpp>
#include <cortexpr/nn/layers/pooling/global_avg_pool.hpp>
#include <cortexpr/nn/layers/pooling/max_pool2d.hpp>

#include "layer.hpp"

using namespace cortexpr;

namespace {

template <class T, class LayerType>
void check(const std::string& prefix, golden::Tolerance tolerance) {
  CAPTURE(prefix);
  static const golden::File file{"pooling"};
  golden::LayerRun<T, LayerType, Shape<2, 6, 6>, 2> layer{file, tolerance};
  layer.run("X", prefix + "_U");
  CHECK(layer.output_off(prefix + "_Y") <= 1);
  CHECK(layer.input_gradient_off(prefix + "_dX") <= 1);
}

template <class T>
void check_all(golden::Tolerance tolerance) {
  check<T, MaxPool2D<2>>("max2", tolerance);
  check<T, AvgPool2D<2>>("avg2", tolerance);
  check<T, MaxPool2D<3, Stride<2>, Padding<1>>>("max3s2p1", tolerance);
  check<T, AvgPool2D<3, Stride<2>, Padding<1>>>("avg3s2p1", tolerance);
  check<T, GlobalAvgPool>("gap", tolerance);
}

}  // namespace

TEST_CASE("golden: pooling") {
  check_all<double>(golden::in_double);
  check_all<float>(golden::in_float);
}
