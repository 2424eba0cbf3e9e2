#pragma once

#include <algorithm>
#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/nn/execution/train_chain.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/topology/parameters.hpp>
#include <memory>
#include <string>

#include "../laws/fixtures.hpp"
#include "golden.hpp"

namespace golden {

/// One layer with its parameters, and what it computes for a batch: outputs, and the gradients of a loss whose gradient by
/// the outputs is given. Parameters and statistics are named by their arrays, such as Bound::weight.
template <class T, class LayerType, class In, std::size_t B>
class LayerRun {
 public:
  using Bound = typename LayerType::template Bound<T, In>;
  using Out = typename Bound::output_shape;

  LayerRun(const File& file, Tolerance tolerance) : file_{file}, tolerance_{tolerance} {}

  template <class Array>
  LayerRun& set(Array, const std::string& array) {
    copy_rows(array, stored<Array>(data_->parameters));
    return *this;
  }

  LayerRun& run(const std::string& input, const std::string& upstream) {
    copy_rows(input, data_->x.rows());
    copy_rows(upstream, data_->dy.rows());
    forward<cortexpr::detail::Mode::training>();
    cortexpr::detail::BackwardContext<Link, true, B> pass{};
    pass.x = data_->x.rows();
    pass.y = data_->y.rows();
    pass.dy = data_->dy.rows();
    pass.dx = data_->dx.rows();
    pass.parameters = data_->parameters;
    pass.statistics = data_->statistics;
    pass.saved = data_->saved;
    pass.saved_of_batch = data_->saved_of_batch;
    pass.scratch = data_->scratch;
    const cortexpr::kernels::StoreGradient<T> consumer{data_->gradient};
    cortexpr::detail::backward_layer<Bound>(cortexpr::simd::Native{}, pass, consumer);
    return *this;
  }

  LayerRun& update_statistics() {
    Bound::update_statistics(cortexpr::simd::Native{},
                             cortexpr::detail::StatisticsContext<Bound>{data_->statistics, data_->saved_of_batch, B});
    return *this;
  }

  /// Outputs only, as in inference.
  LayerRun& infer(const std::string& input) {
    copy_rows(input, data_->x.rows());
    forward<cortexpr::detail::Mode::batch>();
    return *this;
  }

  double output_off(const std::string& array) const {
    return distance_of_rows(file_[array], data_->y.rows(), tolerance_);
  }
  double input_gradient_off(const std::string& array) const {
    return distance_of_rows(file_[array], data_->dx.rows(), tolerance_);
  }
  template <class Array>
  double gradient_off(Array, const std::string& array) const {
    return distance_of_rows(file_[array], stored<Array>(data_->gradient), tolerance_);
  }
  /// Of a parameter or a statistic.
  template <class Array>
  double parameter_off(Array, const std::string& array) const {
    return distance_of_rows(file_[array], stored<Array>(data_->parameters), tolerance_);
  }

 private:
  using Link = cortexpr::detail::Link<Bound, cortexpr::simd::row_stride<T>(In::size)>;
  using Memory = cortexpr::detail::LayerMemory<Bound>;

  template <cortexpr::detail::Mode mode>
  void forward() {
    constexpr bool training = mode == cortexpr::detail::Mode::training;
    Bound::forward(cortexpr::simd::Native{}, cortexpr::detail::ForwardContext<Link, mode, B>{
                                                 .x = data_->x.rows(),
                                                 .y = data_->y.rows(),
                                                 .parameters = data_->parameters,
                                                 .statistics = data_->statistics,
                                                 .scratch = data_->scratch,
                                                 .saved = training ? data_->saved : nullptr,
                                                 .saved_of_batch = training ? data_->saved_of_batch : nullptr});
  }

  /// The array, where the layer's parameters, or their gradients, begin at `parameters`.
  template <class Array>
  auto stored(T* parameters) const {
    return cortexpr::detail::parameter_rows<Bound, Array>(
        cortexpr::detail::ChainData<T>{parameters, data_->statistics});
  }

  template <class Rows>
  void copy_rows(const std::string& array, Rows rows) {
    const std::vector<double>& from = file_[array];
    REQUIRE(from.size() == rows.count * Rows::columns);
    for (std::size_t i = 0; i < from.size(); ++i) rows[i / Rows::columns][i % Rows::columns] = static_cast<T>(from[i]);
  }

  static constexpr std::size_t at_least_one(std::size_t count) { return count > 0 ? count : 1; }
  static constexpr std::size_t scratch = std::max(Memory::scratch(B), Memory::backward_scratch(B, true));
  struct Data {
    laws::PaddedRows<T, B, In::size> x, dx;
    laws::PaddedRows<T, B, Out::size> y, dy;
    alignas(cortexpr::simd::block_alignment<T>) T parameters[at_least_one(Memory::parameters)]{};
    alignas(cortexpr::simd::block_alignment<T>) T statistics[at_least_one(Memory::statistics)]{};
    alignas(cortexpr::simd::block_alignment<T>) T gradient[at_least_one(Memory::parameters)]{};
    alignas(cortexpr::simd::block_alignment<T>) T saved[at_least_one(Memory::saved(B))]{};
    alignas(cortexpr::simd::block_alignment<T>) T saved_of_batch[at_least_one(Memory::saved_of_batch)]{};
    alignas(cortexpr::simd::block_alignment<T>) T scratch[at_least_one(LayerRun::scratch)]{};
  };

  const File& file_;
  Tolerance tolerance_;
  std::unique_ptr<Data> data_ = std::make_unique<Data>();
};

}  // namespace golden
