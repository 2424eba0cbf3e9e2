#include "padding.hpp"

#include <array>

using namespace cortexpr;
using laws::padding_is_zero;
template <class LayerType, class In>
using Case = laws::PaddingCase<LayerType, In>;

TEST_CASE_TEMPLATE("layers write zeros into the padding", One, Case<LayerNorm<>, Shape<5>>,
                   Case<LayerNorm<>, Shape<3, 7>>, Case<LayerNorm<>, Shape<37>>, Case<RmsNorm<>, Shape<5>>,
                   Case<RmsNorm<>, Shape<3, 19>>, Case<GroupNorm<3>, Shape<6, 3>>, Case<GroupNorm<1>, Shape<3, 3, 7>>,
                   Case<BatchNorm<>, Shape<5>>, Case<BatchNorm<>, Shape<37>>, Case<BatchNorm<>, Shape<3, 3, 7>>,
                   Case<Embedding<3, 5>, Shape<5>>, Case<Embedding<3, 1>, Shape<7>>) {
  One::template check<float>();
  One::template check<double>();
  One::template check<float, simd::ConstantEvaluated>();
  One::template check<double, simd::ConstantEvaluated>();
}

TEST_CASE_TEMPLATE(
    "padding of parameters and statistics stays zero while training", Net,
    Network<Input<5>, BatchNorm<>, Dense<19>, BatchNorm<>, LayerNorm<>, Dense<3>, RmsNorm<>>,
    Network<Input<3, 5, 7>, GroupNorm<1>, BatchNorm<>, Conv2D<6, 3>, GroupNorm<3>, BatchNorm<>, Flatten, Dense<3>>,
    with_scalar<double, Network<Input<7>, Embedding<5, 3>, BatchNorm<>, Flatten, Dense<3>>>) {
  Net network;
  network.initialize(Seed{1});
  Trainer trainer{network, SoftmaxCrossEntropy{}, AdamW{}, batch_size<6, 3>};
  typename decltype(trainer)::template Inputs<6> inputs{};
  std::array<std::uint32_t, 6> labels{};
  for (std::uint64_t step = 0; step < 3; ++step) {
    laws::fill_normal(inputs, step);
    laws::fill_labels(labels, step, 3);
    trainer.step(inputs, labels);
  }
  std::size_t numbers = 0;
  detail::for_each_parameter<typename Net::chain>(network.data(), [&](auto, auto rows) {
    CHECK(padding_is_zero(rows));
    numbers += simd::block_size<typename Net::value_type>(rows.count, rows.columns);
  });
  CHECK(numbers == Net::block_elements);  // none overlap, and there is nothing else
}
