#pragma once

#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/nn/layer.hpp>
#include <memory>
#include <span>
#include <string>

#include "../laws/fixtures.hpp"
#include <algorithm>

#include "golden.hpp"

namespace golden {

/// One layer with its parameters, and what it makes of a batch: outputs, and the gradients of a loss whose gradient by
/// the outputs is given.
template <class T, class LayerType, class In, std::size_t B>
class LayerRun {
 public:
  using Here = cortexpr::Place<T, 0, LayerType, In, cortexpr::simd::row_stride<T>(In::size), 0>;
  using Out = typename Here::output_shape;

  LayerRun(const File& file, Tolerance tolerance) : file_{file}, tolerance_{tolerance} {}

  template <std::size_t Position>
  LayerRun& set(const std::string& array) {
    copy_rows(array, Here::template parameter<Position>(data_->block));
    return *this;
  }

  LayerRun& run(const std::string& input, const std::string& upstream) {
    copy_rows(input, data_->x.rows());
    copy_rows(upstream, data_->dy.rows());
    LayerType::template forward<cortexpr::simd::Native>(cortexpr::ForwardPass<Here, cortexpr::Run::training, B>{
        data_->x.rows(), data_->y.rows(), data_->block, data_->scratch, data_->saved, {}, data_->saved_of_batch});
    const cortexpr::kernels::StoreGradient<T> sink{data_->gradient};
    LayerType::template backward<cortexpr::simd::Native>(
        cortexpr::BackwardPass<Here, true, cortexpr::kernels::StoreGradient<T>, B>{
            data_->x.rows(), data_->y.rows(), data_->dy.rows(), data_->dx.rows(), data_->block, data_->saved,
            data_->scratch, sink, data_->saved_of_batch});
    return *this;
  }

  LayerRun& update_statistics() {
    LayerType::template update_statistics<cortexpr::simd::Native>(
        cortexpr::StatisticsPass<Here>{data_->block, data_->saved_of_batch, B});
    return *this;
  }

  /// Outputs only, as inference makes them.
  LayerRun& infer(const std::string& input) {
    copy_rows(input, data_->x.rows());
    LayerType::template forward<cortexpr::simd::Native>(cortexpr::ForwardPass<Here, cortexpr::Run::batch, B>{
        data_->x.rows(), data_->y.rows(), data_->block, data_->scratch});
    return *this;
  }

  double output_off(const std::string& array) const {
    return distance_of_rows(file_[array], data_->y.rows(), tolerance_);
  }
  double input_gradient_off(const std::string& array) const {
    return distance_of_rows(file_[array], data_->dx.rows(), tolerance_);
  }
  template <std::size_t Position>
  double gradient_off(const std::string& array) const {
    return distance_of_rows(file_[array], Here::template parameter<Position>(data_->gradient), tolerance_);
  }

  template <std::size_t Position>
  double parameter_off(const std::string& array) const {
    return distance_of_rows(file_[array], Here::template parameter<Position>(data_->block), tolerance_);
  }

 private:
  template <class Rows>
  void copy_rows(const std::string& array, Rows rows) {
    const std::vector<double>& from = file_[array];
    REQUIRE(from.size() == rows.count * Rows::columns);
    for (std::size_t i = 0; i < from.size(); ++i) rows[i / Rows::columns][i % Rows::columns] = static_cast<T>(from[i]);
  }

  static constexpr std::size_t at_least_one(std::size_t count) { return count > 0 ? count : 1; }
  static constexpr std::size_t scratch =
      std::max(Here::template scratch<B>, Here::template backward_scratch<B, true>);
  struct Data {
    laws::PaddedRows<T, B, In::size> x, dx;
    laws::PaddedRows<T, B, Out::size> y, dy;
    alignas(cortexpr::simd::block_alignment<T>) T block[at_least_one(Here::statistics_end)]{};
    alignas(cortexpr::simd::block_alignment<T>) T gradient[at_least_one(Here::parameter_end)]{};
    alignas(cortexpr::simd::block_alignment<T>) T saved[at_least_one(B * Here::saved_stride)]{};
    alignas(cortexpr::simd::block_alignment<T>) T saved_of_batch[at_least_one(Here::saved_of_batch)]{};
    alignas(cortexpr::simd::block_alignment<T>) T scratch[at_least_one(LayerRun::scratch)]{};
  };

  const File& file_;
  Tolerance tolerance_;
  std::unique_ptr<Data> data_ = std::make_unique<Data>();
};

}  // namespace golden
