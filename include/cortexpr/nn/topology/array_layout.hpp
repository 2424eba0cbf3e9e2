#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/nn/topology/arrays.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// The sizes of a layer's arrays, and the offset of each in its region.

namespace cortexpr::detail {

/// `elements`, rounded up to whole packs, so that the buffer that follows is aligned.
template <class T>
constexpr std::size_t buffer(std::size_t elements) {
  return simd::padded(elements, simd::native_lanes<T>);
}

/// What the compiler needs to know of an array to lay it out.
struct ArrayInfo {
  Region region{};
  std::size_t elements = 0;  // with padding; for one sample if per_sample
  std::size_t size = 0;      // without padding
  bool per_sample = false;
  bool only_for_input_gradient = false;
};

/// The sizes of an array, whose other members `array` has.
template <class T>
constexpr ArrayInfo info_of(ArrayInfo array, std::size_t rank, std::size_t rows, std::size_t columns) {
  // The rows of a saved vector, one per sample, follow one another; every other array begins at a whole pack.
  const bool is_row = array.region == Region::saved && rank == 1;
  if (columns > 0) array.elements = is_row ? simd::row_stride<T>(columns) : simd::block_size<T>(rows, columns);
  array.size = rows * columns;
  return array;
}

template <class T, class List>
struct ArrayTable;
template <class T, class... List>
struct ArrayTable<T, Arrays<List...>> {
  static constexpr std::size_t size = sizeof...(List);
  static constexpr std::array<ArrayInfo, size + 1> infos{
      info_of<T>({.region = List::region,
                  .per_sample = List::per_sample,
                  .only_for_input_gradient = List::only_for_input_gradient},
                 List::rank, List::rows, List::columns)...,
      ArrayInfo{}};

  template <class Array>
  static constexpr std::size_t position() {
    std::size_t result = 0;
    bool found = false;
    ((found = found || std::is_same_v<Array, List>, result += found ? 0 : 1), ...);
    return result;
  }
};

/// The number of samples that per-sample arrays hold, and whether arrays for the input gradient exist.
struct ArrayCounts {
  std::size_t samples = 1;
  bool input_gradient = true;
};

/// The elements that the first `count` arrays take in a region.
template <std::size_t Size>
constexpr std::size_t elements_of(const std::array<ArrayInfo, Size>& infos, std::size_t count, Region region,
                                  std::size_t lanes, ArrayCounts counts = {}) {
  std::size_t result = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const ArrayInfo& info = infos[i];
    if (info.region != region || (info.only_for_input_gradient && !counts.input_gradient)) continue;
    result += info.per_sample ? simd::padded(counts.samples * info.elements, lanes) : info.elements;
  }
  return result;
}

template <class Bound>
using TableOf = ArrayTable<typename Bound::value_type, std::remove_cvref_t<decltype(Bound::arrays)>>;

/// The memory of inner layers, for a layer that has none.
struct NoMemory {
  static constexpr std::size_t parameters = 0, statistics = 0, parameter_count = 0, statistic_count = 0,
                               saved_of_batch = 0, state = 0, accumulators = 0;
  static constexpr std::size_t saved(std::size_t) { return 0; }
  static constexpr std::size_t scratch(std::size_t) { return 0; }
  static constexpr std::size_t backward_scratch(std::size_t, bool) { return 0; }
};

/// The elements of a region that lie before a layer's arrays: those of its inner layers.
template <class Bound>
constexpr std::size_t inner_elements(Region region, ArrayCounts counts) {
  if constexpr (requires { typename Bound::memory; }) {
    using Inner = typename Bound::memory;
    switch (region) {
      case Region::parameters:
        return Inner::parameters;
      case Region::statistics:
        return Inner::statistics;
      case Region::saved:
        return Inner::saved(counts.samples);
      case Region::saved_of_batch:
        return Inner::saved_of_batch;
      case Region::state:
        return Inner::state;
      case Region::scratch:
        return Inner::scratch(counts.samples);
      case Region::backward_scratch:
        return Inner::backward_scratch(counts.samples, counts.input_gradient);
      case Region::accumulators:
        return Inner::accumulators;
    }
  }
  return 0;
}

/// The offset of an array in its region, in elements.
template <class Bound, class Array>
constexpr std::size_t offset_of(ArrayCounts counts) {
  using Table = TableOf<Bound>;
  constexpr std::size_t position = Table::template position<Array>();
  static_assert(position < Table::size, "Arrays: the layer must list this array in its `arrays`");
  return inner_elements<Bound>(Array::region, counts) +
         elements_of(Table::infos, position, Array::region, simd::native_lanes<typename Bound::value_type>, counts);
}
template <class Bound, class Array, ArrayCounts counts>
inline constexpr std::size_t array_offset = offset_of<Bound, Array>(counts);

/// A view of an array that begins at `data`, for `samples` samples if it is a per-sample array.
template <class Array, class T>
constexpr auto view_of(T* data, std::size_t samples = 1) {
  if constexpr (Array::rank == 1 && !Array::per_sample)
    return data;
  else
    return Rows<T, Array::columns, simd::row_stride<std::remove_const_t<T>>(Array::columns)>{
        data, Array::per_sample ? Array::rows * samples : Array::rows};
}

/// The number of samples that backward takes at a time, for a batch of at most `rows`.
template <class Bound>
constexpr std::size_t backward_rows(std::size_t rows) {
  return Bound::rows_at_a_time == 0 || Bound::rows_at_a_time > rows ? rows : Bound::rows_at_a_time;
}

/// The elements of all arrays of a region.
template <class Bound>
constexpr std::size_t region_elements(Region region, ArrayCounts counts = {}) {
  using Table = TableOf<Bound>;
  return elements_of(Table::infos, Table::size, region, simd::native_lanes<typename Bound::value_type>, counts);
}
/// The same without padding.
template <class Bound>
constexpr std::size_t region_count(Region region) {
  std::size_t result = 0;
  for (const ArrayInfo& info : TableOf<Bound>::infos) result += info.region == region ? info.size : 0;
  return result;
}

/// The elements that a bound layer needs in each region: those of its inner layers (`Inner`), then those of its arrays.
template <class Bound, class Inner>
struct MemoryAfter {
  static constexpr std::size_t parameters = Inner::parameters + region_elements<Bound>(Region::parameters),
                               statistics = Inner::statistics + region_elements<Bound>(Region::statistics);
  /// Padding not counted.
  static constexpr std::size_t parameter_count = Inner::parameter_count + region_count<Bound>(Region::parameters),
                               statistic_count = Inner::statistic_count + region_count<Bound>(Region::statistics);
  static constexpr std::size_t saved_of_batch = Inner::saved_of_batch + region_elements<Bound>(Region::saved_of_batch),
                               state = Inner::state + region_elements<Bound>(Region::state),
                               accumulators = Inner::accumulators + region_elements<Bound>(Region::accumulators);
  static constexpr std::size_t saved(std::size_t rows) {
    return Inner::saved(rows) + region_elements<Bound>(Region::saved, {rows});
  }
  static constexpr std::size_t scratch(std::size_t rows) {
    return Inner::scratch(rows) + region_elements<Bound>(Region::scratch, {rows});
  }
  static constexpr std::size_t backward_scratch(std::size_t rows, bool input_gradient) {
    return Inner::backward_scratch(rows, input_gradient) +
           region_elements<Bound>(Region::backward_scratch, {backward_rows<Bound>(rows), input_gradient});
  }
};

/// A layer that consists of layers: `branches` lists them, and `memory` has the elements that they need.
template <class Bound>
concept CompositeLayer = requires { typename Bound::branches; };

/// The elements that a bound layer needs in each region.
template <class Bound>
struct LayerMemory : MemoryAfter<Bound, NoMemory> {};
template <class Bound>
  requires requires { typename Bound::memory; }
struct LayerMemory<Bound> : MemoryAfter<Bound, typename Bound::memory> {};

template <class Bound>
inline constexpr bool has_parameters = LayerMemory<Bound>::parameters > 0;
template <class Bound>
inline constexpr bool has_statistics = LayerMemory<Bound>::statistics > 0;

}  // namespace cortexpr::detail
