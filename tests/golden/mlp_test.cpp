#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/workspace.hpp>
#include <span>

#include "../laws/fixtures.hpp"
#include "golden.hpp"

// The oracle's 4-5-3 network: for each hidden activation and four heads the outputs, the loss, and all gradients.

using namespace cortexpr;
using laws::PaddedRows;

namespace {

constexpr std::size_t samples = 6;

/// The head's loss of the activation of the network's output.
template <class ActivationType, class Loss>
struct After {
  Loss loss;
  double factor = 1;

  template <class Simd, std::size_t Columns, class T>
  T operator()(const T* output, const T* target, T* gradient, T scale) const {
    PaddedRows<T, 1, Columns> activated;
    for (std::size_t j = 0; j < Columns; ++j) activated.values[j] = output[j];
    detail::activate<Simd, ActivationType>(activated.rows(), activated.rows());
    const T value =
        loss.template operator()<Simd, Columns>(activated.values, target, gradient, scale * static_cast<T>(factor));
    detail::activate_backward<Simd, ActivationType>(activated.rows(), activated.rows(),
                                                    Rows<T, Columns, activated.stride>{gradient, 1});
    return value * static_cast<T>(factor);
  }
};

/// Behind an identity, whose gradients tell dX: its bias' is the sum of dX over the samples, its weight's X^T dX.
template <class T, class Hidden>
struct Mlp {
  using Net = with_scalar<T, Network<Input<4>, Dense<4>, Dense<5, Hidden>, Dense<3>>>;
  golden::File inputs{"mlp_inputs"};
  golden::File expected;
  golden::Tolerance tolerance;
  Net network{};
  Tensor<T, Shape<samples, 4>> x{};
  detail::Workspace<typename Net::chain, samples> workspace{};

  Mlp(const std::string& file, golden::Tolerance allowed) : expected{file}, tolerance{allowed} {
    const auto set = [&](const std::string& array, auto rows) {
      for (std::size_t i = 0; i < inputs[array].size(); ++i)
        rows[i / rows.columns][i % rows.columns] = static_cast<T>(inputs[array][i]);
    };
    for (std::size_t i = 0; i < 4; ++i) network.template parameter<"0.weight">()[i][i] = 1;
    set("W1", network.template parameter<"1.weight">());
    set("b1", network.template parameter<"1.bias">());
    set("W2", network.template parameter<"2.weight">());
    set("b2", network.template parameter<"2.bias">());
    golden::copy(inputs["X"], x);
  }

  double off(const std::string& array, auto rows) const {
    return golden::distance_of_rows(expected[array], rows, tolerance);
  }

  void forward() { workspace.forward(simd::Native{}, network.data(), x.data(), samples, {}); }

  void check_forward() {
    forward();
    CHECK(off("H1", workspace.template output<1>()) <= 1);
    CHECK(off("Z2", workspace.template output<2>()) <= 1);
  }

  template <class Loss>
  void check_head(const std::string& head, const std::string& loss_name, Loss loss) {
    CAPTURE(head);
    forward();  // backward passes reuse the memory of outputs
    const auto output = workspace.template output<2>();
    const auto gradient = workspace.output_gradient();
    double total = 0;
    for (std::size_t row = 0; row < samples; ++row) {
      PaddedRows<T, 1, 3> target;
      golden::copy({&inputs["T"][row * 3], &inputs["T"][row * 3] + 3}, std::span{target.values, 3});
      total += static_cast<double>(
          loss.template operator()<simd::Native, 3>(output[row], target.values, gradient[row], T(1) / samples));
    }
    CHECK(golden::distance(expected[loss_name], [&](auto) { return total / samples; }, tolerance) <= 1);
    CHECK(off(head + "_dZ2", gradient) <= 1);

    Net claimed;
    workspace.backward(simd::Native{}, network.data(), kernels::StoreGradient<T>{claimed.block().data()});
    CHECK(off(head + "_dW1", claimed.template parameter<"1.weight">()) <= 1);
    CHECK(off(head + "_db1", claimed.template parameter<"1.bias">()) <= 1);
    CHECK(off(head + "_dW2", claimed.template parameter<"2.weight">()) <= 1);
    CHECK(off(head + "_db2", claimed.template parameter<"2.bias">()) <= 1);
    const std::vector<double>& dx = expected[head + "_dX"];
    std::vector<double> sum(4), product(16);
    for (std::size_t row = 0; row < samples; ++row)
      for (std::size_t j = 0; j < 4; ++j) {
        sum[j] += dx[row * 4 + j];
        for (std::size_t i = 0; i < 4; ++i) product[i * 4 + j] += inputs["X"][row * 4 + i] * dx[row * 4 + j];
      }
    CHECK(golden::distance_of_rows(sum, claimed.template parameter<"0.bias">(), tolerance) <= 1);
    CHECK(golden::distance_of_rows(product, claimed.template parameter<"0.weight">(), tolerance) <= 1);
  }
};

template <class T, class Hidden>
void check(const std::string& hidden, golden::Tolerance tolerance) {
  CAPTURE(hidden);
  constexpr MeanSquaredError books{.sum_over_outputs = true};
  Mlp<T, Hidden> mlp{"mlp_" + hidden, tolerance};
  mlp.check_forward();
  mlp.check_head("msel", "msel_loss", books);
  mlp.check_head("mses", "mses_loss", After<Sigmoid, MeanSquaredError>{books});
  mlp.check_head("sce", "sce_loss_cat", SoftmaxCrossEntropy{});
}

}  // namespace

TEST_CASE("multi-layer perceptrons have the golden outputs, losses and gradients") {
  check<double, Linear>("linear", golden::in_double);
  check<double, Sigmoid>("sigmoid", golden::in_double);
  check<double, Tanh>("tanh", golden::in_double);
  check<double, Relu>("relu", golden::in_double);
  check<double, Relu6>("relu6", golden::in_double);
  check<double, Elu>("elu", golden::in_double);
  check<double, Gelu>("gelu", golden::in_double);
  check<double, Silu>("silu", golden::in_double);
  check<double, Softplus>("softplus", golden::in_double);
  // Their slopes are floats, 0.01 and 0.2 are not.
  check<double, LeakyRelu<0.01f>>("leaky_relu", golden::in_float);
  check<double, LeakyRelu<0.2f>>("leaky_relu_02", golden::in_float);
  check<float, Tanh>("tanh", golden::in_float);
}

// Only where no probability is so near to 0 or 1 that the oracle's clipping at 1e-9, or rounding, shows.
TEST_CASE("binary cross entropy of a softmax has the golden losses and gradients") {
  Mlp<double, Tanh> mlp{"mlp_tanh", golden::in_double};
  mlp.check_forward();
  // The oracle sums over the outputs, BinaryCrossEntropy takes their mean.
  mlp.check_head("bin", "sce_loss_bin", After<Softmax, BinaryCrossEntropy>{{}, 3});
}

TEST_CASE("the mean squared error's mean over all elements is the golden one") {
  const golden::File inputs{"mlp_inputs"}, expected{"mlp_tanh"};
  double total = 0;
  for (std::size_t row = 0; row < samples; ++row) {
    PaddedRows<double, 1, 3> output, target, gradient;
    for (std::size_t j = 0; j < 3; ++j) {
      output.values[j] = expected["msel_out"][row * 3 + j];
      target.values[j] = inputs["T"][row * 3 + j];
    }
    total += MeanSquaredError{}.operator()<simd::Native, 3>(output.values, target.values, gradient.values, 1.0);
  }
  CHECK(golden::distance(expected["msel_loss_mean"], [&](auto) { return total / samples; }, golden::in_double) <= 1);
}
