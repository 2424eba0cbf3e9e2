#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/lifetime.hpp>
#include <cortexpr/data/concepts.hpp>
#include <cortexpr/data/subset.hpp>
#include <cstddef>
#include <span>
#include <type_traits>

namespace cortexpr {

/// A view of another data set that adds a weight for each sample. Data set and weights must outlive it:
///
///     const cx::Weighted weighted{data, weights};
///     trainer.fit(weighted, test_data, {.epochs = 10});
///
/// Errors: DataError: not one weight for each sample. Compile time: temporaries, which would be gone
template <DataSet Data>
class Weighted : public Subset<Data> {
 public:
  template <class Range>
    requires std::is_convertible_v<const std::remove_reference_t<Range>&, std::span<const float>>
  Weighted(const Data& data, Range&& weights) : Subset<Data>{data, 0, data.size()}, weights_{weights} {
    static_assert(detail::outlives_the_call<Range>,
                  "Weighted: the weights are not copied; give them a name, so that they live as long as the data set");
    if (weights_.size() != data.size())
      detail::data_error(
          "Weighted: weights: expected one for each of the %zu samples, found %zu; give as many as there "
          "are samples",
          static_cast<std::size_t>(data.size()), weights_.size());
  }
  template <class Range>
  Weighted(const Data&& data, Range&& weights) = delete;  // it would be gone

  float weight(std::size_t sample) const noexcept { return weights_[sample]; }

 private:
  std::span<const float> weights_;
};
template <class Data, class Range>
Weighted(const Data&, Range&&) -> Weighted<Data>;

}  // namespace cortexpr
