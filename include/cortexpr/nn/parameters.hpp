#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

// Parameters by name: "<layer>.<parameter>", where the first layer after Input is 0.

namespace cortexpr {

/// Calls action.template operator()<Place, Position>() for every array of parameters and statistics, layer by layer, in
/// the order in which layers list them. At<typename Place::parameters, Position>::trainable tells which is which.
template <class Places, class Action>
constexpr void for_each_parameter(Action&& action) {
  detail::for_each_index<Places::size>([&]<std::size_t Layer>() {
    using Place = detail::At<Places, Layer>;
    detail::for_each_index<Place::parameters::size>([&]<std::size_t Position>() {
      action.template operator()<Place, Position>();
    });
  });
}

namespace detail {

struct ParameterIndex {
  std::size_t layer;
  std::size_t position;
  bool found;
};

/// Whether `name` is "<layer>.<parameter>".
constexpr bool is_named(const char* name, std::size_t layer, const char* parameter) {
  std::size_t number = 0;
  if (*name < '0' || *name > '9') return false;
  while (*name >= '0' && *name <= '9') number = number * 10 + static_cast<std::size_t>(*name++ - '0');
  if (number != layer || *name++ != '.') return false;
  while (*name != '\0' && *name == *parameter) ++name, ++parameter;
  return *name == *parameter;
}

template <class Places>
constexpr ParameterIndex find_parameter(const char* name) {
  ParameterIndex result{0, 0, false};
  for_each_parameter<Places>([&]<class Place, std::size_t Position>() {
    if (is_named(name, Place::index, At<typename Place::parameters, Position>::name.text))
      result = {Place::index, Position, true};
  });
  return result;
}

template <class Places, FixedString Name, class T>
constexpr auto named_parameter(T* block) {
  constexpr ParameterIndex index = find_parameter<Places>(Name.text);
  static_assert(index.found, "Network::parameter: there is no parameter of this name; names are \"0.weight\", "
                             "\"0.bias\", ..., with the index of the layer after Input");
  return At<Places, index.layer>::template parameter<index.position>(block);
}

}  // namespace detail
}  // namespace cortexpr
