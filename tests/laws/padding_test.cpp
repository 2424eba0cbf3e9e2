#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <limits>
#include <memory>

#include "fixtures.hpp"

// A row is padded to whole packs of zeros. Whatever lay there before, layers write zeros.

using namespace cortexpr;

namespace {

template <class Rows>
bool padding_is_zero(Rows rows) {
  for (std::size_t row = 0; row < rows.count; ++row)
    for (std::size_t i = Rows::columns; i < Rows::stride; ++i)
      if (!(rows[row][i] == 0)) return false;
  return true;
}

template <class Simd, class T, class LayerType, class In>
void check_layer() {
  constexpr std::size_t samples = 3;
  using Bound = typename LayerType::template Bound<T, In>;
  using Link = detail::Link<Bound, simd::row_stride<T>(In::size)>;
  using Memory = detail::LayerMemory<Bound>;
  struct Data {
    laws::PaddedRows<T, samples, In::size> x, dx;
    laws::PaddedRows<T, samples, Bound::output_shape::size> y, dy;
    alignas(64) T parameters[Memory::parameters + 16]{};
    alignas(64) T statistics[Memory::statistics + 16]{};
    alignas(64) T gradient[Memory::parameters + 16]{};
    alignas(64) T saved[Memory::saved(samples) + 16]{};
    alignas(64) T saved_of_batch[Memory::saved_of_batch + 16]{};
    alignas(64) T scratch[Memory::scratch(samples) + Memory::backward_scratch(samples, true) + 16]{};
  };
  const auto data = std::make_unique<Data>();
  data->x.fill(1);
  data->dy.fill(2);
  std::fill(std::begin(data->dx.values), std::end(data->dx.values), std::numeric_limits<T>::quiet_NaN());
  const auto check_forward = [&](auto pass) {
    std::fill(std::begin(data->y.values), std::end(data->y.values), std::numeric_limits<T>::quiet_NaN());
    pass.x = data->x.rows(), pass.y = data->y.rows();
    pass.parameters = data->parameters, pass.statistics = data->statistics;
    pass.scratch = data->scratch;
    pass.saved = data->saved, pass.saved_of_batch = data->saved_of_batch;
    Bound::forward(Simd{}, pass);
    CHECK(padding_is_zero(data->y.rows()));
  };
  check_forward(detail::ForwardContext<Link, detail::Mode::batch, samples>{});
  check_forward(detail::ForwardContext<Link, detail::Mode::training, samples>{});

  detail::BackwardContext<Link, true, samples> backward{};
  backward.x = data->x.rows(), backward.y = data->y.rows();
  backward.dx = data->dx.rows(), backward.dy = data->dy.rows();
  backward.parameters = data->parameters, backward.statistics = data->statistics;
  backward.saved = data->saved, backward.saved_of_batch = data->saved_of_batch;
  backward.scratch = data->scratch;
  detail::backward_layer<Bound>(Simd{}, backward, kernels::StoreGradient<T>{data->gradient});
  CHECK(padding_is_zero(data->dx.rows()));
  detail::for_each_parameter_of<Bound>(detail::ChainData<T>{data->gradient, data->statistics},
                                       [](auto, auto rows) { CHECK(padding_is_zero(rows)); });
}

template <class LayerType, class In>
struct Case {
  template <class T>
  static void check() {
    check_layer<simd::Native, T, LayerType, In>();
    check_layer<simd::ConstantEvaluated, T, LayerType, In>();
  }
};

}  // namespace

TEST_CASE_TEMPLATE("layers write zeros into the padding", One, Case<LayerNorm<>, Shape<5>>,
                   Case<LayerNorm<>, Shape<3, 7>>, Case<LayerNorm<>, Shape<37>>, Case<RmsNorm<>, Shape<5>>,
                   Case<RmsNorm<>, Shape<3, 19>>, Case<GroupNorm<3>, Shape<6, 3>>, Case<GroupNorm<1>, Shape<3, 3, 7>>,
                   Case<BatchNorm<>, Shape<5>>, Case<BatchNorm<>, Shape<37>>, Case<BatchNorm<>, Shape<3, 3, 7>>,
                   Case<Embedding<3, 5>, Shape<5>>, Case<Embedding<3, 1>, Shape<7>>) {
  One::template check<float>();
  One::template check<double>();
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
