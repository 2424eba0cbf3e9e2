#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/nn/initializers.hpp>

// An elementwise activation is two functions of a pack and a word on what the second one looks at:
//
//   struct Square {
//     static constexpr auto derivative_from = cx::DerivativeFrom::input;
//     template <class Pack> static constexpr Pack value(Pack x) { return x * x; }
//     template <class Pack> static constexpr Pack derivative(Pack x) { return x + x; }
//   };
//
// One that can tell its derivative from its output (tanh' = 1 - y^2) costs no memory in training; one that cannot has
// its input saved. `default_initializer`, where there is one, is what a Dense layer with this activation starts from.
// What is not a number must stay so, to be noticed. So bounds come first in min and max, which give their second
// argument if one is not a number.

namespace cortexpr {

enum class DerivativeFrom { output, input };

/// An activation that works on each element alone.
template <class Candidate>
concept ElementwiseActivation = requires { Candidate::derivative_from; };

/// An activation that works on a whole row (Softmax).
template <class Candidate>
concept RowActivation = requires { requires Candidate::works_on_rows; };

template <class Candidate>
concept AnyActivation = ElementwiseActivation<Candidate> || RowActivation<Candidate>;

namespace detail {

struct FromOutput {
  static constexpr auto derivative_from = DerivativeFrom::output;
};
struct FromInput {
  static constexpr auto derivative_from = DerivativeFrom::input;
};

/// Inline, so that nothing is converted at run time where double precision is slow.
template <class Pack>
CORTEXPR_INLINE constexpr Pack constant(double value) {
  return Pack::broadcast(static_cast<typename Pack::value_type>(value));
}

template <class ActivationType>
struct DefaultInitializer {
  using type = GlorotNormal;
};
template <class ActivationType>
  requires requires { typename ActivationType::default_initializer; }
struct DefaultInitializer<ActivationType> {
  using type = typename ActivationType::default_initializer;
};

}  // namespace detail

/// What parameters start from when their layer does not say.
template <class ActivationType>
using DefaultInitializer = typename detail::DefaultInitializer<ActivationType>::type;

}  // namespace cortexpr
