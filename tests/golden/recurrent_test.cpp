#include <algorithm>
#include <cmath>
#include <cortexpr/nn/execution/train_chain.hpp>
#include <cortexpr/nn/layers/recurrent/gru.hpp>
#include <cortexpr/nn/layers/recurrent/lstm.hpp>
#include <cortexpr/nn/layers/recurrent/simple_rnn.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/serialize.hpp>
#include <cortexpr/nn/topology/parameters.hpp>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "../laws/fixtures.hpp"
#include "golden.hpp"

using namespace cortexpr;

namespace {

constexpr std::size_t steps = 5, batch = 2, features = 3, units = 4;
using Sequence = Shape<steps, features>;

/// PyTorch's cells, with a state to begin from and a gradient by the state at the end; a sample at a time, because the
/// oracle's arrays are [T, B, ...].
template <class T, class LayerType>
class CellRun {
 public:
  using Bound = typename LayerType::template Bound<T, Sequence>;
  static constexpr std::size_t gates = Bound::gates, states = Bound::states;

  explicit CellRun(const golden::File& file) : file_{file} {
    for_each_weight(Bound::input_weight, "W_ih", [](T& here, double there) { here = static_cast<T>(there); });
    for_each_weight(Bound::recurrent_weight, "W_hh", [](T& here, double there) { here = static_cast<T>(there); });
    for_each_bias(Bound::input_bias, "b_ih", [](T& here, double there) { here = static_cast<T>(there); });
    for_each_bias(Bound::recurrent_bias, "b_hh", [](T& here, double there) { here = static_cast<T>(there); });
    for (std::size_t b = 0; b < batch; ++b) run(b);
  }

  /// The largest distances of outputs, final states and input gradients, and of the parameters' gradients.
  double passes_off(golden::Tolerance tolerance) const {
    double worst = std::max(off("Hs", outputs_, tolerance), off("dXs", input_gradients_, tolerance));
    worst = std::max(worst, off("dh0", state_gradients_[0], tolerance));
    return states > 1 ? std::max(worst, off("dc0", state_gradients_[1], tolerance)) : worst;
  }
  double weights_off(golden::Tolerance tolerance) {
    double worst = 0;
    const auto compare = [&](T& here, double there) {
      worst = std::max(worst, std::abs(static_cast<double>(here) - there) /
                                  (tolerance.absolute + tolerance.relative * std::abs(there)));
    };
    std::swap(block_, gradient_);
    for_each_weight(Bound::input_weight, "dW_ih", compare);
    for_each_weight(Bound::recurrent_weight, "dW_hh", compare);
    for_each_bias(Bound::input_bias, "db_ih", compare);
    for_each_bias(Bound::recurrent_bias, "db_hh", compare);
    std::swap(block_, gradient_);
    return worst;
  }

 private:
  using Memory = detail::LayerMemory<Bound>;
  using Link = detail::Link<Bound, simd::row_stride<T>(Sequence::size)>;
  struct Block {
    alignas(simd::block_alignment<T>) T values[Memory::parameters]{};
  };

  double off(const char* array, const std::vector<T>& mine, golden::Tolerance tolerance) const {
    REQUIRE(file_[array].size() == mine.size());
    return golden::distance(file_[array], [&](std::size_t i) { return mine[i]; }, tolerance);
  }

  /// visit(element of the block, element of the oracle's [gates * units, In]) for a weight; the same for a bias.
  template <class Parameter, class Visit>
  void for_each_weight(Parameter, const char* array, Visit visit) {
    constexpr std::size_t inputs = Parameter::rows / gates;
    const auto rows = stored<Parameter>();
    REQUIRE(file_[array].size() == rows.count * rows.columns);
    for (std::size_t g = 0; g < gates; ++g)
      for (std::size_t j = 0; j < units; ++j)
        for (std::size_t k = 0; k < inputs; ++k)
          visit(rows[g * inputs + k][j], file_[array][(g * units + j) * inputs + k]);
  }
  template <class Parameter, class Visit>
  void for_each_bias(Parameter, const char* array, Visit visit) {
    const auto rows = stored<Parameter>();
    for (std::size_t i = 0; i < gates * units; ++i) visit(rows[i / units][i % units], file_[array][i]);
  }

  template <class Parameter>
  auto stored() {
    return detail::parameter_rows<Bound, Parameter>(detail::ChainData<T>{block_.values, nullptr});
  }

  void run(std::size_t b) {
    laws::PaddedRows<T, 1, Sequence::size> x, dx;
    laws::PaddedRows<T, 1, steps * units> y, dy;
    constexpr std::size_t stride = simd::row_stride<T>(units);
    alignas(simd::block_alignment<T>) T state[Memory::state]{}, state_gradient[Memory::state]{};
    alignas(simd::block_alignment<T>) T saved[Memory::saved(1)]{};
    alignas(simd::block_alignment<T>) T scratch[std::max(Memory::scratch(1), Memory::backward_scratch(1, true))]{};
    constexpr const char* before[] = {"h0", "c0"};
    for (std::size_t i = 0; i < states; ++i)
      for (std::size_t j = 0; j < units; ++j) {
        state[i * stride + j] = static_cast<T>(file_[before[i]][b * units + j]);
        if (i == 1) state_gradient[i * stride + j] = static_cast<T>(file_["Uc"][b * units + j]);
      }
    for (std::size_t t = 0; t < steps; ++t) {
      for (std::size_t k = 0; k < features; ++k)
        x.values[t * features + k] = static_cast<T>(file_["Xs"][(t * batch + b) * features + k]);
      for (std::size_t j = 0; j < units; ++j)
        dy.values[t * units + j] = static_cast<T>(file_["U"][(t * batch + b) * units + j]);
    }

    Bound::forward(simd::Native{}, detail::ForwardContext<Link, detail::Mode::training>{.x = x.rows(),
                                                                                        .y = y.rows(),
                                                                                        .parameters = block_.values,
                                                                                        .statistics = nullptr,
                                                                                        .scratch = scratch,
                                                                                        .saved = saved,
                                                                                        .state = state});
    detail::BackwardContext<Link, true, 1> pass{};
    pass.x = x.rows();
    pass.y = y.rows();
    pass.dy = dy.rows();
    pass.dx = dx.rows();
    pass.parameters = block_.values;
    pass.saved = saved;
    pass.scratch = scratch;
    pass.state_gradient = state_gradient;
    detail::backward_layer<Bound>(simd::Native{}, pass, kernels::SumGradient<T>{gradient_.values});

    outputs_.resize(steps * batch * units);
    input_gradients_.resize(steps * batch * features);
    for (std::size_t t = 0; t < steps; ++t) {
      std::copy_n(y.values + t * units, units, &outputs_[(t * batch + b) * units]);
      std::copy_n(dx.values + t * features, features, &input_gradients_[(t * batch + b) * features]);
    }
    for (std::size_t i = 0; i < states; ++i) {
      state_gradients_[i].resize(batch * units);
      std::copy_n(state_gradient + i * stride, units, &state_gradients_[i][b * units]);
    }
    for (std::size_t j = 0; j < units; ++j) CHECK(state[j] == y.values[(steps - 1) * units + j]);
    if (states == 2)
      for (std::size_t j = 0; j < units; ++j)
        CHECK(state[stride + j] == doctest::Approx(file_["Cs"][((steps - 1) * batch + b) * units + j]));
  }

  const golden::File& file_;
  Block block_, gradient_;
  std::vector<T> outputs_, input_gradients_, state_gradients_[2];
};

template <class LayerType>
void check(const std::string& name) {
  CAPTURE(name);
  const golden::File file{name};
  CellRun<double, LayerType> in_double{file};
  CHECK(in_double.passes_off(golden::in_double) <= 1);
  CHECK(in_double.weights_off(golden::in_double) <= 1);
  CellRun<float, LayerType> in_float{file};
  CHECK(in_float.passes_off({2e-6, 1e-5}) <= 1);
  CHECK(in_float.weights_off({2e-6, 1e-5}) <= 1);
}

}  // namespace

TEST_CASE("golden: recurrent layers, from a state that is not zero") {
  check<SimpleRnn<units, ReturnSequences>>("rnn");
  check<Gru<units, ReturnSequences>>("gru");
  check<Lstm<units, ReturnSequences>>("lstm");
}

TEST_CASE("golden: Gru with the reset before the product, as onnx.reference computes it with linear_before_reset 0") {
  using Net = BasicNetwork<double, Input<3, 3>, Gru<2, ResetBefore, ReturnSequences>>;
  const double parameters[]{
      // input_weight: r, z, n
      -0.99, -0.06, 0.64, -0.39, 0.59, -0.44, 0.25, -0.55, 0.79, -0.4, 0.55, 0.75, -0.49, 0.11, -0.11, 0.99, 0.01, 0.59,
      // recurrent_weight
      0.23, -0.93, -0.91, 0.03, 0.24, -0.57, 0.98, -0.68, -0.07, 0.26, 0.83, 0.03,
      // input_bias, recurrent_bias
      -0.98, -0.62, -0.01, -0.5, 0.38, -0.6, 0.66, -0.69, -0.26, -0.99, -0.46, 0.76};
  Net network;
  const double* next = parameters;
  for_each_serialized(network, [&](double& value) { value = *next++; });
  REQUIRE(next == std::end(parameters));
  const Tensor<double, Shape<3, 3>> x{0.02, 0.69, 0.28, 0.48, -0.82, 0.08, 0.02, 0.74, -0.28};
  const double expected[]{-0.0634832149087949, 0.6337284632835747,  -0.07207960097924687,
                          -0.3333702449202983, -0.1533354214882795, 0.47339158098351725};
  const auto y = network(x);
  for (std::size_t i = 0; i < std::size(expected); ++i) CHECK(y[i] == doctest::Approx(expected[i]).epsilon(1e-14));
}
