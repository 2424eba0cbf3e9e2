#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/data/concepts.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace cortexpr {

namespace detail {

struct IdentityOrder {
  constexpr std::size_t operator[](std::size_t sample) const { return sample; }
};

}  // namespace detail

/// A view of `count` samples of another data set: order[first], order[first + 1], ... The data set must outlive the
/// view.
template <DataSet Data, class Order = detail::IdentityOrder>
class Subset {
 public:
  /// Errors: DataError: `data` has fewer than `first + count` samples
  Subset(const Data& data, std::size_t first, std::size_t count, const Order& order = {})
      : data_{&data}, first_{first}, count_{count}, order_{order} {
    if (first > data.size() || count > data.size() - first)
      detail::data_error("Subset: expected a data set of at least %zu + %zu samples, found %zu; ask for fewer", first,
                         count, data.size());
  }
  Subset(const Data&& data, std::size_t first, std::size_t count,
         const Order& order = {}) = delete;  // it would be gone

  std::size_t size() const noexcept { return count_; }
  std::size_t sample_size() const { return data_->sample_size(); }
  void gather(std::size_t sample, std::uint64_t epoch, float* out) const { data_->gather(at(sample), epoch, out); }
  void prefetch(std::size_t sample) const
    requires requires(const Data& data) { data.prefetch(std::size_t{0}); }
  {
    data_->prefetch(at(sample));
  }
  std::uint32_t label(std::size_t sample) const
    requires LabelledDataSet<Data>
  {
    return data_->label(at(sample));
  }
  std::size_t class_count() const
    requires requires(const Data& data) { data.class_count(); }
  {
    return data_->class_count();
  }
  void labels(std::size_t sample, std::uint32_t* out) const
    requires PositionLabelledDataSet<Data>
  {
    data_->labels(at(sample), out);
  }
  std::size_t label_count() const
    requires PositionLabelledDataSet<Data>
  {
    return data_->label_count();
  }
  void target(std::size_t sample, float* out) const
    requires TargetDataSet<Data>
  {
    data_->target(at(sample), out);
  }
  std::size_t target_size() const
    requires requires(const Data& data) { data.target_size(); }
  {
    return data_->target_size();
  }
  float weight(std::size_t sample) const
    requires WeightedDataSet<Data>
  {
    return data_->weight(at(sample));
  }

 private:
  std::size_t at(std::size_t sample) const { return order_[first_ + sample]; }

  const Data* data_;
  std::size_t first_;
  std::size_t count_;
  Order order_;
};

/// The first `count` samples.
template <DataSet Data>
Subset<Data> take(const Data& data, std::size_t count) {
  return {data, 0, count};
}

/// The first `count` samples and the others, for training and validation.
template <DataSet Data>
std::pair<Subset<Data>, Subset<Data>> split(const Data& data, std::size_t count) {
  const Subset<Data> first = take(data, count);
  return {first, Subset<Data>{data, count, data.size() - count}};
}

/// `count` random samples and the others, in random order, which depends only on the seed.
template <DataSet Data>
std::pair<Subset<Data, Permutation>, Subset<Data, Permutation>> split(const Data& data, std::size_t count, Seed seed) {
  const Permutation order{seed, 0, data.size()};
  return {{data, 0, count, order}, {data, count, data.size() - count, order}};
}

template <DataSet Data>
void take(const Data&&, std::size_t) = delete;  // the view would outlive the data set
template <DataSet Data>
void split(const Data&&, std::size_t) = delete;
template <DataSet Data>
void split(const Data&&, std::size_t, Seed) = delete;

}  // namespace cortexpr
