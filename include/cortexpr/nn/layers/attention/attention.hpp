#pragma once

#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/normalization/softmax.hpp>
#include <cortexpr/kernels/product/gemm.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/nn/topology/arrays.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <limits>

// Attention of one sample, without the projections: softmax(Q K^T / sqrt(width)) V for each head. A head is `width`
// columns of the matrices [Steps, Features].

namespace cortexpr::detail {

template <class T, std::size_t Steps, std::size_t Features, std::size_t Heads, bool causal>
class Attention {
  static constexpr std::size_t width = Features / Heads;
  using Sequence = Rows<T, Features, simd::row_stride<T>(Features)>;
  using ConstSequence = Rows<const T, Features, Sequence::stride>;
  using Scores = Rows<T, Steps, simd::row_stride<T>(Steps)>;
  using ConstScores = Rows<const T, Steps, Scores::stride>;
  using Head = Rows<T, width, simd::row_stride<T>(width)>;
  /// A view of a head inside a matrix of all heads.
  using HeadIn = Rows<const T, width, Sequence::stride>;

  // Scratch for one head.
  static constexpr Scratch<"transposed_keys", width, Steps> transposed_keys{};
  static constexpr Scratch<"values", Steps, width> values{};
  static constexpr Scratch<"attended", Steps, width> attended{};
  static constexpr BackwardScratch<"transposed_values", width, Steps> transposed_values{};
  static constexpr BackwardScratch<"d_scores", Steps, Steps> d_scores{};
  static constexpr BackwardScratch<"transposed_scores", Steps, Steps> transposed_scores{};
  static constexpr BackwardScratch<"operand", Steps, width> operand{};
  static constexpr BackwardScratch<"product", Steps, width> product{};

 public:
  static constexpr T scale = T(1) / constant_sqrt(static_cast<T>(width));
  // Zeros; the layer fills them.
  static constexpr Scratch<"no_bias", (Steps > width ? Steps : width)> no_bias{};
  static constexpr BackwardScratch<"no_bias_backward", (Steps > Features ? Steps : Features)> no_bias_backward{};
  static constexpr Arrays arrays{transposed_keys,   values,  attended, no_bias,         transposed_values, d_scores,
                                 transposed_scores, operand, product,  no_bias_backward};

  /// Shapes:  q, k, v [Steps, Features] -> scores [Heads * Steps, Steps], result [Steps, Features]
  /// Cost:    2*Steps*Steps*Features multiply-adds
  template <class Simd>
  static constexpr void forward(Simd, const auto& pass, Sequence q, Sequence k, Sequence v, Scores scores,
                                Sequence result) {
    for (std::size_t h = 0; h < Heads; ++h) {
      const Scores weights{scores[h * Steps], Steps};
      kernels::transpose<Simd>(head(k, h), pass[transposed_keys]);
      kernels::multiply<Simd>(head(q, h), pass[transposed_keys], pass[no_bias], weights);
      for (std::size_t i = 0; i < Steps; ++i) to_weights<Simd>(weights[i], i);
      kernels::copy(head(v, h), pass[values]);
      kernels::multiply<Simd>(weights, pass[values], pass[no_bias], pass[attended]);
      put(pass[attended], result, h);
    }
    clear_padding_of(result);
  }

  /// Shapes:  as in forward, and d_result [Steps, Features] -> dq, dk, dv [Steps, Features]
  /// Cost:    4*Steps*Steps*Features multiply-adds
  template <class Simd>
  static constexpr void backward(Simd, const auto& pass, ConstSequence q, ConstSequence k, ConstSequence v,
                                 ConstScores scores, Sequence d_result, Sequence dq, Sequence dk, Sequence dv) {
    using Pack = typename Simd::template pack<T, Steps>;
    const auto zeros = pass[no_bias_backward];
    for (std::size_t h = 0; h < Heads; ++h) {
      const ConstScores weights{scores[h * Steps], Steps};
      kernels::copy(head(d_result, h), pass[operand]);
      kernels::transpose<Simd>(head(v, h), pass[transposed_values]);
      kernels::multiply<Simd>(pass[operand], pass[transposed_values], zeros, pass[d_scores]);
      kernels::transpose<Simd>(weights, pass[transposed_scores]);
      kernels::multiply<Simd>(pass[transposed_scores], pass[operand], zeros, pass[product]);
      put(pass[product], dv, h);
      for (std::size_t i = 0; i < Steps; ++i) {
        T* const row = pass[d_scores][i];
        kernels::softmax_gradient<Pack, Steps>(weights[i], row, row);
        times_scale<Pack>(row);
      }
      kernels::copy(head(k, h), pass[operand]);
      kernels::multiply<Simd>(pass[d_scores], pass[operand], zeros, pass[product]);
      put(pass[product], dq, h);
      kernels::copy(head(q, h), pass[operand]);
      kernels::transpose<Simd>(pass[d_scores], pass[transposed_scores]);
      kernels::multiply<Simd>(pass[transposed_scores], pass[operand], zeros, pass[product]);
      put(pass[product], dk, h);
    }
    for (const Sequence gradient : {dq, dk, dv}) clear_padding_of(gradient);
  }

 private:
  static constexpr HeadIn head(ConstSequence all, std::size_t index) { return {all.data + index * width, Steps}; }
  static constexpr void put(Head from, Sequence to, std::size_t index) {
    for (std::size_t i = 0; i < Steps; ++i)
      for (std::size_t j = 0; j < width; ++j) to[i][index * width + j] = from[i][j];
  }
  static constexpr void clear_padding_of(Sequence sequence) {
    for (std::size_t i = 0; i < Steps; ++i) kernels::clear_padding(sequence, i);
  }
  template <class Pack>
  static constexpr void times_scale(T* row) {
    kernels::map<Pack, kernels::Rest::none>(row, row, kernels::worked_columns<Pack, Scores>,
                                            []<class P>(P values) { return values * P::broadcast(scale); });
  }
  /// Turns the products of the query of step `step` with all keys into weights, whose sum is 1. With `causal` the
  /// weights of later steps are 0.
  template <class Simd>
  static constexpr void to_weights(T* row, std::size_t step) {
    using Pack = typename Simd::template pack<T, Steps>;
    times_scale<Pack>(row);
    if constexpr (causal)
      for (std::size_t later = step + 1; later < Steps; ++later) row[later] = -std::numeric_limits<T>::infinity();
    kernels::softmax<Pack, Steps>(row, row);
  }
};

}  // namespace cortexpr::detail
