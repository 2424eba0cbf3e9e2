#pragma once

#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/product/gemm.hpp>
#include <cortexpr/kernels/normalization/softmax.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/nn/arena.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>
#include <limits>

// What attention computes between its projections: for each head, softmax(Q K^T / sqrt(width)) V.

namespace cortexpr::detail {

/// The data of attention over `Steps` steps of `Features` numbers, in heads of `width`.
template <class T, std::size_t Steps, std::size_t Features, std::size_t Heads>
struct AttentionLayout {
  static constexpr std::size_t steps = Steps, features = Features, heads = Heads, width = Features / Heads;
  /// A matrix with a row for each step of one sample or of several; a head is some of its columns.
  using Sequence = Rows<T, Features, simd::row_stride<T>(Features)>;
  using ConstSequence = Rows<const T, Features, simd::row_stride<T>(Features)>;
  using Head = Rows<T, width, simd::row_stride<T>(width)>;
  using TurnedHead = Rows<T, Steps, simd::row_stride<T>(Steps)>;  // [width, Steps]
  using Scores = Rows<T, Steps, simd::row_stride<T>(Steps)>;

  static constexpr std::size_t sequence = simd::padded(Steps * Sequence::stride, simd::native_lanes<T>);
  static constexpr std::size_t head = simd::block_size<T>(Steps, width);
  static constexpr std::size_t turned = simd::block_size<T>(width, Steps);
  static constexpr std::size_t scores = simd::block_size<T>(Steps, Steps);
  static constexpr std::size_t zeros =
      simd::block_size<T>(1, Features > Steps ? Features : Steps) + simd::block_size<T>(1, width);

  /// Forward: a head of K turned, of V, of the result, and no bias.
  static constexpr std::size_t forward_scratch = turned + 2 * head + zeros;
  /// Backward: two heads, one turned, two matrices of scores, and no bias.
  static constexpr std::size_t backward_scratch = 2 * head + turned + 2 * scores + zeros;
};

/// One sample.
template <class Simd, class Layout, bool causal, class T>
class Attention {
  using Head = typename Layout::Head;
  using TurnedHead = typename Layout::TurnedHead;
  using Scores = typename Layout::Scores;
  static constexpr std::size_t steps = Layout::steps, width = Layout::width;
  /// The columns of a head, as they lie among the others.
  using HeadIn = Rows<const T, width, Layout::Sequence::stride>;
  static constexpr T scale = T(1) / constant_sqrt(static_cast<T>(width));

 public:
  /// Shapes:  q, k, v [Steps, Features] -> scores [Heads, Steps, Steps], result [Steps, Features]
  static constexpr void forward(const T* q, const T* k, const T* v, T* scores, T* result, T* scratch) {
    const TurnedHead keys{scratch, width};
    const Head values{scratch + Layout::turned, steps}, output{values.data + Layout::head, steps};
    T* const zeros = clear(output.data + Layout::head);
    for (std::size_t h = 0; h < Layout::heads; ++h) {
      const Scores weights{scores + h * Layout::scores, steps};
      kernels::transpose<Simd>(HeadIn{k + h * width, steps}, keys);
      kernels::multiply<Simd>(HeadIn{q + h * width, steps}, keys, zeros, weights);
      for (std::size_t i = 0; i < steps; ++i) to_weights(weights[i], i);
      kernels::copy(HeadIn{v + h * width, steps}, values);
      kernels::multiply<Simd>(weights, values, zeros, output);
      put(output, result + h * width);
    }
    clear_padding_of(result);
  }

  /// Shapes:  of forward, and dresult [Steps, Features] -> dq, dk, dv [Steps, Features]
  static constexpr void backward(const T* q, const T* k, const T* v, const T* scores, const T* dresult, T* dq, T* dk,
                                 T* dv, T* scratch) {
    const Head operand{scratch, steps}, output{scratch + Layout::head, steps};
    const TurnedHead values{output.data + Layout::head, width};
    const Scores slope{values.data + Layout::turned, steps}, turned{slope.data + Layout::scores, steps};
    T* const zeros = clear(turned.data + Layout::scores);
    using Pack = typename Simd::template pack<T, steps>;
    for (std::size_t h = 0; h < Layout::heads; ++h) {
      const Rows<const T, steps, Scores::stride> weights{scores + h * Layout::scores, steps};
      kernels::copy(HeadIn{dresult + h * width, steps}, operand);
      kernels::transpose<Simd>(HeadIn{v + h * width, steps}, values);
      kernels::multiply<Simd>(operand, values, zeros, slope);
      kernels::transpose<Simd>(weights, turned);
      kernels::multiply<Simd>(turned, operand, zeros, output);
      put(output, dv + h * width);
      for (std::size_t i = 0; i < steps; ++i) {
        kernels::softmax_gradient<Pack, steps>(weights[i], slope[i], slope[i]);
        times_scale<Pack>(slope[i]);
      }
      kernels::copy(HeadIn{k + h * width, steps}, operand);
      kernels::multiply<Simd>(slope, operand, zeros, output);
      put(output, dq + h * width);
      kernels::copy(HeadIn{q + h * width, steps}, operand);
      kernels::transpose<Simd>(slope, turned);
      kernels::multiply<Simd>(turned, operand, zeros, output);
      put(output, dk + h * width);
    }
    for (T* const gradient : {dq, dk, dv}) clear_padding_of(gradient);
  }

 private:
  static constexpr T* clear(T* zeros) {
    kernels::fill(zeros, Layout::zeros, T(0));
    return zeros;
  }
  static constexpr void clear_padding_of(T* sequence) {
    for (std::size_t i = 0; i < steps; ++i) kernels::clear_padding(typename Layout::Sequence{sequence, steps}, i);
  }
  template <class Pack>
  static constexpr void times_scale(T* row) {
    kernels::map<Pack, kernels::Rest::none>(row, row, kernels::worked_columns<Pack, Scores>,
                                            []<class P>(P values) { return values * P::broadcast(scale); });
  }
  /// From products of step `step` to weights, which add up to 1; with `causal` those of later steps are 0.
  static constexpr void to_weights(T* row, std::size_t step) {
    using Pack = typename Simd::template pack<T, steps>;
    times_scale<Pack>(row);
    if constexpr (causal)
      for (std::size_t later = step + 1; later < steps; ++later) row[later] = -std::numeric_limits<T>::infinity();
    kernels::softmax<Pack, steps>(row, row);
  }
  static constexpr void put(Head from, T* to) {
    for (std::size_t i = 0; i < steps; ++i)
      for (std::size_t j = 0; j < width; ++j) to[i * Layout::Sequence::stride + j] = from[i][j];
  }
};

}  // namespace cortexpr::detail
