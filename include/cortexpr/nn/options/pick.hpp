#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/activation.hpp>
#include <cortexpr/nn/initializers.hpp>

#include <cstddef>
#include <type_traits>

// Options of layers, which may be given in any order. A kind of options is a type that says which options belong to it:
//
//   struct StrideKind { template <class Option> static constexpr bool has = ...; };

namespace cortexpr::detail {

/// The kind of the options that derive from `Base`.
template <class Base>
struct KindOf {
  template <class Option>
  static constexpr bool has = std::is_base_of_v<Base, Option>;
};

struct ActivationKind {
  template <class Option>
  static constexpr bool has = AnyActivation<Option>;
};
struct InitializerKind {
  template <class Option>
  static constexpr bool has = AnyInitializer<Option>;
};

/// The option of this kind, or the default.
template <class Kind, class Default, class... Options>
struct PickOption {
  using type = Default;
};
template <class Kind, class Default, class First, class... Others>
struct PickOption<Kind, Default, First, Others...>
    : std::conditional_t<Kind::template has<First>, PickOption<Kind, First>, PickOption<Kind, Default, Others...>> {};
template <class Kind, class Default, class... Options>
using Pick = typename PickOption<Kind, Default, Options...>::type;

/// Whether every option belongs to one of the kinds, and no kind has two options.
template <class... Kinds>
struct OptionsOf {
  template <class... Options>
  static constexpr bool fit = [] {
    std::size_t known = 0;
    bool once = true;
    const auto count = [&]<class Kind>(Kind) {
      const std::size_t of_kind = (std::size_t{0} + ... + (Kind::template has<Options> ? 1 : 0));
      known += of_kind;
      once = once && of_kind <= 1;
    };
    (count(Kinds{}), ...);
    return once && known == sizeof...(Options);
  }();
};

/// LayerOf<Others..., New>, where `Others` are the options that are not activations.
template <template <class...> class LayerOf, class New, class Others, class... Options>
struct ExchangeActivation;
template <template <class...> class LayerOf, class New, class... Others>
struct ExchangeActivation<LayerOf, New, TypeList<Others...>> {
  using type = LayerOf<Others..., New>;
};
template <template <class...> class LayerOf, class New, class... Others, class First, class... Remaining>
struct ExchangeActivation<LayerOf, New, TypeList<Others...>, First, Remaining...>
    : std::conditional_t<AnyActivation<First>, ExchangeActivation<LayerOf, New, TypeList<Others...>, Remaining...>,
                         ExchangeActivation<LayerOf, New, TypeList<Others..., First>, Remaining...>> {};

template <template <class...> class LayerOf, class New, class... Options>
using WithActivation = typename ExchangeActivation<LayerOf, New, TypeList<>, Options...>::type;

}  // namespace cortexpr::detail
