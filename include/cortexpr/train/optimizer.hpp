#pragma once

#include <cortexpr/simd/pack.hpp>
#include <cortexpr/train/schedule.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// An optimizer is a struct of settings that makes a rule for each step; the rule updates a pack of parameters:
//
//   struct SignDescent {
//     float learning_rate = 0.01f;                  // or a schedule
//     static constexpr std::size_t state_slots = 0; // values for each parameter, such as the two moments of Adam
//
//     template <class T>
//     struct Rule {
//       T rate;
//       template <class Pack>
//       constexpr void operator()(Pack& parameter, Pack gradient, Pack* state) const {
//         parameter = parameter - copysign(Pack::broadcast(rate), gradient);
//       }
//     };
//     template <class T>
//     constexpr Rule<T> rule(float rate, std::uint64_t step) const { return {rate}; }   // step = 1, 2, ...
//   };
//
// `state` points to `state_slots` packs, which are 0 before the first step. Optional: `decays`, of type Decays, which says
// where the `weight_decay` of the rule is taken for 0; and a number `clip_norm`, the largest
// Euclidean norm of the gradient over all parameters; a larger gradient is scaled down to it. Whether the member is a
// number is known to the compiler, because only then the trainer holds a whole gradient in memory.
//
// Inside a template write Momentum<float, float>{.clip_norm = 1}, not Momentum{.clip_norm = 1}: if the type is deduced
// there, Clang (19 to 21) ignores the member names and assigns by position, often without a warning (llvm-project issue
// 114870).

namespace cortexpr {

/// Which parameters weight decay applies to: all, or only matrices, which are not biases and not the scales and shifts of
/// normalisation.
enum class Decays { all, matrices };

/// The type of `clip_norm` when there is none.
struct NoClipping {};

namespace detail {

/// The rule for biases, scales and shifts, given that for matrices.
template <class Optimizer, class Rule>
constexpr Rule rule_of_vectors(const Optimizer& optimizer, Rule rule) {
  if constexpr (requires { rule.of_vectors(optimizer); }) {
    return rule.of_vectors(optimizer);
  } else if constexpr (requires { rule.weight_decay = 0, optimizer.decays; }) {
    if (optimizer.decays == Decays::matrices) rule.weight_decay = 0;
  }
  return rule;
}

}  // namespace detail

/// Examples: optimizers.hpp
template <class Candidate, class T = float>
concept Optimizer = requires(const Candidate& optimizer, simd::Pack<T, 1>& parameter, simd::Pack<T, 1>* state) {
  optimizer.learning_rate;
  { Candidate::state_slots } -> std::convertible_to<std::size_t>;
  optimizer.template rule<T>(0.1f, std::uint64_t{1})(parameter, parameter, state);
};

namespace detail {

/// Ends the compilation with a sentence if `Candidate` is no optimizer, or its learning rate is no number or schedule.
template <class Candidate, class T>
struct CheckOptimizer {
  static_assert(Optimizer<Candidate, T>,
                "Trainer: the third argument must be an optimizer, as train/optimizer.hpp describes it; the batch size "
                "comes fourth");
  static constexpr bool done = [] {
    if constexpr (requires(const Candidate& optimizer) { optimizer.learning_rate; })
      static_assert(
          NumberOrSchedule<std::remove_cvref_t<decltype(Candidate::learning_rate)>>,
          "Trainer: the optimizer's learning_rate must be a number or a schedule; train/schedule.hpp describes "
          "one");
    return true;
  }();
};

}  // namespace detail
}  // namespace cortexpr
