#pragma once

#include <cortexpr/config.hpp>
#include <cstddef>

// Consumers of the gradients that weight_gradient.hpp computes. The gradient of an element is one chain of
// multiply-adds over the samples, in order. `begin` returns the first value of the chain and `end` receives the last
// one, so a consumer decides whether a gradient is stored, is added to the gradient of earlier samples, or updates the
// parameter while it is still in registers. Continuing a chain in a second call (SumGradient) gives the bits of a
// single call. A consumer has
//
//   static constexpr bool begins_at_zero;                                      // whether begin always returns 0
//   template <class Pack> Pack begin(std::size_t element) const;              // the first value of the chain
//   template <class Pack> void end(std::size_t element, Pack gradient) const; // receives the gradient
//   void prefetch(std::size_t element) const;                                 // announces a call of end
//   GradientConsumer at(std::size_t element) const;                           // the consumer whose element 0 is
//   `element`

namespace cortexpr::kernels {

/// Stores the gradient.
template <class T>
struct StoreGradient {
  static constexpr bool begins_at_zero = true;
  T* gradient;

  template <class Pack>
  CORTEXPR_INLINE constexpr Pack begin(std::size_t) const {
    return Pack::zero();
  }
  template <class Pack>
  CORTEXPR_INLINE constexpr void end(std::size_t element, Pack result) const {
    result.store(gradient + element);
  }
  CORTEXPR_INLINE constexpr void prefetch(std::size_t) const {}
  constexpr StoreGradient at(std::size_t element) const { return {gradient + element}; }
};

/// Adds to the gradient that is stored already, by continuing its chain.
template <class T>
struct SumGradient {
  static constexpr bool begins_at_zero = false;
  T* gradient;

  template <class Pack>
  CORTEXPR_INLINE constexpr Pack begin(std::size_t element) const {
    return Pack::load(gradient + element);
  }
  template <class Pack>
  CORTEXPR_INLINE constexpr void end(std::size_t element, Pack result) const {
    result.store(gradient + element);
  }
  CORTEXPR_INLINE constexpr void prefetch(std::size_t) const {}
  constexpr SumGradient at(std::size_t element) const { return {gradient + element}; }
};

/// For kernels that keep the chains in an array: begin_sums stores the first value of each chain in `sums`, end_sums
/// passes the finished chains to the consumer. All layers share them.
/// Shapes:  sums [count], a multiple of the lanes
template <class Pack, class Consumer, class T>
CORTEXPR_SHARED constexpr void begin_sums(const Consumer& consumer, T* sums, std::size_t count) {
  for (std::size_t i = 0; i < count; i += Pack::lanes) consumer.template begin<Pack>(i).store(sums + i);
}
template <class Pack, class Consumer, class T>
CORTEXPR_SHARED constexpr void end_sums(const Consumer& consumer, const T* sums, std::size_t count) {
  for (std::size_t i = 0; i < count; i += Pack::lanes) consumer.template end<Pack>(i, Pack::load(sums + i));
}

}  // namespace cortexpr::kernels
