#pragma once

#include <algorithm>
#include <cmath>
#include <cortexpr/train/trainer.hpp>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "fixtures.hpp"

// The relative error of gradients against central differences. Gradients below a hundredth of the largest are measured
// against that, and those below 1e-3 against 1e-3, since differences cannot resolve them.

namespace laws {

/// Compares a gradient with (f(x + step) - f(x - step)) / (2 step), for each of the elements of x, of which `x` holds the
/// addresses. No template: there are many functions.
inline double gradient_error(const std::vector<double*>& x, const std::vector<double>& gradient,
                             const std::function<double()>& f) {
  constexpr double step = 1e-5;
  double largest = 0;
  for (const double one : gradient) largest = std::max(largest, std::abs(one));
  double worst = largest > 0 ? 0 : 1;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double kept = *x[i];
    *x[i] = kept + step;
    const double above = f();
    *x[i] = kept - step;
    const double below = f();
    *x[i] = kept;
    const double numeric = (above - below) / (2 * step);
    const double scale = std::max({std::abs(numeric), std::abs(gradient[i]), largest / 100, 1e-3});
    worst = std::max(worst, std::abs(numeric - gradient[i]) / scale);
  }
  return worst;
}

/// The error of all parameters' gradients in a network of double, under the mean squared error to normal targets.
template <class Net>
double network_gradient_error(Net network) {
  Net claimed, unused;
  cortexpr::Trainer trainer{network, cortexpr::MeanSquaredError{}, cortexpr::Sgd{}, cortexpr::batch_size<7>};
  typename decltype(trainer)::template Inputs<7> inputs{};
  typename decltype(trainer)::template Targets<7> targets{};
  fill_normal(inputs, 1);
  fill_normal(targets, 2);
  trainer.forward(inputs);
  trainer.backward(targets, claimed);

  const std::function<double()> loss = [&] {
    trainer.forward(inputs);
    return trainer.backward(targets, unused);
  };
  double worst = 0;
  cortexpr::detail::for_each_parameter<typename Net::chain>(network.data(), [&]<class Array>(Array, auto parameters) {
    if constexpr (!Array::trainable) return;
    auto gradients = parameters;
    gradients.data = claimed.block().data() + (parameters.data - network.block().data());
    std::vector<double*> moved;
    std::vector<double> gradient;
    for (std::size_t row = 0; row < parameters.count; ++row)
      for (std::size_t column = 0; column < parameters.columns; ++column) {
        moved.push_back(&parameters[row][column]);
        gradient.push_back(gradients[row][column]);
      }
    worst = std::max(worst, gradient_error(moved, gradient, loss));
  });
  return worst;
}

/// The same for Network<Elements...> as initialize leaves it. To check a layer's input gradient too, put a Dense before
/// it.
template <class... Elements>
double layer_gradient_error() {
  cortexpr::with_scalar<double, cortexpr::Network<Elements...>> network;
  network.initialize(cortexpr::Seed{7});
  return network_gradient_error(network);
}

/// The error of a loss's gradient by the output, over `samples` pairs of output and target, which
/// make(sample, output, target) sets.
template <std::size_t Columns, class Loss, class Make>
double loss_gradient_error(Loss loss, std::size_t samples, Make make) {
  double worst = 0;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    PaddedRows<double, 1, Columns> output, target, gradient, unused;
    make(sample, std::span<double, Columns>{output.values, Columns},
         std::span<double, Columns>{target.values, Columns});
    const auto value = [&](auto& into, double scale) {
      return loss.template operator()<cortexpr::simd::Native, Columns>(output.values, target.values, into.values,
                                                                       scale);
    };
    value(gradient, 0.25);
    std::vector<double*> moved;
    for (double& element : std::span{output.values, Columns}) moved.push_back(&element);
    worst = std::max(worst, gradient_error(moved, {gradient.values, gradient.values + Columns},
                                           [&] { return 0.25 * value(unused, 1); }));
  }
  return worst;
}

}  // namespace laws
