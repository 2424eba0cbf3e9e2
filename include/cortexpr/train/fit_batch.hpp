#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/train/batch.hpp>
#include <cortexpr/train/not_finite.hpp>
#include <cortexpr/train/trainer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cortexpr::detail {

/// The samples of a batch, gathered from a data set. The last batch of an epoch may have fewer rows.
template <class TrainerType, class Data>
class FitBatch {
  using T = typename TrainerType::T;
  static constexpr std::size_t in = TrainerType::InputShape::size;

 public:
  explicit FitBatch(const Data& data) : data_{data} {}

  std::size_t rows() const noexcept { return rows_; }
  const T* inputs() const noexcept { return inputs_.data(); }
  auto targets() const { return targets_.view(); }

  /// Gathers batch number `step` of an epoch, in this order or, if it is not to be shuffled, in that of the data.
  void gather(const Permutation& order, bool shuffle, std::size_t step, std::uint64_t epoch) {
    const std::size_t begin = step * TrainerType::batch;
    const std::size_t rest = data_.size() - begin;
    rows_ = rest < TrainerType::batch ? rest : TrainerType::batch;
    for (std::size_t row = 0; row < rows_; ++row) samples_[row] = shuffle ? order[begin + row] : begin + row;
    for (std::size_t row = 0; row < rows_; ++row) {
      if constexpr (requires { data_.prefetch(samples_[row]); })
        if (row + 1 < rows_) data_.prefetch(samples_[row + 1]);
      detail::gather(data_, samples_[row], epoch, inputs_.data() + row * in);
      targets_.gather(data_, samples_[row], row);
    }
  }

  /// Where the first value is that is not finite, in the data or in a layer's output.
  [[gnu::cold]] std::string where_not_finite(const TrainerType& trainer) const {
    for (std::size_t row = 0; row < rows_; ++row)
      if (const std::size_t i = first_not_finite(inputs_.data() + row * in, in); i < in)
        return sentence("in the input data, value %zu of sample %zu", i, samples_[row]);
    for (std::size_t row = 0; row < rows_; ++row)
      if (const auto target = targets_.values(row); first_not_finite(target.data(), target.size()) < target.size())
        return sentence("in the target of sample %zu", samples_[row]);
    return layer_not_finite<typename TrainerType::network_type>(trainer);
  }

 private:
  const Data& data_;
  std::vector<T> inputs_ = std::vector<T>(TrainerType::batch * in);
  std::vector<std::size_t> samples_ = std::vector<std::size_t>(TrainerType::batch);
  TargetBatch<T, typename TrainerType::OutputShape, Data> targets_{TrainerType::batch};
  std::size_t rows_ = 0;
};

}  // namespace cortexpr::detail
