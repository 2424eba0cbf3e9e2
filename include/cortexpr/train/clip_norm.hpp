#pragma once

#include <cortexpr/kernels/update/update.hpp>
#include <cortexpr/nn/topology/parameters.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// Scales the gradient so that its Euclidean norm over all trainable parameters is at most `limit`. The squares of each
/// parameter are added row by row in the order of reduce_row, and the sums in the order of the parameters.
/// Shapes:  gradient [Net::trainable_elements]
/// Source:  Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1.
template <class Simd, class Net, class T>
constexpr void clip_norm(T* gradient, T limit) {
  T squares = 0;
  detail::for_each_parameter<typename Net::chain>(
      detail::ChainData<T>{gradient, gradient},  // statistics have no gradient
      [&]<class Array>(Array, auto rows) {
        if constexpr (Array::trainable) squares += kernels::sum_of_squares<Simd>(rows);
      });
  const T norm = sqrt(simd::Pack<T, 1>::broadcast(squares)).value;
  if (norm > limit) kernels::scale_block<Simd>(gradient, Net::trainable_elements, limit / norm);
}

}  // namespace cortexpr::detail
