#pragma once

#include <cortexpr/core/math.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/activations.hpp>
#include <cortexpr/simd/backend.hpp>
#include <cortexpr/train/softmax_cross_entropy.hpp>

#include <cstddef>
#include <limits>
#include <type_traits>

// The losses. train/loss.hpp describes the members of one.

namespace cortexpr {

namespace detail {

/// The sum over a row of loss_of(output, target, derivative), which returns the losses of a pack of elements and
/// assigns their derivatives by the output. Writes the derivatives, times `scale`, to `gradient`.
template <class Simd, std::size_t Columns, class T, class LossOf>
constexpr T elementwise_loss(const T* output, const T* target, T* gradient, T scale, LossOf loss_of) {
  using Pack = typename Simd::template pack<T, Columns>;
  return kernels::reduce_row<Pack, Columns>(
      T(0),
      [&](std::size_t j) {
        Pack derivative;
        const Pack loss = loss_of(Pack::load(output + j), Pack::load(target + j), derivative);
        derivative = derivative * Pack::broadcast(scale);
        if constexpr (Columns % Pack::lanes != 0)
          derivative = select(kernels::inside_row<Pack>(j, Columns), derivative, Pack::zero());
        derivative.store(gradient + j);
        return loss;
      },
      kernels::Plus{});
}

}  // namespace detail

/// The mean over outputs of (output - target)^2; with `sum_over_outputs` the sum.
struct MeanSquaredError {
  bool sum_over_outputs = false;

  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    const T factor = sum_over_outputs ? T(1) : T(1) / static_cast<T>(Columns);
    return factor * detail::elementwise_loss<Simd, Columns>(output, target, gradient, scale * factor,
                                                            []<class Pack>(Pack o, Pack t, Pack& derivative) {
                                                              const Pack error = o - t;
                                                              derivative = error + error;
                                                              return error * error;
                                                            });
  }
};

/// The mean over outputs of |output - target|; the gradient at 0 is 0.
struct MeanAbsoluteError {
  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    constexpr T factor = T(1) / static_cast<T>(Columns);
    return factor * detail::elementwise_loss<Simd, Columns>(
                        output, target, gradient, scale * factor, []<class Pack>(Pack o, Pack t, Pack& derivative) {
                          const Pack error = o - t;
                          const Pack sign = copysign(detail::constant<Pack>(1), error);
                          derivative = select(error == Pack::zero(), Pack::zero(), sign);
                          return abs(error);
                        });
  }
};

/// The mean over outputs of error^2 / 2 where |error| <= delta, else delta (|error| - delta / 2).
/// Source: Huber, "Robust estimation of a location parameter", 1964.
struct Huber {
  float delta = 1;

  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    constexpr T factor = T(1) / static_cast<T>(Columns);
    return factor * detail::elementwise_loss<Simd, Columns>(
                        output, target, gradient, scale * factor, [this]<class Pack>(Pack o, Pack t, Pack& derivative) {
                          const Pack limit = Pack::broadcast(static_cast<T>(delta));
                          const Pack half = detail::constant<Pack>(0.5);
                          const Pack error = o - t;
                          const Pack size = abs(error);
                          derivative = max(min(error, limit), -limit);
                          return select(size <= limit, half * error * error, limit * (size - half * limit));
                        });
  }
};

/// The mean over outputs of -target log p - (1 - target) log(1 - p). `output` holds probabilities p (after Sigmoid),
/// which are clamped to [1e-7, 1 - 1e-7], since log 0 is infinite; with `from_logits` it holds logits of any magnitude.
/// Errors:  logits where probabilities are expected, or probabilities with `from_logits`: fit and evaluate say so in a
///          sentence, and the loss of a step is NaN
struct BinaryCrossEntropy {
  bool from_logits = false;

  template <class LastLayer>
  [[nodiscard]] constexpr const char* refusal() const {
    if (from_logits && LastLayer::range == detail::OutputRange::probabilities)
      return "BinaryCrossEntropy: with from_logits the outputs must be logits, but the last layer makes probabilities; "
             "leave out from_logits or the activation";
    if (!from_logits && LastLayer::range == detail::OutputRange::beyond_probabilities)
      return "BinaryCrossEntropy: the outputs must be probabilities, but the last layer does not end with Sigmoid; set "
             "from_logits = true or add Sigmoid";
    return nullptr;
  }

  /// The probability that an output stands for.
  template <class T>
  [[nodiscard]] constexpr T probability(T output) const {
    return from_logits ? math::sigmoid(simd::Pack<T, 1>::broadcast(output)).value : output;
  }

  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    constexpr T factor = T(1) / static_cast<T>(Columns);
    const T sum = from_logits
                      ? detail::elementwise_loss<Simd, Columns>(output, target, gradient, scale * factor,
                                                                []<class Pack>(Pack o, Pack t, Pack& derivative) {
                                                                  derivative = math::sigmoid(o) - t;
                                                                  return math::softplus(o) - o * t;
                                                                })
                      : detail::elementwise_loss<Simd, Columns>(output, target, gradient, scale * factor,
                                                                []<class Pack>(Pack o, Pack t, Pack& derivative) {
                                                                  return of_probability(o, t, derivative);
                                                                });
    return factor * sum;
  }

 private:
  template <class Pack>
  static constexpr Pack of_probability(Pack output, Pack target, Pack& derivative) {
    const Pack one = detail::constant<Pack>(1);
    const Pack p = min(detail::constant<Pack>(1 - 1e-7), max(detail::constant<Pack>(1e-7), output));
    const Pack q = one - p;
    derivative = (p - target) / (p * q);
    return -fma(target, math::log(p), (one - target) * math::log(q));
  }
};

/// The divergence of the target from the output: sum over outputs of target log(target / p). `output` holds
/// probabilities p (after Softmax), which are clamped to at least 1e-7; a target of 0 adds nothing.
/// Errors: compile time: fewer than two outputs; a last layer whose activation is not one of probabilities
/// Source: Kullback, Leibler, "On information and sufficiency", 1951.
struct KullbackLeibler {
  static constexpr bool predicts_one_class = true;

  template <class LastLayer, class Mismatch>
  struct Check {
    static_assert(LastLayer::output_shape::size > 1,
                  "KullbackLeibler: there must be two outputs or more; for a single one take BinaryCrossEntropy");
    static_assert(LastLayer::range != detail::OutputRange::beyond_probabilities,
                  "KullbackLeibler: the outputs must be probabilities; end the last layer with Softmax");
  };

  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    return detail::elementwise_loss<Simd, Columns>(
        output, target, gradient, scale, []<class Pack>(Pack o, Pack t, Pack& derivative) {
          const Pack p = max(detail::constant<Pack>(1e-7), o);
          const Pack positive = max(t, Pack::broadcast(std::numeric_limits<typename Pack::value_type>::min()));
          derivative = -t / p;
          return t * (math::log(positive) - math::log(p));
        });
  }
};

}  // namespace cortexpr
