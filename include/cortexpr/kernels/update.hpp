#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/kernels/reduce.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// An optimizer's rule changes a pack of parameters, given their gradients and the optimizer's state of them:
//
//   template <class Pack> void operator()(Pack& parameter, Pack gradient, Pack* state) const;
//
// It runs on whole blocks (update_block), or on the gradient of a tile while that is still in registers
// (UpdateWithGradient, a sink of weight_gradient.hpp), which saves five passes over the parameters. Both give the same
// bits.

namespace cortexpr::kernels {

/// Applies `rule` to the parameters, and to each slot of state, at `element` of their blocks. The slots' blocks lie
/// `distance` elements apart.
template <class Pack, std::size_t Slots, class T, class Rule>
CORTEXPR_INLINE constexpr void update_pack(T* parameters, T* states, std::size_t distance, std::size_t element,
                                           Pack gradient, const Rule& rule) {
  Pack parameter = Pack::load(parameters + element);
  Pack state[Slots > 0 ? Slots : 1];
  CORTEXPR_UNROLL for (std::size_t s = 0; s < Slots; ++s) state[s] = Pack::load(states + s * distance + element);
  rule(parameter, gradient, state);
  parameter.store(parameters + element);
  CORTEXPR_UNROLL for (std::size_t s = 0; s < Slots; ++s) state[s].store(states + s * distance + element);
}

/// A sink that updates at once and keeps no gradient.
template <class T, std::size_t Slots, class Rule>
struct UpdateWithGradient {
  static constexpr bool begins_at_zero = true;
  T* parameters;
  T* states;
  std::size_t distance;
  Rule rule;

  template <class Pack>
  CORTEXPR_INLINE constexpr Pack begin(std::size_t) const {
    return Pack::zero();
  }
  template <class Pack>
  CORTEXPR_INLINE constexpr void end(std::size_t element, Pack gradient) const {
    update_pack<Pack, Slots>(parameters, states, distance, element, gradient, rule);
  }
  CORTEXPR_INLINE constexpr void prefetch(std::size_t element) const { simd::prefetch(parameters + element); }
  constexpr UpdateWithGradient at(std::size_t element) const {
    return {parameters + element, Slots > 0 ? states + element : nullptr, distance, rule};
  }
};

/// Applies `rule` to whole blocks of `count` elements.
template <class Simd, std::size_t Slots, class T, class Rule>
constexpr void update_block(T* parameters, const T* gradient, T* states, std::size_t distance, std::size_t count,
                            const Rule& rule) {
  for_each_pack<typename Simd::template pack<T, 16>, Rest::none>(count, [&]<class Pack>(std::size_t i) {
    update_pack<Pack, Slots>(parameters, states, distance, i, Pack::load(gradient + i), rule);
  });
}

/// The sum of the squares of rows, each row summed as reduce_row does, the rows added in order.
template <class Simd, class RowsType>
constexpr auto sum_of_squares(RowsType rows) {
  using T = typename RowsType::value_type;
  using Pack = typename Simd::template pack<T, RowsType::columns>;
  T total = 0;
  for (std::size_t row = 0; row < rows.count; ++row)
    total += reduce_row<Pack, RowsType::columns>(
        T(0),
        [&](std::size_t j) {
          const Pack values = Pack::load(rows[row] + j);
          return values * values;
        },
        Plus{});
  return total;
}

/// values *= factor
template <class Simd, class T>
constexpr void scale_block(T* values, std::size_t count, T factor) {
  map<typename Simd::template pack<T, 16>, Rest::none>(values, values, count,
                                                       [=]<class Pack>(Pack x) { return x * Pack::broadcast(factor); });
}

}  // namespace cortexpr::kernels
