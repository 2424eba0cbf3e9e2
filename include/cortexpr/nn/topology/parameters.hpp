#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/topology/chain.hpp>

#include <cstddef>
#include <type_traits>

// Access to the parameters and statistics of a network: to all of them in order, and to one by its name. A name is
// "<layer>.<parameter>", where the first layer after Input is 0. The name of an inner layer's parameter is
// "<layer>.<branch>.<layer>.<parameter>", without the branch if there is only one.

namespace cortexpr::detail {

/// Whether an array is a part of the network object.
template <class Array>
inline constexpr bool belongs_to_network = Array::region == Region::parameters || Array::region == Region::statistics;

/// Calls action(array) for the parameters and statistics in a list of arrays, in their order.
template <class... List, class Action>
constexpr void for_each_network_array(Arrays<List...>, const Action& action) {
  [[maybe_unused]] const auto visit = [&]<class Array>(Array array) {
    if constexpr (belongs_to_network<Array>) action(array);
  };
  (visit(List{}), ...);
}

/// A view of a parameter or statistic of a bound layer, given the layer's own data.
template <class Bound, class Array, class T>
constexpr auto parameter_rows(ChainData<T> data) {
  constexpr std::size_t offset = array_offset<Bound, Array, ArrayCounts{}>;
  T* const begin = (Array::region == Region::parameters ? data.parameters : data.statistics) + offset;
  return Rows<T, Array::columns, simd::row_stride<std::remove_const_t<T>>(Array::columns)>{begin, Array::rows};
}

/// Calls action(array, rows) for all parameters and statistics of a chain: layer by layer, in the order of their
/// declarations, and for a composite layer branch by branch. `rows` is a view of the array without its padding.
template <class ChainType, class T, class Action>
constexpr void for_each_parameter(ChainData<T> data, const Action& action);

template <class Bound, class T, class Action>
constexpr void for_each_parameter_of(ChainData<T> data, const Action& action) {
  if constexpr (CompositeLayer<Bound>)
    for_each_index<Bound::branches::size>([&](auto k) {
      constexpr ChainOffsets offsets = Bound::bound_branches::offsets[k].chain;
      for_each_parameter<At<typename Bound::branches, k>>(data.at(offsets), action);
    });
  for_each_network_array(std::remove_cvref_t<decltype(Bound::arrays)>{},
                         [&]<class Array>(Array array) { action(array, parameter_rows<Bound, Array>(data)); });
}

template <class ChainType, class T, class Action>
constexpr void for_each_parameter(ChainData<T> data, const Action& action) {
  for_each_index<ChainType::size>([&](auto index) {
    constexpr ChainOffsets offsets = ChainType::offsets[index];
    for_each_parameter_of<BoundAt<ChainType, index>>(data.at(offsets), action);
  });
}

/// The number and the dot at the beginning of a name.
struct NamePart {
  std::size_t number = 0;
  const char* rest = nullptr;  // the name after the dot; null if it does not begin with a number and a dot
};
constexpr NamePart first_number(const char* name) {
  NamePart part;
  if (*name < '0' || *name > '9') return part;
  while (*name >= '0' && *name <= '9') part.number = part.number * 10 + static_cast<std::size_t>(*name++ - '0');
  if (*name == '.') part.rest = name + 1;
  return part;
}
constexpr bool equal_text(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return *a == *b;
}

/// The array whose name is `Name` from position `Begin` on. Returns a view, or void if there is no such array.
template <class ChainType, FixedString Name, std::size_t Begin, class T>
constexpr auto find_parameter(ChainData<T> data);

template <class Bound, FixedString Name, std::size_t Begin, class T, class... List>
constexpr auto find_array(ChainData<T> data, Arrays<List...>) {
  constexpr std::size_t position = [] {
    std::size_t result = 0;
    bool found = false;
    ((found = found || (belongs_to_network<List> && equal_text(Name.text + Begin, List::name.text)),
      result += found ? 0 : 1),
     ...);
    return result;
  }();
  if constexpr (position < sizeof...(List)) return parameter_rows<Bound, At<TypeList<List...>, position>>(data);
}

template <class Bound, FixedString Name, std::size_t Begin, class T>
constexpr auto find_in_layer(ChainData<T> data) {
  constexpr NamePart part = first_number(Name.text + Begin);
  if constexpr (CompositeLayer<Bound> && part.rest != nullptr) {
    constexpr std::size_t branches = Bound::branches::size;
    constexpr std::size_t branch = branches == 1 ? 0 : part.number;
    constexpr std::size_t begin = branches == 1 ? Begin : static_cast<std::size_t>(part.rest - Name.text);
    if constexpr (branch < branches) {
      constexpr ChainOffsets offsets = Bound::bound_branches::offsets[branch].chain;
      return find_parameter<At<typename Bound::branches, branch>, Name, begin>(data.at(offsets));
    }
  } else {
    return find_array<Bound, Name, Begin>(data, std::remove_cvref_t<decltype(Bound::arrays)>{});
  }
}

template <class ChainType, FixedString Name, std::size_t Begin, class T>
constexpr auto find_parameter(ChainData<T> data) {
  constexpr NamePart part = first_number(Name.text + Begin);
  if constexpr (part.rest != nullptr && part.number < ChainType::size) {
    constexpr ChainOffsets offsets = ChainType::offsets[part.number];
    return find_in_layer<BoundAt<ChainType, part.number>, Name, static_cast<std::size_t>(part.rest - Name.text)>(
        data.at(offsets));
  }
}

template <class ChainType, FixedString Name, class T>
constexpr auto named_parameter(ChainData<T> data) {
  static_assert(!std::is_void_v<decltype(find_parameter<ChainType, Name, 0>(data))>,
                "Network::parameter: there is no parameter of this name; names are \"0.weight\", "
                "\"0.bias\", ..., with the index of the layer after Input");
  return find_parameter<ChainType, Name, 0>(data);
}

}  // namespace cortexpr::detail
