#pragma once

#include <cortexpr/core/math.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/recurrent/recurrence.hpp>
#include <cortexpr/nn/layers/recurrent/recurrence_backward.hpp>
#include <cortexpr/nn/options/window.hpp>

#include <cstddef>
#include <type_traits>

// What the types of recurrent layers have in common. `Cell` is described in recurrent.hpp.

namespace cortexpr {

/// The output of a recurrent layer is that of every step, [T, Units], not the last one's.
struct ReturnSequences {};

/// What recurrent weights start from; an initializer by itself is for the input weights.
template <AnyInitializer InitializerType>
struct RecurrentInitializer {
  using initializer = InitializerType;
};

namespace detail {

template <class Option>
inline constexpr bool is_recurrent_initializer = false;
template <class InitializerType>
inline constexpr bool is_recurrent_initializer<RecurrentInitializer<InitializerType>> = true;

struct ReturnSequencesKind {
  template <class Option>
  static constexpr bool has = std::is_same_v<Option, ReturnSequences>;
};
struct RecurrentInitializerKind {
  template <class Option>
  static constexpr bool has = is_recurrent_initializer<Option>;
};

/// The extents of a sequence with time first; of anything else, one step of one feature: Check has the word.
template <class In>
struct TimeFirst {
  static constexpr bool fits = false;
  static constexpr std::size_t steps = 1, features = 1;
};
template <std::size_t T, std::size_t F>
struct TimeFirst<Shape<T, F>> {
  static constexpr bool fits = true;
  static constexpr std::size_t steps = T, features = F;
};

template <class Cell, std::size_t Units, class InputBias, class... Options>
struct RecurrentLayer : LayerDefaults {
  using expects = Sequence;
  using initializer = Pick<InitializerKind, GlorotUniform, Options...>;
  using recurrent_initializer =
      typename Pick<RecurrentInitializerKind, RecurrentInitializer<GlorotUniform>, Options...>::initializer;
  static constexpr bool whole_sequence = std::is_same_v<Pick<ReturnSequencesKind, void, Options...>, ReturnSequences>;

  template <class In>
  using place = Recurrence<Cell, Units, TimeFirst<In>::steps, TimeFirst<In>::features, whole_sequence>;

  template <class In>
  using output_shape = std::conditional_t<whole_sequence, Shape<TimeFirst<In>::steps, Units>, Shape<Units>>;
  template <class In>
  using parameters = TypeList<
      Parameter<"input_weight", Shape<Cell::gates * TimeFirst<In>::features, Units>, initializer,
                Fan{TimeFirst<In>::features, Units}>,
      Parameter<"recurrent_weight", Shape<Cell::gates * Units, Units>, recurrent_initializer, Fan{Units, Units}>,
      Parameter<"input_bias", Shape<Cell::gates, Units>, InputBias>,
      Parameter<"recurrent_bias", Shape<Cell::gates, Units>, Zeros>>;
  template <class In>
  static constexpr std::size_t macs = TimeFirst<In>::steps * Cell::gates * Units * (TimeFirst<In>::features + Units);
  template <class T, class In>
  static constexpr std::size_t saved = place<In>::template saved<T>;
  template <class T, class In, std::size_t>
  static constexpr std::size_t scratch = place<In>::template scratch<T>;
  template <class T, class In, std::size_t, bool wants_input>
  static constexpr std::size_t backward_scratch = RecurrenceBackward<place<In>>::template scratch<T, wants_input>;
  template <class T, class In>
  static constexpr std::size_t state = place<In>::template state<T>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    RecurrenceForward<place<typename Pass::place::input_shape>>::template forward<Simd>(pass);
  }
  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    RecurrenceBackward<place<typename Pass::place::input_shape>>::template backward<Simd>(pass);
  }
};

/// A gate: 1 / (1 + exp(-x)) as (1 + tanh(x / 2)) / 2, which is exact to 1e-7 of 1 in float and needs no division
/// there.
template <class Pack>
CORTEXPR_INLINE constexpr Pack gate(Pack x) {
  const Pack half = constant<Pack>(0.5);
  return fma(half, math::tanh(half * x), half);
}

}  // namespace detail
}  // namespace cortexpr
