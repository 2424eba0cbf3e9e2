#pragma once

#include <cortexpr/config.hpp>
#include <cstddef>

// The gradient of a weight is one chain of multiply-adds over the samples, in their order; splitting a batch and going
// on with the chain (SumGradient) gives the same bits. Where the chain begins and what happens with the finished
// gradient is the sink's business:
//
//   static constexpr bool begins_at_zero;                                     // whether begin always returns 0
//   template <class Pack> Pack begin(std::size_t element) const;             // what the chain begins with
//   template <class Pack> void end(std::size_t element, Pack gradient) const; // takes the result
//   void prefetch(std::size_t element) const;                                 // end will soon come here
//   Sink at(std::size_t element) const;                                       // the same sink, further on
//
// so an optimizer's rule runs on a tile while it is still in registers.

namespace cortexpr::kernels {

/// Writes the gradient to a block.
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

/// Goes on with the gradient that is already in the block.
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

/// Copies what a sink's chains begin with into `sums`, and hands the finished ones back.   Shapes: sums [count], whole
/// padded rows
template <class Pack, class Sink, class T>
constexpr void begin_sums(const Sink& sink, T* sums, std::size_t count) {
  for (std::size_t i = 0; i < count; i += Pack::lanes) sink.template begin<Pack>(i).store(sums + i);
}
template <class Pack, class Sink, class T>
constexpr void end_sums(const Sink& sink, const T* sums, std::size_t count) {
  for (std::size_t i = 0; i < count; i += Pack::lanes) sink.template end<Pack>(i, Pack::load(sums + i));
}

}  // namespace cortexpr::kernels
