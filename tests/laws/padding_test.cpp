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
  using Here = Place<T, 0, LayerType, In, simd::row_stride<T>(In::size), 0>;
  struct Data {
    laws::PaddedRows<T, samples, In::size> x, dx;
    laws::PaddedRows<T, samples, Here::output_shape::size> y, dy;
    alignas(64) T block[Here::statistics_end + 16]{};
    alignas(64) T gradient[Here::statistics_end + 16]{};
    alignas(64) T saved[samples * Here::saved_stride + 16]{};
    alignas(64) T saved_of_batch[Here::saved_of_batch + 16]{};
    alignas(64) T scratch[Here::template scratch<samples> + Here::template backward_scratch<samples, true> + 16]{};
  };
  const auto data = std::make_unique<Data>();
  data->x.fill(1);
  data->dy.fill(2);
  std::fill(std::begin(data->y.values), std::end(data->y.values), std::numeric_limits<T>::quiet_NaN());
  std::fill(std::begin(data->dx.values), std::end(data->dx.values), std::numeric_limits<T>::quiet_NaN());
  LayerType::template forward<Simd>(
      ForwardPass<Here, Run::batch, samples>{data->x.rows(), data->y.rows(), data->block, data->scratch});
  CHECK(padding_is_zero(data->y.rows()));
  std::fill(std::begin(data->y.values), std::end(data->y.values), std::numeric_limits<T>::quiet_NaN());
  LayerType::template forward<Simd>(ForwardPass<Here, Run::training, samples>{
      data->x.rows(), data->y.rows(), data->block, data->scratch, data->saved, {}, data->saved_of_batch});
  CHECK(padding_is_zero(data->y.rows()));
  using Sink = kernels::StoreGradient<T>;
  LayerType::template backward<Simd>(
      BackwardPass<Here, true, Sink, samples>{data->x.rows(), data->y.rows(), data->dy.rows(), data->dx.rows(), data->block,
                                     data->saved, data->scratch, Sink{data->gradient}, data->saved_of_batch});
  CHECK(padding_is_zero(data->dx.rows()));
  detail::for_each_index<Here::parameters::size>(
      [&]<std::size_t Position>() { CHECK(padding_is_zero(Here::template parameter<Position>(data->gradient))); });
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
  for_each_parameter<typename Net::places>([&]<class Place, std::size_t Position>() {
    using One = detail::At<typename Place::parameters, Position>;
    CHECK(padding_is_zero(Place::template parameter<Position>(network.block().data())));
    numbers += simd::block_size<typename Net::value_type>(One::rows, One::columns);
  });
  CHECK(numbers == Net::block_elements);  // none overlap, and there is nothing else
}
