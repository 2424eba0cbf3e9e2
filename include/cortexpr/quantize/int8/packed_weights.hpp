#pragma once

#include <cortexpr/core/type_list.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

// The weights of a quantized network as one string literal, whose bytes are in the order of the target. No loop of the
// compiler reads them, whose steps are limited.

namespace cortexpr::detail {

/// The lists of the weights of several constants, one after the other. A layer without weights has no such list.
template <class Constants>
struct PackedWeightsOf {
  using type = TypeList<>;
};
template <class Constants>
  requires requires { typename Constants::packed_weights; }
struct PackedWeightsOf<Constants> {
  using type = typename Constants::packed_weights;
};
template <class... Lists>
struct Concatenated {
  using type = TypeList<>;
};
template <class... Types>
struct Concatenated<TypeList<Types...>> {
  using type = TypeList<Types...>;
};
template <class... First, class... Second, class... Rest>
struct Concatenated<TypeList<First...>, TypeList<Second...>, Rest...>
    : Concatenated<TypeList<First..., Second...>, Rest...> {};

template <std::size_t Index, std::size_t Bytes>
struct PackedArray {
  std::int8_t values[Bytes];
};
/// The bytes of a string literal: those of all weights, and the zero at the end.
template <class Indices, class... Weights>
struct PackedArrays;
template <std::size_t... Index, class... Weights>
struct PackedArrays<std::index_sequence<Index...>, Weights...> : PackedArray<Index, sizeof(Weights)>... {
  std::int8_t end;
};
template <class List>
struct PackedArraysOf;
template <class... Weights>
struct PackedArraysOf<TypeList<Weights...>> {
  using type = PackedArrays<std::index_sequence_for<Weights...>, Weights...>;
  /// The number of weights, without padding.
  static constexpr std::size_t count = sum({Weights::count...});
};

template <std::size_t Index, std::size_t Bytes>
constexpr const PackedArray<Index, Bytes>& packed_array(const PackedArray<Index, Bytes>& array) {
  return array;  // NOLINT(bugprone-return-const-ref-from-parameter): the argument is a base of a longer-lived object
}

}  // namespace cortexpr::detail
