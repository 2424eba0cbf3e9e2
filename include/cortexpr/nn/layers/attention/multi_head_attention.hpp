#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/product/gemm.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/attention/attention.hpp>
#include <cortexpr/nn/options/sequence.hpp>
#include <cortexpr/nn/options/window.hpp>

#include <cstddef>
#include <limits>
#include <type_traits>

namespace cortexpr {

namespace detail {

struct CausalKind {
  template <class Option>
  static constexpr bool has = std::is_same_v<Option, Causal>;
};

}  // namespace detail

/// Self-attention between the steps of a sequence, with several heads:
///     y = concat over heads of (softmax(Q K^T / sqrt(F / Heads)) V) W_o + b_o,   Q = x W_q + b_q, likewise K and V
/// as in PyTorch. Options, in any order: Causal, with which a step attends to itself and earlier steps only; an
/// initializer.
/// Shapes:  x [B, Steps, F] -> y [B, Steps, F]; query_weight, key_weight, value_weight, output_weight [F, F];
///          query_bias, key_bias, value_bias, output_bias [F]
/// Cost:    B*Steps*F*(4*F + 2*Steps) multiply-adds forward, twice that backward; training saves Q, K, V, the result
///          before W_o, and Heads*Steps*Steps weights of each sample
/// Errors:  compile time: the input is no sequence; Heads does not divide F
/// Source:  Vaswani et al., "Attention is all you need", 2017.
template <std::size_t Heads, class... Options>
struct MultiHeadAttention : LayerDescription {
  static_assert(Heads > 0, "MultiHeadAttention: there must be at least one head");
  static_assert(detail::OptionsOf<detail::CausalKind, detail::InitializerKind>::template fit<Options...>,
                "MultiHeadAttention: after the heads come Causal and an initializer, each at most once");
  static constexpr const char* name = "MultiHeadAttention";
  using expects = Sequence;
  using initializer = detail::Pick<detail::InitializerKind, GlorotUniform, Options...>;
  static constexpr bool causal = (std::is_same_v<Options, Causal> || ...);

  template <class In>
  static constexpr bool divides = detail::SequenceExtents<In>::features % Heads == 0;
  template <class In, class Mismatch>
  struct Check {
    static_assert(detail::SequenceExtents<In>::fits,
                  "MultiHeadAttention: the input must be a sequence [Steps, F]; put Reshape or Embedding before it");
    static_assert(!detail::SequenceExtents<In>::fits || divides<In>,
                  "MultiHeadAttention: the heads must divide the features of a step");
  };

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, In> {
    static constexpr std::size_t steps = detail::SequenceExtents<In>::steps;
    static constexpr std::size_t features = detail::SequenceExtents<In>::features;
    static constexpr std::size_t heads = divides<In> ? Heads : 1, width = features / heads;

    template <detail::FixedString Name>
    using Weight = Parameter<Name, Shape<features, features>, initializer, Fan{features, features}>;
    template <detail::FixedString Name>
    using Bias = Parameter<Name, Shape<features>, Zeros>;
    static constexpr Weight<"query_weight"> query_weight{};
    static constexpr Bias<"query_bias"> query_bias{};
    static constexpr Weight<"key_weight"> key_weight{};
    static constexpr Bias<"key_bias"> key_bias{};
    static constexpr Weight<"value_weight"> value_weight{};
    static constexpr Bias<"value_bias"> value_bias{};
    static constexpr Weight<"output_weight"> output_weight{};
    static constexpr Bias<"output_bias"> output_bias{};

    // The arrays of attention: saved for all samples in training, scratch for one sample in inference. `result` is
    // multiplied with W_o.
    using Attention = detail::Attention<T, steps, features, heads, causal>;
    static constexpr Saved<"q", steps, features> q{};
    static constexpr Saved<"k", steps, features> k{};
    static constexpr Saved<"v", steps, features> v{};
    static constexpr Saved<"result", steps, features> result{};
    static constexpr Saved<"scores", heads * steps, steps> scores{};
    static constexpr Scratch<"one_q", steps, features> one_q{};
    static constexpr Scratch<"one_k", steps, features> one_k{};
    static constexpr Scratch<"one_v", steps, features> one_v{};
    static constexpr Scratch<"one_result", steps, features> one_result{};
    static constexpr Scratch<"one_scores", heads * steps, steps> one_scores{};
    static constexpr Scratch<"padded_y", steps, features> padded_y{};

    // x and dy with padded steps, and the gradients by q, k, v and result. backward_input reuses d_result for the sum
    // dx, and has one of its terms in `summand`.
    static constexpr Carried<"padded_x", steps, features> padded_x{};
    static constexpr Carried<"padded_dy", steps, features> padded_dy{};
    static constexpr Carried<"dq", steps, features> dq{};
    static constexpr Carried<"dk", steps, features> dk{};
    static constexpr Carried<"dv", steps, features> dv{};
    static constexpr Carried<"d_result", steps, features> d_result{};
    static constexpr Carried<"summand", steps, features> summand{};
    static constexpr BackwardScratch<"transposed_weight", features, features> transposed_weight{};

    static constexpr Arrays arrays =
        Arrays{query_weight, query_bias, key_weight, key_bias, value_weight, value_bias, output_weight, output_bias} +
        Arrays{q, k, v, result, scores, one_q, one_k, one_v, one_result, one_scores, padded_y} +
        Arrays{padded_x, padded_dy, dq, dk, dv, d_result, summand, transposed_weight} + Attention::arrays;
    static constexpr Exchange exchange(decltype(query_weight)) { return projection("in_proj_weight", 0, 1); }
    static constexpr Exchange exchange(decltype(query_bias)) { return projection("in_proj_bias", 0, 0); }
    static constexpr Exchange exchange(decltype(key_weight)) { return projection("in_proj_weight", 1, 1); }
    static constexpr Exchange exchange(decltype(key_bias)) { return projection("in_proj_bias", 1, 0); }
    static constexpr Exchange exchange(decltype(value_weight)) { return projection("in_proj_weight", 2, 1); }
    static constexpr Exchange exchange(decltype(value_bias)) { return projection("in_proj_bias", 2, 0); }
    static constexpr Exchange exchange(decltype(output_weight)) { return {.name = "out_proj.weight", .transposed = 1}; }
    static constexpr Exchange exchange(decltype(output_bias)) { return {.name = "out_proj.bias"}; }
    static constexpr std::size_t macs = steps * features * (4 * features + 2 * steps);

    template <class Simd, class Pass>
    static constexpr void forward(Simd simd, const Pass& pass) {
      kernels::fill(pass[Attention::no_bias], simd::row_stride<T>(Attention::no_bias.columns), T(0));
      for (std::size_t b = 0; b < pass.x.count; ++b) {
        const auto view = [&](auto saved, auto scratch) {
          if constexpr (Pass::training)
            return sample(pass[saved], b, saved.rows);
          else
            return pass[scratch];
        };
        const auto q_b = view(q, one_q), k_b = view(k, one_k), v_b = view(v, one_v),
                   result_b = view(result, one_result);
        const Unpadded<const T> x{pass.x[b], steps};
        kernels::multiply<Simd>(x, pass[query_weight], pass[query_bias], q_b);
        kernels::multiply<Simd>(x, pass[key_weight], pass[key_bias], k_b);
        kernels::multiply<Simd>(x, pass[value_weight], pass[value_bias], v_b);
        Attention::forward(simd, pass, q_b, k_b, v_b, view(scores, one_scores), result_b);
        kernels::multiply<Simd>(result_b, pass[output_weight], pass[output_bias], pass[padded_y]);
        kernels::copy(pass[padded_y], Unpadded<T>{pass.y[b], steps});
        kernels::clear_padding(pass.y, b);
      }
    }

    /// Computes dq, dk and dv from dy.
    template <class Simd>
    static constexpr void backward_output(Simd simd, const auto& pass) {
      kernels::fill(pass[Attention::no_bias_backward], simd::row_stride<T>(Attention::no_bias_backward.columns), T(0));
      for (std::size_t b = 0; b < pass.x.count; ++b) {
        kernels::copy(Unpadded<const T>{pass.x[b], steps}, sample(pass[padded_x], b));
        kernels::copy(Unpadded<const T>{pass.dy[b], steps}, sample(pass[padded_dy], b));
      }
      multiply_transposed(simd, pass, pass[padded_dy], output_weight, pass[d_result]);
      for (std::size_t b = 0; b < pass.x.count; ++b)
        Attention::backward(simd, pass, sample(pass[q], b), sample(pass[k], b), sample(pass[v], b),
                            sample(pass[scores], b, scores.rows), sample(pass[d_result], b), sample(pass[dq], b),
                            sample(pass[dk], b), sample(pass[dv], b));
    }

    /// dx = dq W_q^T + dk W_k^T + dv W_v^T
    template <class Simd>
    static constexpr void backward_input(Simd simd, const auto& pass) {
      using Pack = typename Simd::template pack<T, features>;
      const auto dx = pass[d_result], next = pass[summand];
      multiply_transposed(simd, pass, pass[dq], query_weight, dx);
      const auto add = [&](auto from, auto weight) {
        multiply_transposed(simd, pass, from, weight, next);
        for (std::size_t row = 0; row < dx.count; ++row)
          kernels::zip<Pack, kernels::Rest::none>(dx[row], next[row], dx[row],
                                                  kernels::worked_columns<Pack, decltype(next)>,
                                                  [](auto a, auto b) { return a + b; });
      };
      add(pass[dk], key_weight);
      add(pass[dv], value_weight);
      for (std::size_t b = 0; b < pass.x.count; ++b) {
        kernels::copy(sample(dx, b), Unpadded<T>{pass.dx[b], steps});
        kernels::clear_padding(pass.dx, b);
      }
    }

    template <class Simd>
    static constexpr void backward_parameters(Simd, const auto& pass) {
      const auto give = [&](auto from, auto to, auto weight, auto bias) {
        kernels::weight_gradient<Simd>(from, to, pass.gradient(weight));
        kernels::bias_gradient<Simd>(to, pass.gradient(bias));
      };
      give(pass[padded_x], pass[dq], query_weight, query_bias);
      give(pass[padded_x], pass[dk], key_weight, key_bias);
      give(pass[padded_x], pass[dv], value_weight, value_bias);
      give(pass[result], pass[padded_dy], output_weight, output_bias);
    }

    static auto to_onnx(auto& graph, auto x) {
      const auto project = [&](auto from, auto weight, auto bias) {
        const auto transposed = graph.node("Transpose", {graph[weight]}).set("perm", {1, 0});
        return graph.node("Add", {graph.node("MatMul", {from, transposed}), graph[bias]});
      };
      const auto of_heads = [&](auto from) { return graph.reshape(from, Shape<steps, heads, width>{}); };
      const auto all = graph.node("Split", {project(x, query_weight, query_bias)}).set("axis", 2);
      const auto q_scaled = graph.node("Mul", {all, graph.number(Attention::scale)});
      const auto q_heads = graph.node("Transpose", {of_heads(q_scaled)}).set("perm", {0, 2, 1, 3});
      const auto k_heads = graph.node("Transpose", {of_heads(all.output(1))}).set("perm", {0, 2, 3, 1});
      const auto v_heads = graph.node("Transpose", {of_heads(all.output(2))}).set("perm", {0, 2, 1, 3});
      auto attention = graph.node("MatMul", {q_heads, k_heads});
      if constexpr (causal)
        attention = graph.node("Add", {attention, graph.numbers({steps, steps}, [](std::size_t i) {
                                         return i % steps > i / steps ? -std::numeric_limits<double>::infinity() : 0.0;
                                       })});
      const auto mixed = graph.node("MatMul", {graph.node("Softmax", {attention}), v_heads});
      const auto side_by_side = graph.reshape(graph.node("Transpose", {mixed}).set("perm", {0, 2, 1, 3}), In{});
      return project(side_by_side, output_weight, output_bias);
    }

   private:
    /// PyTorch has query, key and value in one tensor.
    static constexpr Exchange projection(const char* tensor, std::size_t part, std::size_t transposed) {
      return {.name = tensor, .transposed = transposed, .part = part, .parts = 3};
    }
    /// A view of the steps of a sample in x, y, dx or dy, which have no padding between steps.
    template <class Element>
    using Unpadded = Rows<Element, features, features>;
    template <class All>
    static constexpr All sample(All all, std::size_t index, std::size_t rows = steps) {
      return {all[index * rows], rows};
    }
    /// to = from W^T
    template <class Simd>
    static constexpr void multiply_transposed(Simd, const auto& pass, auto from, auto weight, auto to) {
      kernels::transpose<Simd>(pass[weight], pass[transposed_weight]);
      kernels::multiply<Simd>(from, pass[transposed_weight], pass[Attention::no_bias_backward], to);
    }
  };
};
CORTEXPR_CHECK_LAYER(MultiHeadAttention<2>::Bound<float, Shape<3, 4>>);

}  // namespace cortexpr
