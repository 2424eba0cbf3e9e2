#pragma once

#include <cortexpr/kernels/update/update.hpp>
#include <cortexpr/nn/topology/parameters.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// Updates all parameters with a whole gradient. Biases, scales and shifts have a rule of their own.
/// Shapes:  parameters, gradient [Net::trainable_elements]; states [Slots, Net::trainable_elements]
template <class Simd, class Net, std::size_t Slots, class T, class Rule>
constexpr void update_parameters(T* parameters, T* gradient, T* states, const Rule& rule, const Rule& rule_of_vectors) {
  for_each_parameter<typename Net::chain>(
      ChainData<T>{gradient, gradient}, [&]<class Array>(Array, auto rows) {  // statistics have no gradient
        if constexpr (Array::trainable) {
          const auto offset = static_cast<std::size_t>(rows.data - gradient);
          kernels::update_block<Simd, Slots>(parameters + offset, rows.data, Slots > 0 ? states + offset : nullptr,
                                             Net::trainable_elements, simd::block_size<T>(rows.count, rows.columns),
                                             Array::is_vector ? rule_of_vectors : rule);
        }
      });
}

}  // namespace cortexpr::detail
