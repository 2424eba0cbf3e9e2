#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// The update of parameters. The update rule of an optimizer changes a pack of parameters and their optimizer state:
//
//   template <class Pack> void operator()(Pack& parameter, Pack gradient, Pack* state) const;
//
// It runs on a whole block (update_block), or on each tile of a gradient while the tile is in registers
// (UpdateWithGradient, a gradient consumer), which saves five passes over the parameters. Both give the same bits.

namespace cortexpr::kernels {

/// Applies `rule` to the pack of parameters at `element`. Each of `Slots` slots of state is a block like that of the
/// parameters, `slot_stride` elements after the one before it.
template <class Pack, std::size_t Slots, class T, class Rule>
CORTEXPR_INLINE constexpr void update_pack(T* parameters, T* states, std::size_t slot_stride, std::size_t element,
                                           Pack gradient, const Rule& rule) {
  Pack parameter = Pack::load(parameters + element);
  Pack state[Slots > 0 ? Slots : 1];
  CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Slots; ++s) state[s] = Pack::load(states + s * slot_stride + element);
  rule(parameter, gradient, state);
  parameter.store(parameters + element);
  CORTEXPR_UNROLL_FOR (std::size_t s = 0; s < Slots; ++s) state[s].store(states + s * slot_stride + element);
}

/// A gradient consumer that updates the parameters immediately and stores no gradient. Biases, scales and shifts have a rule
/// of their own.
template <class T, std::size_t Slots, class Rule>
struct UpdateWithGradient {
  static constexpr bool begins_at_zero = true;
  T* parameters;
  T* states;
  std::size_t slot_stride;
  Rule rule;
  Rule rule_of_vectors;  // no default: GCC 12 would read `rule` before it is set, in constant expressions

  template <class Pack>
  CORTEXPR_INLINE constexpr Pack begin(std::size_t) const {
    return Pack::zero();
  }
  template <class Pack>
  CORTEXPR_INLINE constexpr void end(std::size_t element, Pack gradient) const {
    update_pack<Pack, Slots>(parameters, states, slot_stride, element, gradient, rule);
  }
  CORTEXPR_INLINE constexpr void prefetch(std::size_t element) const { simd::prefetch(parameters + element); }
  constexpr UpdateWithGradient at(std::size_t element) const {
    return {parameters + element, Slots > 0 ? states + element : nullptr, slot_stride, rule, rule_of_vectors};
  }
  /// The consumer for a bias, a scale or a shift.
  constexpr UpdateWithGradient of_vector() const {
    return {parameters, states, slot_stride, rule_of_vectors, rule_of_vectors};
  }
};

/// Applies `rule` to blocks of `count` elements, a multiple of the lanes.
template <class Simd, std::size_t Slots, class T, class Rule>
constexpr void update_block(T* parameters, const T* gradient, T* states, std::size_t slot_stride, std::size_t count,
                            const Rule& rule) {
  for_each_pack<typename Simd::template pack<T, 16>, Rest::none>(count, [&]<class Pack>(std::size_t i) {
    update_pack<Pack, Slots>(parameters, states, slot_stride, i, Pack::load(gradient + i), rule);
  });
}

/// The sum of squares of all elements of rows. Each row is summed by reduce_row, and the sums of the rows are added in
/// order.
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
