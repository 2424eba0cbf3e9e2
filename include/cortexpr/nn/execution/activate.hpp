#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/normalization/softmax.hpp>
#include <cortexpr/nn/activations.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <type_traits>

// Applies activations and their derivatives to batches.

namespace cortexpr::detail {

/// Whether the derivative of the activation is computed from its input, so that training must save the input.
template <class ActivationType>
constexpr bool needs_saved_input() {
  if constexpr (ElementwiseActivation<ActivationType>)
    return ActivationType::derivative_from == DerivativeFrom::input;
  else
    return false;
}

/// y = activation(x). x and y may be the same array.   Shapes: x [B, N] -> y [B, N]
template <class Simd, AnyActivation ActivationType, class X, class Y>
constexpr void activate(X x, Y y) {
  using T = typename Y::value_type;
  using Pack = typename Simd::template pack<T, Y::columns>;
  if constexpr (RowActivation<ActivationType>) {
    if constexpr (!std::is_same_v<X, Y>) kernels::copy(x, y);  // the input of a network is not padded
    for (std::size_t row = 0; row < y.count; ++row) kernels::softmax<Pack, Y::columns>(y[row], y[row]);
  } else if constexpr (std::is_same_v<ActivationType, Linear> && std::is_same_v<X, Y>) {
    return;  // in place there is nothing to do
  } else {
    const auto value = []<class P>(P values) { return ActivationType::value(values); };
    if constexpr (X::stride == Y::stride && Y::stride % Pack::lanes == 0 && Pack::lanes > 1) {
      kernels::map<Pack, kernels::Rest::none>(x.data, y.data, y.count * Y::stride, value);
    } else {
      for (std::size_t row = 0; row < y.count; ++row)
        kernels::map<Pack, kernels::Rest::some>(x[row], y[row], Y::columns, value);
    }
  }
}

/// gradient *= activation', in place: dL/dy becomes dL/dx. `input` and `output` are those of the activation; `input` is
/// read only if needs_saved_input.   Shapes: output, input, gradient [B, N]
template <class Simd, AnyActivation ActivationType, class Output, class Input, class Gradient>
constexpr void activate_backward(Output output, Input input, Gradient gradient) {
  using T = typename Gradient::value_type;
  using Pack = typename Simd::template pack<T, Gradient::columns>;
  if constexpr (RowActivation<ActivationType>) {
    for (std::size_t row = 0; row < gradient.count; ++row)
      kernels::softmax_gradient<Pack, Gradient::columns>(output[row], gradient[row], gradient[row]);
  } else if constexpr (!std::is_same_v<ActivationType, Linear>) {
    const auto multiply = []<class P>(P of, P upstream) { return upstream * ActivationType::derivative(of); };
    for (std::size_t row = 0; row < gradient.count; ++row) {
      const T* of = needs_saved_input<ActivationType>() ? input[row] : output[row];
      kernels::zip<Pack, kernels::Rest::none>(of, gradient[row], gradient[row], kernels::worked_columns<Pack, Gradient>,
                                              multiply);
    }
  }
}

/// An activation as a function that kernels apply to their results. It is a named type, not a lambda of each layer, so
/// that layers of one shape share their kernels.
template <class ActivationType>
struct ValueOf {
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack operator()(Pack x) const {
    return ActivationType::value(x);
  }
};

/// Computes z and y = activation(z) in a layer's forward pass. `write(rows)` must write z to `rows`. If the derivative
/// needs z, training saves it in the array `saved`.
template <AnyActivation ActivationType, class Simd, class Pass, class SavedArray, class Write>
constexpr void activate_after(Simd, const Pass& pass, SavedArray saved, const Write& write) {
  if constexpr (Pass::training && needs_saved_input<ActivationType>()) {
    write(pass[saved]);
    activate<Simd, ActivationType>(pass[saved], pass.y);
  } else {
    write(pass.y);
    activate<Simd, ActivationType>(pass.y, pass.y);
  }
}

/// Turns pass.dy from dL/dy into dL/dz, where y = activation(z).
template <AnyActivation ActivationType, class Simd, class Pass, class SavedArray>
constexpr void activate_output_backward(Simd, const Pass& pass, SavedArray saved) {
  if constexpr (needs_saved_input<ActivationType>())
    activate_backward<Simd, ActivationType>(pass.y, pass[saved], pass.dy);
  else
    activate_backward<Simd, ActivationType>(pass.y, pass.y, pass.dy);
}

}  // namespace cortexpr::detail
