#pragma once

#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/nn/attention.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/recurrent_layer.hpp>
#include <cortexpr/nn/window_options.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr {

namespace detail {

struct CausalKind {
  template <class Option>
  static constexpr bool has = std::is_same_v<Option, Causal>;
};

}  // namespace detail

/// Self-attention: every step of a sequence looks at every other, with Heads views at once:
///     y = concat over heads of (softmax(Q K^T / sqrt(F / Heads)) V) W_o + b_o,   Q = x W_q + b_q, and so K and V
/// as in PyTorch. Options, in any order: Causal, with which a step sees only itself and what came before; an initializer.
/// Shapes:  x [B, T, F] -> y [B, T, F]; query_weight, key_weight, value_weight, output_weight [F, F], and biases [F]
/// Cost:    B*T*F*(4*F + 2*T) multiply-adds forward, twice that backward; keeps Q, K, V, the result before W_o and
///          Heads*T*T weights of each sample in training
/// Errors:  compile time: the input is no sequence; Heads does not divide F
/// Source:  Vaswani et al., "Attention is all you need", 2017.
template <std::size_t Heads, class... Options>
struct MultiHeadAttention : LayerDefaults {
  static_assert(Heads > 0, "MultiHeadAttention: there must be at least one head");
  static_assert(detail::OptionsOf<detail::CausalKind, detail::InitializerKind>::template fit<Options...>,
                "MultiHeadAttention: after the heads come Causal and an initializer, each at most once");
  static constexpr const char* name = "MultiHeadAttention";
  using expects = Sequence;
  using initializer = detail::Pick<detail::InitializerKind, GlorotUniform, Options...>;
  static constexpr bool causal = (std::is_same_v<Options, Causal> || ...);

  template <class In>
  static constexpr std::size_t features = detail::TimeFirst<In>::features;
  template <class In>
  static constexpr bool divides = features<In> % Heads == 0;
  template <class In, class Mismatch>
  struct Check {
    static_assert(detail::TimeFirst<In>::fits,
                  "MultiHeadAttention: the input must be a sequence [T, F]; put Reshape or Embedding before it");
    static_assert(!detail::TimeFirst<In>::fits || divides<In>,
                  "MultiHeadAttention: the heads must divide the features of a step");
  };

  template <class In>
  using output_shape = In;
  template <detail::FixedString Name, class In>
  using Weight = Parameter<Name, Shape<features<In>, features<In>>, initializer, Fan{features<In>, features<In>}>;
  template <detail::FixedString Name, class In>
  using Bias = Parameter<Name, Shape<features<In>>, Zeros>;
  template <class In>
  using parameters = detail::TypeList<Weight<"query_weight", In>, Bias<"query_bias", In>, Weight<"key_weight", In>,
                              Bias<"key_bias", In>, Weight<"value_weight", In>, Bias<"value_bias", In>,
                              Weight<"output_weight", In>, Bias<"output_bias", In>>;
  template <class In>
  static constexpr std::size_t macs =
      detail::TimeFirst<In>::steps * features<In> * (4 * features<In> + 2 * detail::TimeFirst<In>::steps);

  template <class T, class In>
  using Layout = detail::AttentionLayout<T, detail::TimeFirst<In>::steps, features<In>, divides<In> ? Heads : 1>;
  /// Q, K, V and the result of all samples, then the weights.
  template <class T, class In>
  static constexpr std::size_t saved = 4 * Layout<T, In>::sequence + Layout<T, In>::heads * Layout<T, In>::scores;
  template <class T, class In, std::size_t>
  static constexpr std::size_t scratch = saved<T, In> + Layout<T, In>::sequence + Layout<T, In>::forward_scratch;
  template <class T, class In, std::size_t Rows, bool>
  static constexpr std::size_t backward_scratch =
      7 * Rows * Layout<T, In>::sequence + simd::block_size<T>(features<In>, features<In>) +
      Layout<T, In>::backward_scratch;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using T = typename Pass::T;
    using Here = Layout<T, typename Pass::place::input_shape>;
    constexpr std::size_t samples = Pass::training ? Pass::max_rows : 1;
    constexpr std::size_t distance = Here::steps * Here::Sequence::stride;
    T* const kept = Pass::training ? pass.saved_data : pass.scratch;
    T* const scratch = Pass::training ? pass.scratch : pass.scratch + saved<T, typename Pass::place::input_shape>;
    for (std::size_t b = 0; b < pass.input.count; ++b) {
      const std::size_t sample = Pass::training ? b : 0;
      const auto matrix = [&](std::size_t i) {
        return typename Here::Sequence{kept + i * samples * Here::sequence + sample * distance, Here::steps};
      };
      T* const scores = kept + 4 * samples * Here::sequence + sample * Here::heads * Here::scores;
      const Rows<const T, Here::features, Here::features> x{pass.input[b], Here::steps};
      detail::for_each_index<3>([&]<std::size_t I>() {
        kernels::multiply<Simd>(x, pass.template parameter<2 * I>(), pass.template parameter<2 * I + 1>().data,
                                matrix(I));
      });
      detail::Attention<Simd, Here, causal, T>::forward(matrix(0).data, matrix(1).data, matrix(2).data, scores,
                                                        matrix(3).data, scratch + Here::sequence);
      const typename Here::Sequence y{scratch, Here::steps};
      kernels::multiply<Simd>(matrix(3), pass.template parameter<6>(), pass.template parameter<7>().data, y);
      kernels::copy(y, Rows<T, Here::features, Here::features>{pass.output[b], Here::steps});
      kernels::clear_padding(pass.output, b);
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    using T = typename Pass::T;
    using Here = Layout<T, typename Pass::place::input_shape>;
    using Unpadded = Rows<T, Here::features, Here::features>;
    using ConstUnpadded = Rows<const T, Here::features, Here::features>;
    constexpr std::size_t matrix = Pass::max_rows * Here::sequence;
    constexpr std::size_t distance = Here::steps * Here::Sequence::stride;
    const std::size_t samples = pass.input.count, rows = samples * Here::steps;
    const auto kept = [&](std::size_t i) { return typename Here::ConstSequence{pass.saved_data + i * matrix, rows}; };
    const auto in_scratch = [&](std::size_t i) { return typename Here::Sequence{pass.scratch + i * matrix, rows}; };
    const auto x = in_scratch(0), dy = in_scratch(1), d_result = in_scratch(2), product = in_scratch(6);
    T* const turned = pass.scratch + 7 * matrix;
    T* const scratch = turned + simd::block_size<T>(Here::features, Here::features);
    for (std::size_t b = 0; b < samples; ++b) {
      kernels::copy(ConstUnpadded{pass.input[b], Here::steps}, of_sample<Here>(x, b));
      kernels::copy(Unpadded{pass.output_gradient[b], Here::steps}, of_sample<Here>(dy, b));
    }
    T* const no_bias = scratch;
    kernels::fill(no_bias, Here::Sequence::stride, T(0));
    const auto back_through = [&](auto weight, auto from, auto to) {
      const typename Here::Sequence transposed{turned, Here::features};
      kernels::transpose<Simd>(weight, transposed);
      kernels::multiply<Simd>(from, transposed, no_bias, to);
    };

    back_through(pass.template parameter<6>(), dy, d_result);
    for (std::size_t b = 0; b < samples; ++b) {
      const T* const scores = pass.saved_data + 4 * matrix + b * Here::heads * Here::scores;
      const std::size_t at = b * distance;
      detail::Attention<Simd, Here, causal, T>::backward(kept(0).data + at, kept(1).data + at, kept(2).data + at,
                                                         scores, d_result.data + at, in_scratch(3).data + at,
                                                         in_scratch(4).data + at, in_scratch(5).data + at, scratch);
    }

    // Before the sinks, which may change the weights.
    if constexpr (Pass::wants_input_gradient) {
      using Pack = typename Simd::template pack<T, Here::features>;
      const auto dx = d_result;  // whose time is over
      kernels::fill(no_bias, Here::Sequence::stride, T(0));
      back_through(pass.template parameter<0>(), in_scratch(3), dx);
      detail::for_each_index<2>([&]<std::size_t I>() {
        back_through(pass.template parameter<2 * (I + 1)>(), in_scratch(4 + I), product);
        for (std::size_t row = 0; row < rows; ++row)
          kernels::zip<Pack, kernels::Rest::none>(dx[row], product[row], dx[row],
                                                  kernels::worked_columns<Pack, typename Here::Sequence>,
                                                  [](auto a, auto b) { return a + b; });
      });
      for (std::size_t b = 0; b < samples; ++b) {
        kernels::copy(of_sample<Here>(dx, b), Unpadded{pass.input_gradient[b], Here::steps});
        kernels::clear_padding(pass.input_gradient, b);
      }
    }
    detail::for_each_index<3>([&]<std::size_t I>() {
      kernels::weight_gradient<Simd>(x, in_scratch(3 + I), pass.template gradient_sink<2 * I>());
      kernels::bias_gradient<Simd>(in_scratch(3 + I), pass.template gradient_sink<2 * I + 1>());
    });
    kernels::weight_gradient<Simd>(kept(3), dy, pass.template gradient_sink<6>());
    kernels::bias_gradient<Simd>(dy, pass.template gradient_sink<7>());
  }

 private:
  template <class Here, class Sequence>
  static constexpr Sequence of_sample(Sequence all, std::size_t sample) {
    return {all[sample * Here::steps], Here::steps};
  }
};

static_assert(Layer<MultiHeadAttention<2>, Shape<3, 4>>, "MultiHeadAttention: must satisfy the layer concept");

}  // namespace cortexpr
