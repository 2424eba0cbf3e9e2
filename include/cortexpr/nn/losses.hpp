#pragma once

#include <cortexpr/core/math.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/normalization/softmax.hpp>
#include <cortexpr/nn/activations.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <limits>
#include <type_traits>

// A loss is a function of one sample:
//
//   template <class Simd, std::size_t Columns, class T>
//   constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const;
//
// It returns the sample's loss and writes the loss's gradient with respect to the output, times `scale`. All three are
// padded rows of `Columns` elements; a class index arrives as a one-hot target; the gradient's padding must be written
// as 0. The loss of a batch is the mean over its samples, so `scale` is 1 / B. It may also have a
//
//   template <class Place, class Mismatch> struct Check;     // static_asserts, with sentences, about the last layer

namespace cortexpr {

namespace detail {

/// Whether a layer ends with Softmax, as far as it tells.
template <class Place>
inline constexpr bool gives_probabilities = requires {
  requires std::is_same_v<typename Place::layer::activation, Softmax>;
};

/// The sum over a row of part(output, target, gradient), which sets `gradient` and returns the elements' losses.
template <class Simd, std::size_t Columns, class T, class Part>
constexpr T elementwise_loss(const T* output, const T* target, T* gradient, T scale, Part part) {
  using Pack = typename Simd::template pack<T, Columns>;
  return kernels::reduce_row<Pack, Columns>(
      T(0),
      [&](std::size_t j) {
        Pack slope;
        const Pack value = part(Pack::load(output + j), Pack::load(target + j), slope);
        slope = slope * Pack::broadcast(scale);
        if constexpr (Columns % Pack::lanes != 0)
          slope = select(kernels::inside_row<Pack>(j, Columns), slope, Pack::zero());
        slope.store(gradient + j);
        return value;
      },
      kernels::Plus{});
}

}  // namespace detail

/// -sum over classes of target log softmax(output): `output` holds logits, of any size.
/// With label smoothing s the target becomes (1 - s) target + s / classes.
/// Gradient: softmax(output) - target
/// Errors:   compile time: fewer than two outputs; a last layer that ends with Softmax
struct SoftmaxCrossEntropy {
  float label_smoothing = 0;

  template <class Place, class Mismatch>
  struct Check {
    static_assert(Place::output_shape::size > 1,
                  "SoftmaxCrossEntropy: there must be two outputs or more; for a single one take BinaryCrossEntropy");
    static_assert(!detail::gives_probabilities<Place>,
                  "SoftmaxCrossEntropy: the outputs must be logits; leave out the Softmax of the last layer");
  };

  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    using Pack = typename Simd::template pack<T, Columns>;
    const Pack log_total = Pack::broadcast(kernels::softmax<Pack, Columns>(output, gradient));
    const Pack keep = Pack::broadcast(T(1) - static_cast<T>(label_smoothing));
    const Pack spread = Pack::broadcast(static_cast<T>(label_smoothing) / static_cast<T>(Columns));
    return kernels::reduce_row<Pack, Columns>(
        T(0),
        [&](std::size_t j) {
          Pack wanted = fma(Pack::load(target + j), keep, spread);
          if constexpr (Columns % Pack::lanes != 0)
            wanted = select(kernels::inside_row<Pack>(j, Columns), wanted, Pack::zero());
          ((Pack::load(gradient + j) - wanted) * Pack::broadcast(scale)).store(gradient + j);
          return wanted * (log_total - Pack::load(output + j));
        },
        kernels::Plus{});
  }
};

/// The mean over outputs of (output - target)^2; with `sum_over_outputs` their sum, as some books have it.
struct MeanSquaredError {
  bool sum_over_outputs = false;

  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    const T share = sum_over_outputs ? T(1) : T(1) / static_cast<T>(Columns);
    return share * detail::elementwise_loss<Simd, Columns>(output, target, gradient, scale * share,
                                                           []<class Pack>(Pack o, Pack t, Pack& slope) {
                                                             const Pack error = o - t;
                                                             slope = error + error;
                                                             return error * error;
                                                           });
  }
};

/// The mean over outputs of |output - target|; the gradient at 0 is 0.
struct MeanAbsoluteError {
  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    constexpr T share = T(1) / static_cast<T>(Columns);
    return share * detail::elementwise_loss<Simd, Columns>(
                       output, target, gradient, scale * share, []<class Pack>(Pack o, Pack t, Pack& slope) {
                         const Pack error = o - t;
                         const Pack sign = copysign(detail::constant<Pack>(1), error);
                         slope = select(error == Pack::zero(), Pack::zero(), sign);
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
    constexpr T share = T(1) / static_cast<T>(Columns);
    return share * detail::elementwise_loss<Simd, Columns>(
                       output, target, gradient, scale * share, [this]<class Pack>(Pack o, Pack t, Pack& slope) {
                         const Pack limit = Pack::broadcast(static_cast<T>(delta));
                         const Pack half = detail::constant<Pack>(0.5);
                         const Pack error = o - t;
                         const Pack size = abs(error);
                         slope = max(min(error, limit), -limit);
                         return select(size <= limit, half * error * error, limit * (size - half * limit));
                       });
  }
};

/// The mean over outputs of -target log p - (1 - target) log(1 - p). `output` holds probabilities p (after Sigmoid),
/// taken to lie in [1e-7, 1 - 1e-7]; with `from_logits` it holds logits, of any size.
struct BinaryCrossEntropy {
  bool from_logits = false;

  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    constexpr T share = T(1) / static_cast<T>(Columns);
    const T sum = from_logits ? detail::elementwise_loss<Simd, Columns>(
                                    output, target, gradient, scale * share,
                                    []<class Pack>(Pack o, Pack t, Pack& slope) {
                                      slope = math::sigmoid(o) - t;
                                      return math::softplus(o) - o * t;
                                    })
                              : detail::elementwise_loss<Simd, Columns>(
                                    output, target, gradient, scale * share,
                                    []<class Pack>(Pack o, Pack t, Pack& slope) { return of_probability(o, t, slope); });
    return share * sum;
  }

 private:
  template <class Pack>
  static constexpr Pack of_probability(Pack output, Pack target, Pack& slope) {
    const Pack one = detail::constant<Pack>(1);
    const Pack p = min(detail::constant<Pack>(1 - 1e-7), max(detail::constant<Pack>(1e-7), output));
    const Pack q = one - p;
    slope = (p - target) / (p * q);
    return -fma(target, math::log(p), (one - target) * math::log(q));
  }
};

/// The divergence of the target from the output: sum over outputs of target log(target / p). `output` holds
/// probabilities p (after Softmax), taken to be at least 1e-7; a target of 0 adds nothing.
/// Errors: compile time: fewer than two outputs
/// Source: Kullback, Leibler, "On information and sufficiency", 1951.
struct KullbackLeibler {
  template <class Place, class Mismatch>
  struct Check {
    static_assert(Place::output_shape::size > 1,
                  "KullbackLeibler: there must be two outputs or more; for a single one take BinaryCrossEntropy");
  };

  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    return detail::elementwise_loss<Simd, Columns>(
        output, target, gradient, scale, []<class Pack>(Pack o, Pack t, Pack& slope) {
          const Pack p = max(detail::constant<Pack>(1e-7), o);
          const Pack positive = max(t, Pack::broadcast(std::numeric_limits<typename Pack::value_type>::min()));
          slope = -t / p;
          return t * (math::log(positive) - math::log(p));
        });
  }
};

}  // namespace cortexpr
