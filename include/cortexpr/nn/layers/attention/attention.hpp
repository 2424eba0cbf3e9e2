#pragma once

#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/kernels/gemm.hpp>
#include <cortexpr/kernels/softmax.hpp>
#include <cortexpr/kernels/transpose.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <limits>

// Attention of one sample, between the projections: softmax(Q K^T / sqrt(Width)) V for each head. A head is `Width`
// columns of the matrices [Steps, Features]; what the kernels need with padded rows of its own is copied.

namespace cortexpr::detail {

/// One head forward.
template <class T, std::size_t Steps, std::size_t Width>
struct HeadScratch {
  Rows<T, Steps, simd::row_stride<T>(Steps)> transposed_keys;   // [Width, Steps]
  Rows<T, Width, simd::row_stride<T>(Width)> values, attended;  // [Steps, Width]
  const T* no_bias;                                             // zeros
};

/// One head backward.
template <class T, std::size_t Steps, std::size_t Width>
struct HeadBackwardScratch {
  Rows<T, Steps, simd::row_stride<T>(Steps)> transposed_values;             // [Width, Steps]
  Rows<T, Steps, simd::row_stride<T>(Steps)> d_scores, transposed_scores;   // [Steps, Steps]
  Rows<T, Width, simd::row_stride<T>(Width)> operand, product;              // [Steps, Width]
  const T* no_bias;                                                         // zeros
};

template <class Simd, class T, std::size_t Steps, std::size_t Features, std::size_t Heads, bool causal>
class Attention {
  static constexpr std::size_t width = Features / Heads;
  using Sequence = Rows<T, Features, simd::row_stride<T>(Features)>;
  using ConstSequence = Rows<const T, Features, Sequence::stride>;
  using Scores = Rows<T, Steps, simd::row_stride<T>(Steps)>;
  using ConstScores = Rows<const T, Steps, Scores::stride>;
  using Head = Rows<T, width, simd::row_stride<T>(width)>;
  /// A head where it lies among the others.
  using HeadIn = Rows<const T, width, Sequence::stride>;
  using Pack = typename Simd::template pack<T, Steps>;
  static constexpr T scale = T(1) / constant_sqrt(static_cast<T>(width));

 public:
  /// Shapes:  q, k, v [Steps, Features] -> scores [Heads * Steps, Steps], result [Steps, Features]
  /// Cost:    2*Steps*Steps*Features multiply-adds
  static constexpr void forward(Sequence q, Sequence k, Sequence v, Scores scores, Sequence result,
                                HeadScratch<T, Steps, width> scratch) {
    for (std::size_t h = 0; h < Heads; ++h) {
      const Scores weights{scores[h * Steps], Steps};
      kernels::transpose<Simd>(head(k, h), scratch.transposed_keys);
      kernels::multiply<Simd>(head(q, h), scratch.transposed_keys, scratch.no_bias, weights);
      for (std::size_t i = 0; i < Steps; ++i) to_weights(weights[i], i);
      kernels::copy(head(v, h), scratch.values);
      kernels::multiply<Simd>(weights, scratch.values, scratch.no_bias, scratch.attended);
      put(scratch.attended, result, h);
    }
    clear_padding_of(result);
  }

  /// Shapes:  those of forward, and d_result [Steps, Features] -> dq, dk, dv [Steps, Features]
  /// Cost:    4*Steps*Steps*Features multiply-adds
  static constexpr void backward(ConstSequence q, ConstSequence k, ConstSequence v, ConstScores scores,
                                 Sequence d_result, Sequence dq, Sequence dk, Sequence dv,
                                 HeadBackwardScratch<T, Steps, width> scratch) {
    const auto [transposed_values, d_scores, transposed_scores, operand, product, no_bias] = scratch;
    for (std::size_t h = 0; h < Heads; ++h) {
      const ConstScores weights{scores[h * Steps], Steps};
      kernels::copy(head(d_result, h), operand);
      kernels::transpose<Simd>(head(v, h), transposed_values);
      kernels::multiply<Simd>(operand, transposed_values, no_bias, d_scores);
      kernels::transpose<Simd>(weights, transposed_scores);
      kernels::multiply<Simd>(transposed_scores, operand, no_bias, product);
      put(product, dv, h);
      for (std::size_t i = 0; i < Steps; ++i) {
        kernels::softmax_gradient<Pack, Steps>(weights[i], d_scores[i], d_scores[i]);
        times_scale(d_scores[i]);
      }
      kernels::copy(head(k, h), operand);
      kernels::multiply<Simd>(d_scores, operand, no_bias, product);
      put(product, dq, h);
      kernels::copy(head(q, h), operand);
      kernels::transpose<Simd>(d_scores, transposed_scores);
      kernels::multiply<Simd>(transposed_scores, operand, no_bias, product);
      put(product, dk, h);
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
  static constexpr void times_scale(T* row) {
    kernels::map<Pack, kernels::Rest::none>(row, row, kernels::worked_columns<Pack, Scores>,
                                            []<class P>(P values) { return values * P::broadcast(scale); });
  }
  /// From the products of step `step` with all keys to weights, which add up to 1; with `causal` those of later steps are
  /// 0.
  static constexpr void to_weights(T* row, std::size_t step) {
    times_scale(row);
    if constexpr (causal)
      for (std::size_t later = step + 1; later < Steps; ++later) row[later] = -std::numeric_limits<T>::infinity();
    kernels::softmax<Pack, Steps>(row, row);
  }
};

}  // namespace cortexpr::detail
