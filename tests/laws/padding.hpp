#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <limits>
#include <memory>
#include <span>

#include "fixtures.hpp"

// A row is padded to whole packs of zeros. Whatever lay there before, layers write zeros, and what lay in scratch and in
// saved arrays does not reach a result.

namespace laws {

template <class Rows>
bool padding_is_zero(Rows rows) {
  for (std::size_t row = 0; row < rows.count; ++row)
    for (std::size_t i = Rows::columns; i < Rows::stride; ++i)
      if (!(rows[row][i] == 0)) return false;
  return true;
}
template <class Rows>
bool elements_are_finite(Rows rows) {
  for (std::size_t row = 0; row < rows.count; ++row)
    for (std::size_t i = 0; i < Rows::columns; ++i)
      if (!std::isfinite(rows[row][i])) return false;
  return true;
}

/// Runs a layer forward and backward on padded rows, where all that it has to write is NaN before.
template <class Simd, class T, class LayerType, class In>
class PaddingRun {
  static constexpr std::size_t samples = 3;
  using Bound = typename LayerType::template Bound<T, In>;
  using Link = cortexpr::detail::Link<Bound, cortexpr::simd::row_stride<T>(In::size)>;
  using Memory = cortexpr::detail::LayerMemory<Bound>;
  static constexpr std::size_t scratch = Memory::scratch(samples) + Memory::backward_scratch(samples, true) + 16;

 public:
  void check() {
    data_->x.fill(1);
    data_->dy.fill(2);
    std::uint64_t stream = 3;
    cortexpr::detail::for_each_parameter_of<Bound>(cortexpr::detail::ChainData<T>{data_->parameters, data_->statistics},
                                                   [&](auto, auto rows) {
                                                     for (std::size_t row = 0; row < rows.count; ++row)
                                                       fill_probabilities(std::span{rows[row], rows.columns}, stream++);
                                                   });
    check_forward(cortexpr::detail::ForwardContext<Link, cortexpr::detail::Mode::batch, samples>{});
    check_forward(cortexpr::detail::ForwardContext<Link, cortexpr::detail::Mode::training, samples>{});
    check_backward();
  }

 private:
  struct Data {
    PaddedRows<T, samples, In::size> x, dx;
    PaddedRows<T, samples, Bound::output_shape::size> y, dy;
    alignas(64) T parameters[Memory::parameters + 16]{};
    alignas(64) T statistics[Memory::statistics + 16]{};
    alignas(64) T gradient[Memory::parameters + 16]{};
    alignas(64) T saved[Memory::saved(samples) + 16]{};
    alignas(64) T saved_of_batch[Memory::saved_of_batch + 16]{};
    alignas(64) T scratch[PaddingRun::scratch]{};
  };

  static void spoil(auto& array) { std::fill(std::begin(array), std::end(array), std::numeric_limits<T>::quiet_NaN()); }

  void check_forward(auto pass) {
    spoil(data_->y.values);
    spoil(data_->scratch);
    spoil(data_->saved);
    spoil(data_->saved_of_batch);
    pass.x = data_->x.rows(), pass.y = data_->y.rows();
    pass.parameters = data_->parameters, pass.statistics = data_->statistics;
    pass.scratch = data_->scratch;
    pass.saved = data_->saved, pass.saved_of_batch = data_->saved_of_batch;
    Bound::forward(Simd{}, pass);
    CHECK(elements_are_finite(data_->y.rows()));
    CHECK(padding_is_zero(data_->y.rows()));
  }

  void check_backward() {
    spoil(data_->dx.values);
    spoil(data_->scratch);
    cortexpr::detail::BackwardContext<Link, true, samples> pass{};
    pass.x = data_->x.rows(), pass.y = data_->y.rows();
    pass.dx = data_->dx.rows(), pass.dy = data_->dy.rows();
    pass.parameters = data_->parameters, pass.statistics = data_->statistics;
    pass.saved = data_->saved, pass.saved_of_batch = data_->saved_of_batch;
    pass.scratch = data_->scratch;
    cortexpr::detail::backward_layer<Bound>(Simd{}, pass, cortexpr::kernels::StoreGradient<T>{data_->gradient});
    CHECK(elements_are_finite(data_->dx.rows()));
    CHECK(padding_is_zero(data_->dx.rows()));
    cortexpr::detail::for_each_parameter_of<Bound>(cortexpr::detail::ChainData<T>{data_->gradient, data_->statistics},
                                                   [](auto, auto rows) {
                                                     CHECK(elements_are_finite(rows));
                                                     CHECK(padding_is_zero(rows));
                                                   });
  }

  std::unique_ptr<Data> data_ = std::make_unique<Data>();
};

/// A layer and the shape of its input, as a type of TEST_CASE_TEMPLATE.
template <class LayerType, class In>
struct PaddingCase {
  template <class T, class Simd = cortexpr::simd::Native>
  static void check() {
    PaddingRun<Simd, T, LayerType, In>{}.check();
  }
};

}  // namespace laws
