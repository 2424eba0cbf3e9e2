#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>

// Types whose names appear in error messages of the compiler. A static_assert inside LayerType::Check<Input,
// MismatchAtLayer<...>> reports a layer that does not fit: the compiler prints the sentence of the static_assert and,
// in the first lines, MismatchAtLayer with the index of the layer (0 for the first layer after Input), the input that
// it expects, and the input that it gets.

namespace cortexpr {

template <class... What>
struct Expected;
template <class... What>
struct Got;
template <std::size_t Layer, class LayerType, class ExpectedInput, class GotInput>
struct MismatchAtLayer;

/// The kinds of input that a layer can expect.
struct Vector;
struct Image;
struct Sequence;
struct VectorOrSequence;
struct AnyInput;

namespace detail {

template <class...>
inline constexpr bool always_false = false;

}  // namespace detail
}  // namespace cortexpr
