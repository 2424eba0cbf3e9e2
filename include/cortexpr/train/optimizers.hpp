#pragma once

#include <cortexpr/train/clip_value.hpp>
#include <cortexpr/train/optimizer.hpp>

#include <cstddef>
#include <cstdint>

// The optimizers. train/optimizer.hpp describes the members of one. In the formulas p is a parameter, g its gradient,
// lr the learning rate, wd the weight decay and t = 1, 2, ... the step.

namespace cortexpr {

namespace detail {

/// base^exponent by repeated squaring, which gives the same bits on every target and is exact for exponent 1.
template <class T>
constexpr T power(T base, std::uint64_t exponent) {
  T result = 1;
  for (; exponent > 0; exponent /= 2, base *= base)
    if (exponent % 2 == 1) result *= base;
  return result;
}

/// g + wd p
template <class T, class Pack>
constexpr Pack with_decay(Pack parameter, Pack gradient, T weight_decay) {
  return weight_decay == 0 ? gradient : fma(Pack::broadcast(weight_decay), parameter, gradient);
}

}  // namespace detail

/// p -= lr (g + wd p)
template <class LearningRate = float, class ClipNorm = NoClipping>
struct Sgd {
  LearningRate learning_rate{0.1f};
  float weight_decay = 0;
  ClipNorm clip_norm{};
  Decays decays = Decays::all;

  static constexpr std::size_t state_slots = 0;

  template <class T>
  struct Rule {
    T rate, weight_decay;
    template <class Pack>
    constexpr void operator()(Pack& parameter, Pack gradient, Pack*) const {
      gradient = detail::with_decay(parameter, gradient, weight_decay);
      parameter = parameter - Pack::broadcast(rate) * gradient;
    }
  };
  template <class T>
  [[nodiscard]] constexpr Rule<T> rule(float rate, std::uint64_t) const noexcept {
    return {static_cast<T>(rate), static_cast<T>(weight_decay)};
  }
};

/// v = momentum v + lr (g + wd p);  p -= v;  Nesterov: p -= momentum v + lr (g + wd p)
/// The velocity contains the learning rate, so that a change of the rate does not scale earlier gradients.
/// Source: Polyak, 1964; Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
template <class LearningRate = float, class ClipNorm = NoClipping>
struct Momentum {
  LearningRate learning_rate{0.1f};
  float momentum = 0.9f;
  bool nesterov = false;
  float weight_decay = 0;
  ClipNorm clip_norm{};
  Decays decays = Decays::all;

  static constexpr std::size_t state_slots = 1;

  template <class T>
  struct Rule {
    T rate, momentum, weight_decay;
    bool nesterov;
    template <class Pack>
    constexpr void operator()(Pack& parameter, Pack gradient, Pack* velocity) const {
      const Pack step = Pack::broadcast(rate) * detail::with_decay(parameter, gradient, weight_decay);
      velocity[0] = fma(Pack::broadcast(momentum), velocity[0], step);
      parameter = parameter - (nesterov ? fma(Pack::broadcast(momentum), velocity[0], step) : velocity[0]);
    }
  };
  template <class T>
  [[nodiscard]] constexpr Rule<T> rule(float rate, std::uint64_t) const noexcept {
    return {static_cast<T>(rate), static_cast<T>(momentum), static_cast<T>(weight_decay), nesterov};
  }
};

/// s += g^2;  p -= lr g / (sqrt(s) + epsilon), with g + wd p for g
/// Source: Duchi, Hazan, Singer, "Adaptive subgradient methods", 2011.
template <class LearningRate = float, class ClipNorm = NoClipping>
struct AdaGrad {
  LearningRate learning_rate{0.01f};
  float epsilon = 1e-10f;
  float weight_decay = 0;
  ClipNorm clip_norm{};
  Decays decays = Decays::all;

  static constexpr std::size_t state_slots = 1;

  template <class T>
  struct Rule {
    T rate, epsilon, weight_decay;
    template <class Pack>
    constexpr void operator()(Pack& parameter, Pack gradient, Pack* sum) const {
      gradient = detail::with_decay(parameter, gradient, weight_decay);
      sum[0] = fma(gradient, gradient, sum[0]);
      parameter = parameter - Pack::broadcast(rate) * gradient / (sqrt(sum[0]) + Pack::broadcast(epsilon));
    }
  };
  template <class T>
  [[nodiscard]] constexpr Rule<T> rule(float rate, std::uint64_t) const noexcept {
    return {static_cast<T>(rate), static_cast<T>(epsilon), static_cast<T>(weight_decay)};
  }
};

/// v = decay v + (1 - decay) g^2;  p -= lr g / (sqrt(v) + epsilon), with g + wd p for g
/// Source: Tieleman, Hinton, "Neural networks for machine learning", lecture 6.5, 2012.
template <class LearningRate = float, class ClipNorm = NoClipping>
struct RmsProp {
  LearningRate learning_rate{0.01f};
  float decay = 0.99f;
  float epsilon = 1e-8f;
  float weight_decay = 0;
  ClipNorm clip_norm{};
  Decays decays = Decays::all;

  static constexpr std::size_t state_slots = 1;

  template <class T>
  struct Rule {
    T rate, decay, epsilon, weight_decay;
    template <class Pack>
    constexpr void operator()(Pack& parameter, Pack gradient, Pack* mean_square) const {
      gradient = detail::with_decay(parameter, gradient, weight_decay);
      mean_square[0] = fma(Pack::broadcast(decay), mean_square[0], Pack::broadcast(1 - decay) * (gradient * gradient));
      parameter = parameter - Pack::broadcast(rate) * gradient / (sqrt(mean_square[0]) + Pack::broadcast(epsilon));
    }
  };
  template <class T>
  [[nodiscard]] constexpr Rule<T> rule(float rate, std::uint64_t) const noexcept {
    return {static_cast<T>(rate), static_cast<T>(decay), static_cast<T>(epsilon), static_cast<T>(weight_decay)};
  }
};

namespace detail {

/// m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
/// p -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon)
/// after p *= 1 - lr wd (decoupled) or with g + wd p for g.
template <class T, bool decoupled>
struct AdamRule {
  T rate, beta1, beta2, epsilon, weight_decay, step_size, second_correction;

  constexpr AdamRule(T learning_rate, T b1, T b2, T eps, T decay, std::uint64_t step)
      : rate{learning_rate},
        beta1{b1},
        beta2{b2},
        epsilon{eps},
        weight_decay{decay},
        step_size{learning_rate / (1 - power(b1, step))},
        second_correction{1 / (1 - power(b2, step))} {}

  template <class Pack>
  constexpr void operator()(Pack& parameter, Pack gradient, Pack* moments) const {
    if constexpr (decoupled)
      parameter = parameter * Pack::broadcast(1 - rate * weight_decay);
    else
      gradient = with_decay(parameter, gradient, weight_decay);
    moments[0] = fma(Pack::broadcast(beta1), moments[0], Pack::broadcast(1 - beta1) * gradient);
    moments[1] = fma(Pack::broadcast(beta2), moments[1], Pack::broadcast(1 - beta2) * (gradient * gradient));
    const Pack root = sqrt(moments[1] * Pack::broadcast(second_correction)) + Pack::broadcast(epsilon);
    parameter = parameter - Pack::broadcast(step_size) * moments[0] / root;
  }
};

}  // namespace detail

/// Adam; weight decay is added to the gradient.
/// Source: Kingma, Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.
template <class LearningRate = float, class ClipNorm = NoClipping>
struct Adam {
  LearningRate learning_rate{0.001f};
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0;
  ClipNorm clip_norm{};
  Decays decays = Decays::all;

  static constexpr std::size_t state_slots = 2;

  template <class T>
  [[nodiscard]] constexpr detail::AdamRule<T, false> rule(float rate, std::uint64_t step) const noexcept {
    return {static_cast<T>(rate),    static_cast<T>(beta1),        static_cast<T>(beta2),
            static_cast<T>(epsilon), static_cast<T>(weight_decay), step};
  }
};

/// Adam with decoupled weight decay: the decay is applied to the parameter, not added to the gradient. By default only
/// matrices decay.
/// Source: Loshchilov, Hutter, "Decoupled weight decay regularization", 2019, algorithm 2.
template <class LearningRate = float, class ClipNorm = NoClipping>
struct AdamW {
  LearningRate learning_rate{0.001f};
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0.01f;
  ClipNorm clip_norm{};
  Decays decays = Decays::matrices;

  static constexpr std::size_t state_slots = 2;

  template <class T>
  [[nodiscard]] constexpr detail::AdamRule<T, true> rule(float rate, std::uint64_t step) const noexcept {
    return {static_cast<T>(rate),    static_cast<T>(beta1),        static_cast<T>(beta2),
            static_cast<T>(epsilon), static_cast<T>(weight_decay), step};
  }
};

}  // namespace cortexpr
