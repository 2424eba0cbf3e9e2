#pragma once

#include <cortexpr/train/optimizer.hpp>

#include <cstdint>

namespace cortexpr {

/// Another optimizer, for which each element of the gradient is limited to +-limit first:
///
///     cx::ClipValue{cx::Adam{.learning_rate = 0.01f}, 0.5f}
///
/// A NaN stays a NaN.
template <class Inner>
struct ClipValue : Inner {
  float limit;

  template <class T>
  struct Rule {
    decltype(Inner{}.template rule<T>(0.0f, 1)) inner;
    T limit;
    template <class Pack>
    constexpr void operator()(Pack& parameter, Pack gradient, Pack* state) const {
      const Pack most = Pack::broadcast(limit);
      inner(parameter, max(-most, min(most, gradient)), state);
    }
    /// The same rule for biases, scales and shifts.
    [[nodiscard]] constexpr Rule of_vectors(const auto& optimizer) const {
      return {detail::rule_of_vectors(static_cast<const Inner&>(optimizer), inner), limit};
    }
  };
  template <class T>
  [[nodiscard]] constexpr Rule<T> rule(float rate, std::uint64_t step) const noexcept {
    return {Inner::template rule<T>(rate, step), static_cast<T>(limit)};
  }
};
template <class Inner>
ClipValue(Inner, float) -> ClipValue<Inner>;

}  // namespace cortexpr
