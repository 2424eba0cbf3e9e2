#pragma once

#include <cortexpr/kernels/update/update.hpp>
#include <cortexpr/nn/parameters.hpp>

#include <cstddef>

namespace cortexpr {

/// Scales a gradient whose Euclidean norm, over all that training moves, is above `limit` down to it. The squares are
/// added parameter by parameter, each row as reduce_row does.
/// Shapes:  gradient [Net::trainable_elements]
/// Source:  Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1.
template <class Simd, class Net, class T>
constexpr void clip_norm(T* gradient, T limit) {
  T squares = 0;
  for_each_parameter<typename Net::places>([&]<class Place, std::size_t Position>() {
    if constexpr (detail::At<typename Place::parameters, Position>::trainable)
      squares += kernels::sum_of_squares<Simd>(Place::template parameter<Position>(gradient));
  });
  const T norm = sqrt(simd::Pack<T, 1>::broadcast(squares)).value;
  if (norm > limit) kernels::scale_block<Simd>(gradient, Net::trainable_elements, limit / norm);
}

}  // namespace cortexpr
