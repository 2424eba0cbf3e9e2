#include <cortexpr/nn/layers/normalization/batch_norm.hpp>

#include "layer.hpp"

using namespace cortexpr;

namespace {

template <class T, class In, std::size_t B>
void check(const std::string& prefix, golden::Tolerance tolerance) {
  CAPTURE(prefix);
  static const golden::File file{"batchnorm"};
  golden::LayerRun<T, BatchNorm<>, In, B> layer{file, tolerance};
  using Bound = typename decltype(layer)::Bound;
  layer.set(Bound::scale, prefix + "_gamma").set(Bound::shift, prefix + "_beta");
  layer.set(Bound::running_mean, prefix + "_rm").set(Bound::running_variance, prefix + "_rv");

  layer.infer(prefix + "_X");
  CHECK(layer.output_off(prefix + "_eval_Y") <= 1);

  layer.run(prefix + "_X", prefix + "_train_U");
  CHECK(layer.output_off(prefix + "_train_Y") <= 1);
  CHECK(layer.input_gradient_off(prefix + "_train_dX") <= 1);
  CHECK(layer.gradient_off(Bound::scale, prefix + "_train_dgamma") <= 1);
  CHECK(layer.gradient_off(Bound::shift, prefix + "_train_dbeta") <= 1);
  CHECK(layer.parameter_off(Bound::running_mean, prefix + "_rm") <= 1);

  layer.update_statistics();
  CHECK(layer.parameter_off(Bound::running_mean, prefix + "_train_rm_after") <= 1);
  CHECK(layer.parameter_off(Bound::running_variance, prefix + "_train_rv_after") <= 1);
}

}  // namespace

TEST_CASE("golden: batch normalisation of vectors") {
  check<double, Shape<4>, 6>("bn1", golden::in_double);
  check<float, Shape<4>, 6>("bn1", {1e-5, 1e-5});
}

TEST_CASE("golden: batch normalisation of images") {
  check<double, Shape<2, 6, 6>, 2>("bn2", golden::in_double);
  check<float, Shape<2, 6, 6>, 2>("bn2", {1e-5, 1e-5});
}
