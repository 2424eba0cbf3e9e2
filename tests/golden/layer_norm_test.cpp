#include <cortexpr/nn/layers/normalization/layer_norm.hpp>

#include "layer.hpp"

using namespace cortexpr;

namespace {

template <class T, class In, std::size_t B>
void check(golden::Tolerance tolerance) {
  static const golden::File file{"layernorm"};
  golden::LayerRun<T, LayerNorm<>, In, B> layer{file, tolerance};
  using Bound = typename decltype(layer)::Bound;
  layer.set(Bound::scale, "gamma").set(Bound::shift, "beta").run("X", "U");
  CHECK(layer.output_off("Y") <= 1);
  CHECK(layer.input_gradient_off("dX") <= 1);
  CHECK(layer.gradient_off(Bound::scale, "dgamma") <= 1);
  CHECK(layer.gradient_off(Bound::shift, "dbeta") <= 1);
  layer.infer("X");
  CHECK(layer.output_off("Y") <= 1);
}

}  // namespace

TEST_CASE("golden: layer normalisation, of vectors and of the rows of sequences") {
  check<double, Shape<4>, 6>(golden::in_double);
  check<double, Shape<3, 4>, 2>(golden::in_double);
  check<float, Shape<4>, 6>({1e-5, 1e-5});
  check<float, Shape<3, 4>, 2>({1e-5, 1e-5});
}
