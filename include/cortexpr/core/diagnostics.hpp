#pragma once

#include <cstddef>

// Named types that carry values into the compiler's messages. A layer that does not fit is reported by a
// static_assert inside LayerType::Check<Input, MismatchAtLayer<...>>: the compiler prints the sentence, and beside
// it, in the first lines, this type with the layer's index (the first layer after Input is 0), what it expects and
// what it gets.

namespace cortexpr {

template <class... What>
struct Expected;
template <class... What>
struct Got;
template <std::size_t Layer, class LayerType, class ExpectedInput, class GotInput>
struct MismatchAtLayer;

/// What a layer can expect, in words.
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
