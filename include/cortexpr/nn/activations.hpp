#pragma once

#include <cortexpr/core/math.hpp>
#include <cortexpr/nn/activation.hpp>

// The activations. nn/activation.hpp describes the members of one.

namespace cortexpr {

/// y = x
struct Linear : detail::FromOutput {
  static constexpr Clamp clamp{};
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return x;
  }
  template <class Pack>
  static constexpr Pack derivative(Pack) {
    return detail::constant<Pack>(1);
  }
  static auto to_onnx(auto&, auto x) { return x; }
};

/// y = 1 / (1 + exp(-x))
struct Sigmoid : detail::FromOutput {
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return math::sigmoid(x);
  }
  template <class Pack>
  static constexpr Pack derivative(Pack y) {
    return y * (detail::constant<Pack>(1) - y);
  }
  static constexpr const char* onnx_recurrent = "Sigmoid";
  static auto to_onnx(auto& graph, auto x) { return graph.node("Sigmoid", {x}); }
};

/// y = tanh(x)
struct Tanh : detail::FromOutput {
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return math::tanh(x);
  }
  template <class Pack>
  static constexpr Pack derivative(Pack y) {
    return fma(-y, y, detail::constant<Pack>(1));
  }
  static constexpr const char* onnx_recurrent = "Tanh";
  static auto to_onnx(auto& graph, auto x) { return graph.node("Tanh", {x}); }
};

/// y = max(x, 0); the derivative at 0 is 0
struct Relu : detail::FromOutput {
  using default_initializer = HeNormal;
  static constexpr Clamp clamp{.lowest = 0};
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return max(Pack::zero(), x);
  }
  template <class Pack>
  static constexpr Pack derivative(Pack y) {
    return select(y > Pack::zero(), detail::constant<Pack>(1), Pack::zero());
  }
  static constexpr const char* onnx_recurrent = "Relu";
  static auto to_onnx(auto& graph, auto x) { return graph.node("Relu", {x}); }
};

/// y = x for x > 0, else slope x
template <float slope = 0.01f>
struct LeakyRelu : detail::FromOutput {
  static_assert(slope >= 0 && slope < 1, "LeakyRelu: the slope must lie in [0, 1)");
  using default_initializer = HeNormal;
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return select(x > Pack::zero(), x, x * detail::constant<Pack>(slope));
  }
  template <class Pack>
  static constexpr Pack derivative(Pack y) {
    return select(y > Pack::zero(), detail::constant<Pack>(1), detail::constant<Pack>(slope));
  }
  static auto to_onnx(auto& graph, auto x) { return graph.node("LeakyRelu", {x}).set("alpha", slope); }
};

/// y = min(max(x, 0), 6); the derivative at 0 and at 6 is 0
struct Relu6 : detail::FromOutput {
  using default_initializer = HeNormal;
  static constexpr Clamp clamp{.lowest = 0, .highest = 6};
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return min(detail::constant<Pack>(6), max(Pack::zero(), x));
  }
  template <class Pack>
  static constexpr Pack derivative(Pack y) {
    return select(y > Pack::zero(), select(y < detail::constant<Pack>(6), detail::constant<Pack>(1), Pack::zero()),
                  Pack::zero());
  }
  static auto to_onnx(auto& graph, auto x) { return graph.node("Clip", {x, graph.number(0), graph.number(6)}); }
};

/// y = x for x > 0, else exp(x) - 1
struct Elu : detail::FromOutput {
  using default_initializer = HeNormal;
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return select(x > Pack::zero(), x, math::expm1(min(Pack::zero(), x)));
  }
  template <class Pack>
  static constexpr Pack derivative(Pack y) {
    return select(y > Pack::zero(), detail::constant<Pack>(1), y + detail::constant<Pack>(1));
  }
  static constexpr const char* onnx_recurrent = "Elu";
  static auto to_onnx(auto& graph, auto x) { return graph.node("Elu", {x}); }
};

/// y = lambda x for x > 0, else lambda alpha (exp(x) - 1)
/// Source: Klambauer et al., "Self-normalizing neural networks", 2017, eq. 2.
struct Selu : detail::FromOutput {
  using default_initializer = LecunNormal;
  static constexpr double lambda = 1.0507009873554804934193349852946;
  static constexpr double alpha = 1.6732632423543772848170429916717;
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return select(x > Pack::zero(), detail::constant<Pack>(lambda) * x,
                  detail::constant<Pack>(lambda * alpha) * math::expm1(min(Pack::zero(), x)));
  }
  template <class Pack>
  static constexpr Pack derivative(Pack y) {
    return select(y > Pack::zero(), detail::constant<Pack>(lambda), y + detail::constant<Pack>(lambda * alpha));
  }
  static auto to_onnx(auto& graph, auto x) { return graph.node("Selu", {x}).set("alpha", alpha).set("gamma", lambda); }
};

/// y = x (1 + erf(x / sqrt(2))) / 2, the exact form
/// Source: Hendrycks, Gimpel, "Gaussian error linear units", 2016.
struct Gelu : detail::FromInput {
  using default_initializer = HeNormal;
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return x * cumulative(x);
  }
  template <class Pack>
  static constexpr Pack derivative(Pack x) {
    const Pack density =
        detail::constant<Pack>(0.39894228040143267794) * math::exp(detail::constant<Pack>(-0.5) * x * x);
    return fma(x, density, cumulative(x));
  }
  static auto to_onnx(auto& graph, auto x) {
    const auto error = graph.node("Erf", {graph.node("Mul", {x, graph.number(0.70710678118654752440)})});
    return graph.node("Mul", {graph.node("Mul", {x, graph.node("Add", {error, graph.number(1)})}), graph.number(0.5)});
  }

 private:
  template <class Pack>
  static constexpr Pack cumulative(Pack x) {
    const Pack half = detail::constant<Pack>(0.5);
    return fma(half, math::erf(x * detail::constant<Pack>(0.70710678118654752440)), half);
  }
};

/// y = x sigmoid(x), also called swish
struct Silu : detail::FromInput {
  using default_initializer = HeNormal;
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return x * math::sigmoid(x);
  }
  template <class Pack>
  static constexpr Pack derivative(Pack x) {
    const Pack one = detail::constant<Pack>(1);
    const Pack gate = math::sigmoid(x);
    return gate * fma(x, one - gate, one);
  }
  static auto to_onnx(auto& graph, auto x) { return graph.node("Mul", {x, graph.node("Sigmoid", {x})}); }
};

/// y = min(max(x / 6 + 1 / 2, 0), 1)
struct HardSigmoid : detail::FromOutput {
  template <class Pack>
  static constexpr Pack value(Pack x) {
    const Pack line = fma(x, detail::constant<Pack>(1.0 / 6), detail::constant<Pack>(0.5));
    return min(detail::constant<Pack>(1), max(Pack::zero(), line));
  }
  template <class Pack>
  static constexpr Pack derivative(Pack y) {
    return select(y > Pack::zero(),
                  select(y < detail::constant<Pack>(1), detail::constant<Pack>(1.0 / 6), Pack::zero()), Pack::zero());
  }
  static auto to_onnx(auto& graph, auto x) {
    return graph.node("HardSigmoid", {x}).set("alpha", 1.0 / 6).set("beta", 0.5);
  }
};

/// y = x hard_sigmoid(x)
/// Source: Howard et al., "Searching for MobileNetV3", 2019.
struct HardSwish : detail::FromInput {
  using default_initializer = HeNormal;
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return x * HardSigmoid::value(x);
  }
  template <class Pack>
  static constexpr Pack derivative(Pack x) {
    const Pack three = detail::constant<Pack>(3);
    const Pack inner = fma(x, detail::constant<Pack>(1.0 / 3), detail::constant<Pack>(0.5));
    return select(x > three, detail::constant<Pack>(1), select(x > -three, inner, Pack::zero()));
  }
  static auto to_onnx(auto& graph, auto x) { return graph.node("HardSwish", {x}); }
};

/// y = log(1 + exp(x))
struct Softplus : detail::FromInput {
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return math::softplus(x);
  }
  template <class Pack>
  static constexpr Pack derivative(Pack x) {
    return math::sigmoid(x);
  }
  static constexpr const char* onnx_recurrent = "Softplus";
  static auto to_onnx(auto& graph, auto x) { return graph.node("Softplus", {x}); }
};

/// y = x tanh(softplus(x))
/// Source: Misra, "Mish: a self regularized non-monotonic activation function", 2019.
struct Mish : detail::FromInput {
  using default_initializer = HeNormal;
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return x * math::tanh(math::softplus(x));
  }
  template <class Pack>
  static constexpr Pack derivative(Pack x) {
    const Pack gate = math::tanh(math::softplus(x));
    return fma(x * fma(-gate, gate, detail::constant<Pack>(1)), math::sigmoid(x), gate);
  }
  static auto to_onnx(auto& graph, auto x) {
    return graph.node("Mul", {x, graph.node("Tanh", {graph.node("Softplus", {x})})});
  }
};

/// y_j = exp(x_j) / sum over k of exp(x_k), for each sample. SoftmaxCrossEntropy takes logits, so training for classes
/// needs no Softmax.
struct Softmax {
  static constexpr bool works_on_rows = true;
  static auto to_onnx(auto& graph, auto x) { return graph.of_samples("Softmax", x); }
};

}  // namespace cortexpr
