#include <doctest/doctest.h>

#include <array>
#include <cortexpr/kernels/update/update.hpp>
#include <cortexpr/nn/execution/activate.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/workspace.hpp>
#include <memory>
#include <vector>

#include "fixtures.hpp"

// SIMD = scalar = constant expression, bit for bit. `run` below is called with the packs of this machine, with one lane
// at run time, and with one lane in the compiler.

using namespace cortexpr;
using laws::at_run_time;
using laws::PaddedRows;
using laws::same_bits;

namespace {

template <class Simd>
constexpr auto on = [](const auto& run) { return run.template operator()<Simd>(); };

#define CHECK_SAME_ON_ALL_BACKENDS(...)                                                   \
  do {                                                                                    \
    constexpr auto in_compiler = on<simd::ConstantEvaluated>(__VA_ARGS__);                \
    CHECK(same_bits(at_run_time(on<simd::ConstantEvaluated>, __VA_ARGS__), in_compiler)); \
    CHECK(same_bits(at_run_time(on<simd::Native>, __VA_ARGS__), in_compiler));            \
  } while (false)

/// Both sides of every kink, what saturates, and what is tiny.
template <class T, std::size_t Columns>
constexpr auto inputs() {
  PaddedRows<T, 3, Columns> x;
  x.fill(1);
  for (std::size_t i = 0; i < x.size(); ++i) x.values[i] *= i < x.stride ? T(1) : T(7);
  constexpr T extremes[] = {T(-100), T(100), T(-1e-30), T(1e-5), T(0), T(-0.0), T(-20), T(3)};
  for (std::size_t j = 0; j < Columns && j < 8; ++j) x.rows()[2][j] = extremes[j];
  return x;
}

/// Outputs and input gradients of an activation.
template <class T, class ActivationType>
struct ActivationRun {
  template <class Simd>
  constexpr auto operator()() const {
    constexpr std::size_t columns = 11;
    PaddedRows<T, 3, columns> x = inputs<T, columns>(), y, gradient;
    gradient.fill(2);
    detail::activate<Simd, ActivationType>(x.rows(), y.rows());
    detail::activate_backward<Simd, ActivationType>(y.rows(), x.rows(), gradient.rows());
    std::array<T, 2 * 3 * columns> results{};
    for (std::size_t i = 0; i < 3 * columns; ++i) {
      results[2 * i] = y.rows()[i / columns][i % columns];
      results[2 * i + 1] = gradient.rows()[i / columns][i % columns];
    }
    return results;
  }
};

/// Values and gradients of a loss, over a row of each width.
template <class T, class Loss>
struct LossRun {
  Loss loss;
  bool probabilities = false;

  template <class Simd>
  constexpr auto operator()() const {
    std::array<T, 3 + 1 + 10 + 37> results{};
    T* to = results.data();
    add<Simd, 1>(to);
    add<Simd, 10>(to);
    add<Simd, 37>(to);
    return results;
  }
  template <class Simd, std::size_t Columns>
  constexpr void add(T*& to) const {
    PaddedRows<T, 1, Columns> output, target, gradient;
    output.fill(Columns);
    laws::fill_probabilities(target, 1);
    if (probabilities) laws::fill_probabilities(output, Columns);
    *to++ = loss.template operator()<Simd, Columns>(output.values, target.values, gradient.values, T(0.2));
    for (std::size_t j = 0; j < Columns; ++j) *to++ = gradient.values[j];
  }
};

/// Parameters after three steps of an optimizer.
template <class T, class Optimizer>
struct OptimizerRun {
  Optimizer optimizer;

  template <class Simd>
  constexpr auto operator()() const {
    constexpr std::size_t count = 32;
    PaddedRows<T, 1, count> parameters, gradient;
    PaddedRows<T, 2, count> states;
    parameters.fill(1);
    for (std::uint64_t step = 1; step <= 3; ++step) {
      gradient.fill(1 + step);
      kernels::update_block<Simd, Optimizer::state_slots>(parameters.values, gradient.values, states.values, count,
                                                          count, optimizer.template rule<T>(0.05f, step));
    }
    return parameters;
  }
};

/// Outputs and gradients of a network, as in training.
template <class Net, class Simd>
auto trained_with() {
  constexpr std::size_t batch = 7;
  using T = typename Net::value_type;
  const auto workspace = std::make_unique<detail::Workspace<typename Net::chain, batch>>();
  Net network, gradient;
  network.initialize(Seed{2});
  Tensor<T, Shape<batch * Net::input_shape::size>> inputs{};
  laws::fill_normal(inputs, 1);
  const auto outputs = workspace->forward(Simd{}, network.data(), inputs.data(), batch, {});
  std::vector<T> results;
  PaddedRows<T, batch, Net::output_shape::size> upstream;
  upstream.fill(3);
  kernels::copy(upstream.rows(), workspace->output_gradient());
  workspace->backward(Simd{}, network.data(), kernels::StoreGradient<T>{gradient.block().data()});
  for (std::size_t row = 0; row < batch; ++row)
    results.insert(results.end(), outputs[row], outputs[row] + Net::output_shape::size);
  detail::for_each_parameter<typename Net::chain>(gradient.data(), [&](auto, auto rows) {
    for (std::size_t row = 0; row < rows.count; ++row)
      results.insert(results.end(), rows[row], rows[row] + rows.columns);
  });
  return results;
}

}  // namespace

// Too much for a compiler; in_compiler_test.cpp has small ones.
TEST_CASE_TEMPLATE("SIMD = scalar: recurrent layers", Net,
                   Network<Input<5, 34>, SimpleRnn<70, ReturnSequences>, SimpleRnn<7, Mish>>,
                   Network<Input<5, 3>, Gru<35, ReturnSequences>, Gru<16, ReturnSequences>, Gru<1>>,
                   Network<Input<5, 3>, Gru<35, ResetBefore, ReturnSequences>, Gru<2, ResetBefore>>,
                   Network<Input<6, 3>, Lstm<35, ReturnSequences>, Lstm<9, ReturnSequences>, Lstm<64>>,
                   with_scalar<double, Network<Input<5, 3>, Lstm<33, ReturnSequences>, Gru<9>>>) {
  CHECK(same_bits(trained_with<Net, simd::Native>(), trained_with<Net, simd::ConstantEvaluated>()));
}

TEST_CASE_TEMPLATE("SIMD = scalar = constant expression: activations", AnyOne, Linear, Sigmoid, Tanh, Relu, LeakyRelu<>,
                   Relu6, Elu, Selu, Gelu, Silu, HardSigmoid, HardSwish, Softplus, Mish, Softmax) {
  CHECK_SAME_ON_ALL_BACKENDS(ActivationRun<float, AnyOne>{});
}

TEST_CASE_TEMPLATE("SIMD = scalar = constant expression: activations in double", AnyOne, Selu, Gelu, Mish, Softmax) {
  CHECK_SAME_ON_ALL_BACKENDS(ActivationRun<double, AnyOne>{});
}

TEST_CASE_TEMPLATE("SIMD = scalar = constant expression: losses", T, float, double) {
  CHECK_SAME_ON_ALL_BACKENDS(LossRun<T, SoftmaxCrossEntropy>{{.label_smoothing = 0.1f}});
  CHECK_SAME_ON_ALL_BACKENDS(LossRun<T, MeanSquaredError>{{}});
  CHECK_SAME_ON_ALL_BACKENDS(LossRun<T, MeanAbsoluteError>{{}});
  CHECK_SAME_ON_ALL_BACKENDS(LossRun<T, Huber>{{}});
  CHECK_SAME_ON_ALL_BACKENDS(LossRun<T, BinaryCrossEntropy>{{.from_logits = true}});
  CHECK_SAME_ON_ALL_BACKENDS(LossRun<T, BinaryCrossEntropy>{{}, true});
  CHECK_SAME_ON_ALL_BACKENDS(LossRun<T, KullbackLeibler>{{}, true});
}

TEST_CASE_TEMPLATE("SIMD = scalar = constant expression: optimizers", T, float, double) {
  CHECK_SAME_ON_ALL_BACKENDS(OptimizerRun<T, Sgd<>>{{.weight_decay = 0.1f}});
  CHECK_SAME_ON_ALL_BACKENDS(OptimizerRun<T, Momentum<>>{{.weight_decay = 0.1f}});
  CHECK_SAME_ON_ALL_BACKENDS(OptimizerRun<T, Momentum<>>{{.nesterov = true}});
  CHECK_SAME_ON_ALL_BACKENDS(OptimizerRun<T, AdaGrad<>>{});
  CHECK_SAME_ON_ALL_BACKENDS(OptimizerRun<T, RmsProp<>>{});
  CHECK_SAME_ON_ALL_BACKENDS(OptimizerRun<T, Adam<>>{});
  CHECK_SAME_ON_ALL_BACKENDS(OptimizerRun<T, AdamW<>>{});
}
