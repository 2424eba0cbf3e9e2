#include <cmath>
#include <cortexpr/nn/layers/attention/transformer_block.hpp>

#include "layer_laws.hpp"

using namespace cortexpr;
using laws::check_layer;

// The compiler makes a kernel once for all layers of the same shape, so the shapes repeat.

TEST_CASE("laws: MultiHeadAttention") {
  check_layer<Input<3, 4>, LayerNorm<>, MultiHeadAttention<2>>();
  check_layer<Input<5, 3>, MultiHeadAttention<1, Causal>, MultiHeadAttention<3, HeNormal>>();
  // One step has nothing to choose from, so its queries and keys have no gradient.
  using OneStep = Network<Input<1, 2>, LayerNorm<>, MultiHeadAttention<2, LecunNormal, Causal>>;
  laws::batch_is_singles<OneStep>();
  laws::parts_are_the_whole<OneStep>();
  laws::same_bits_in_the_compiler<OneStep>();
}

TEST_CASE("attention: what comes later changes nothing if it is causal") {
  constexpr std::size_t steps = 5, features = 4;
  const auto outputs = []<class Attention>(Attention, float last) {
    Network<Input<steps, features>, Attention> network;
    network.initialize(Seed{1});
    Tensor<float, Shape<steps, features>> input{};
    laws::fill_normal(input, 2);
    input(steps - 1, 0) = last;
    return network(input);
  };
  const auto a = outputs(MultiHeadAttention<2, Causal>{}, 1), b = outputs(MultiHeadAttention<2, Causal>{}, 2);
  const auto c = outputs(MultiHeadAttention<2>{}, 1), d = outputs(MultiHeadAttention<2>{}, 2);
  for (std::size_t j = 0; j < features; ++j) {
    for (std::size_t t = 0; t + 1 < steps; ++t) CHECK(a(t, j) == b(t, j));
    CHECK(a(steps - 1, j) != b(steps - 1, j));
    CHECK(c(0, j) != d(0, j));
  }
}

TEST_CASE("laws: TimeDistributed") {
  check_layer<Input<3, 4>, LayerNorm<>, TimeDistributed<Dense<6, Tanh>, Dropout<0.25f>, Dense<4>>>();
  check_layer<Input<2, 5>, TimeDistributed<Reshape<1, 5>, Conv1D<2, 2, Gelu>, Flatten>>();
  check_layer<Input<1, 1>, TimeDistributed<Dense<1>>, TimeDistributed<Residual<Dense<17, Tanh>, Dense<1>>>>();
}

TEST_CASE("laws: TransformerBlock") {
  check_layer<Input<3, 4>, TransformerBlock<4, 2, 6>, TransformerBlock<4, 2, 6, Causal>>();
}

TEST_CASE("attention is what its formula says") {
  constexpr std::size_t steps = 3, features = 6, heads = 2, width = features / heads;
  using Net = with_scalar<double, Network<Input<steps, features>, MultiHeadAttention<heads, Normal<0.5f>>>>;
  Net network;
  network.initialize(Seed{1});
  laws::fill_normal(network.block(), 2);
  Tensor<double, Shape<steps, features>> x{};
  laws::fill_normal(x, 3);
  const auto project = [&](const auto& from, auto weight, auto bias) {
    Tensor<double, Shape<steps, features>> to{};
    for (std::size_t t = 0; t < steps; ++t)
      for (std::size_t j = 0; j < features; ++j) {
        to(t, j) = bias[0][j];
        for (std::size_t k = 0; k < features; ++k) to(t, j) += from(t, k) * weight[k][j];
      }
    return to;
  };
  const auto q = project(x, network.parameter<"0.query_weight">(), network.parameter<"0.query_bias">());
  const auto k = project(x, network.parameter<"0.key_weight">(), network.parameter<"0.key_bias">());
  const auto v = project(x, network.parameter<"0.value_weight">(), network.parameter<"0.value_bias">());
  Tensor<double, Shape<steps, features>> seen{};
  for (std::size_t first = 0; first < features; first += width)
    for (std::size_t t = 0; t < steps; ++t) {
      double weights[steps]{}, total = 0;
      for (std::size_t s = 0; s < steps; ++s) {
        for (std::size_t j = first; j < first + width; ++j) weights[s] += q(t, j) * k(s, j);
        total += weights[s] = std::exp(weights[s] / std::sqrt(double{width}));
      }
      for (std::size_t s = 0; s < steps; ++s)
        for (std::size_t j = first; j < first + width; ++j) seen(t, j) += weights[s] / total * v(s, j);
    }
  const auto expected = project(seen, network.parameter<"0.output_weight">(), network.parameter<"0.output_bias">());
  const auto y = network(x);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(expected[i]).epsilon(1e-12));
}
