#pragma once

#include <cortexpr/core/type_list.hpp>

#include <cstddef>

// The parameters of layers inside a layer: "<branch>.<layer>.<parameter>" of it, without the branch where it has one.

namespace cortexpr::detail {

template <bool one_branch, std::size_t Branch, std::size_t Layer, FixedString Name>
consteval auto inner_name() {
  static_assert(Branch < 100 && Layer < 100, "Network: a layer can have at most 100 branches of 100 layers");
  constexpr auto digits = [](std::size_t number) { return number < 10 ? std::size_t{1} : std::size_t{2}; };
  char text[(one_branch ? 0 : digits(Branch) + 1) + digits(Layer) + 1 + Name.length + 1]{};
  std::size_t size = 0;
  const auto number = [&](std::size_t value) {
    if (value >= 10) text[size++] = static_cast<char>('0' + value / 10);
    text[size++] = static_cast<char>('0' + value % 10);
    text[size++] = '.';
  };
  if (!one_branch) number(Branch);
  number(Layer);
  for (std::size_t i = 0; i < Name.length; ++i) text[size++] = Name.text[i];
  return FixedString{text};
}

template <bool one_branch, std::size_t Branch, std::size_t Layer, class One>
struct InnerParameter : One {
  static constexpr auto name = inner_name<one_branch, Branch, Layer, One::name>();
};

template <class... A, class... B>
TypeList<A..., B...> operator+(TypeList<A...>, TypeList<B...>);

template <bool one_branch, std::size_t Branch, std::size_t Layer, class... One>
TypeList<InnerParameter<one_branch, Branch, Layer, One>...> inner_names(TypeList<One...>);

/// Those of one branch, a TypeList of places.
template <bool one_branch, std::size_t Branch, class... Places>
auto branch_parameters(TypeList<Places...>) {
  return []<std::size_t... Layer>(std::index_sequence<Layer...>)
             -> decltype((TypeList<>{} + ... + inner_names<one_branch, Branch, Layer>(typename Places::parameters{}))) {
    return {};
  }(std::make_index_sequence<sizeof...(Places)>{});
}

}  // namespace cortexpr::detail
