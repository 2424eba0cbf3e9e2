#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/nn/topology/arrays.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// Where the arrays of a layer lie: how large they are, and at which offset of their region each begins.

namespace cortexpr::detail {

/// Whole packs of elements, after which any other buffer may begin.
template <class T>
constexpr std::size_t buffer(std::size_t elements) {
  return simd::padded(elements, simd::native_lanes<T>);
}

/// An array as numbers.
struct ArrayInfo {
  Region region{};
  std::size_t elements = 0;  // padding included; of one sample, if there is one array per sample
  std::size_t size = 0;      // padding not counted
  bool per_sample = false;
  bool only_for_input_gradient = false;
};

/// `array` tells all but the elements.
template <class T>
constexpr ArrayInfo info_of(ArrayInfo array, std::size_t rank, std::size_t rows, std::size_t columns) {
  // A vector that is saved is one row per sample; all other arrays begin at whole packs.
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

/// How many samples the per-sample arrays of a region hold, and whether those for the gradient by the input are there.
struct ArrayCounts {
  std::size_t samples = 1;
  bool input_gradient = true;
};

/// The elements of a region that the first `count` arrays take.
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

/// What a layer without layers inside it needs for them.
struct NoMemory {
  static constexpr std::size_t parameters = 0, statistics = 0, parameter_count = 0, statistic_count = 0,
                               saved_of_batch = 0, state = 0, accumulators = 0;
  static constexpr std::size_t saved(std::size_t) { return 0; }
  static constexpr std::size_t scratch(std::size_t) { return 0; }
  static constexpr std::size_t backward_scratch(std::size_t, bool) { return 0; }
};

/// The elements of a region before a layer's arrays: those of the layers inside it.
template <class Bound>
constexpr std::size_t inner_elements(Region region, ArrayCounts counts) {
  if constexpr (requires { typename Bound::memory; }) {
    using Inner = typename Bound::memory;
    switch (region) {
      case Region::parameters: return Inner::parameters;
      case Region::statistics: return Inner::statistics;
      case Region::saved: return Inner::saved(counts.samples);
      case Region::saved_of_batch: return Inner::saved_of_batch;
      case Region::state: return Inner::state;
      case Region::scratch: return Inner::scratch(counts.samples);
      case Region::backward_scratch: return Inner::backward_scratch(counts.samples, counts.input_gradient);
      case Region::accumulators: return Inner::accumulators;
    }
  }
  return 0;
}

/// Where an array of this bound layer begins in its region, in elements.
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

/// A view of an array that begins at `data`; of `samples` samples, if there is one array per sample.
template <class Array, class T>
constexpr auto view_of(T* data, std::size_t samples = 1) {
  if constexpr (Array::rank == 1 && !Array::per_sample)
    return data;
  else
    return Rows<T, Array::columns, simd::row_stride<std::remove_const_t<T>>(Array::columns)>{
        data, Array::per_sample ? Array::rows * samples : Array::rows};
}

/// How many samples backward takes at a time, of at most `rows`.
template <class Bound>
constexpr std::size_t backward_rows(std::size_t rows) {
  return Bound::rows_at_a_time == 0 || Bound::rows_at_a_time > rows ? rows : Bound::rows_at_a_time;
}

/// What all arrays of a region take, in elements.
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

/// What a bound layer needs of each region, in elements: for its arrays, after `Inner`, what the layers inside it need.
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

/// A layer that consists of layers: it lists them in `branches`, and `memory` tells what they need.
template <class Bound>
concept CompositeLayer = requires { typename Bound::branches; };

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
