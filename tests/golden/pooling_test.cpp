#include <cortexpr/nn/layers/pooling/avg_pool2d.hpp>
#include <cortexpr/nn/layers/pooling/global_avg_pool.hpp>
#include <cortexpr/nn/layers/pooling/max_pool1d.hpp>
#include <cortexpr/nn/layers/pooling/max_pool2d.hpp>

#include "layer.hpp"

using namespace cortexpr;

namespace {

template <class T, class LayerType, class In = Shape<2, 6, 6>>
void check(const golden::File& file, const std::string& prefix, golden::Tolerance tolerance,
           const std::string& input = "X") {
  CAPTURE(prefix);
  golden::LayerRun<T, LayerType, In, 2> layer{file, tolerance};
  layer.run(input, prefix + "_U");
  CHECK(layer.output_off(prefix + "_Y") <= 1);
  CHECK(layer.input_gradient_off(prefix + "_dX") <= 1);
}

template <class T>
void check_all(golden::Tolerance tolerance) {
  static const golden::File file{"pooling"};
  check<T, MaxPool2D<2>>(file, "max2", tolerance);
  check<T, AvgPool2D<2>>(file, "avg2", tolerance);
  check<T, MaxPool2D<3, Stride<2>, Padding<1>>>(file, "max3s2p1", tolerance);
  check<T, AvgPool2D<3, Stride<2>, Padding<1>>>(file, "avg3s2p1", tolerance);
  check<T, GlobalAvgPool>(file, "gap", tolerance);
}

// A border of zeros would be larger than every input.
template <class T>
void check_negatives(golden::Tolerance tolerance) {
  static const golden::File file{"pooling_of_negatives"};
  check<T, MaxPool2D<3, Stride<1>, Padding<1>>>(file, "max3s1p1", tolerance);
  check<T, MaxPool2D<3, Stride<2>, Padding<1, 0, 2, 1>>>(file, "max3s2p1021", tolerance);
  check<T, MaxPool1D<3, Stride<1>, Padding<1>>, Shape<4, 18>>(file, "max3s1p1_sequence", tolerance);
  check<T, MaxPool2D<2>>(file, "ties2", tolerance, "ties_X");
  check<T, MaxPool2D<3, Stride<1>, Padding<1>>>(file, "ties3s1p1", tolerance, "ties_X");
}

}  // namespace

TEST_CASE("golden: pooling") {
  check_all<double>(golden::in_double);
  check_all<float>(golden::in_float);
}

TEST_CASE("golden: the border of a maximum is no input, and the gradient goes to the first of equal maxima") {
  check_negatives<double>(golden::in_double);
  check_negatives<float>(golden::in_float);
}
