#include <cortexpr/nn/layers/normalization/group_norm.hpp>
#include <cortexpr/nn/layers/normalization/rms_norm.hpp>

#include "layer.hpp"

using namespace cortexpr;

namespace {

const golden::File& file() {
  static const golden::File golden{"normalization"};
  return golden;
}

template <class T, class LayerType, class In, std::size_t B>
void check(const std::string& prefix, golden::Tolerance tolerance) {
  CAPTURE(prefix);
  golden::LayerRun<T, LayerType, In, B> layer{file(), tolerance};
  using Bound = typename decltype(layer)::Bound;
  constexpr bool has_shift = requires { Bound::groups; };
  layer.set(Bound::scale, prefix + "_scale");
  if constexpr (has_shift) layer.set(Bound::shift, prefix + "_shift");
  layer.run(prefix + "_X", prefix + "_U");
  CHECK(layer.output_off(prefix + "_Y") <= 1);
  CHECK(layer.input_gradient_off(prefix + "_dX") <= 1);
  CHECK(layer.gradient_off(Bound::scale, prefix + "_dscale") <= 1);
  if constexpr (has_shift) CHECK(layer.gradient_off(Bound::shift, prefix + "_dshift") <= 1);
  layer.infer(prefix + "_X");
  CHECK(layer.output_off(prefix + "_Y") <= 1);
}

// Epsilon is a double in both types. Gradients are as large as 1 / sqrt(epsilon).
constexpr golden::Tolerance in_double{1e-10, 1e-12}, in_float{1e-4, 1e-5};

}  // namespace

TEST_CASE("golden: group normalisation, of images and of sequences, where epsilon counts") {
  check<double, GroupNorm<2>, Shape<4, 2, 3>, 2>("group", in_double);
  check<float, GroupNorm<2>, Shape<4, 2, 3>, 2>("group", in_float);
  check<double, GroupNorm<3, 1e-3>, Shape<6, 3>, 2>("group3", in_double);
  check<float, GroupNorm<3, 1e-3>, Shape<6, 3>, 2>("group3", in_float);
}

TEST_CASE("golden: root mean square normalisation, of vectors and of the rows of sequences, where epsilon counts") {
  check<double, RmsNorm<>, Shape<5>, 6>("rms", in_double);
  check<double, RmsNorm<>, Shape<3, 5>, 2>("rms", in_double);
  check<float, RmsNorm<>, Shape<5>, 6>("rms", in_float);
  check<double, RmsNorm<1e-3>, Shape<3, 5>, 2>("rms3", in_double);
  check<float, RmsNorm<1e-3>, Shape<3, 5>, 2>("rms3", in_float);
}
