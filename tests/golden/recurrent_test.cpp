#include <algorithm>
#include <cmath>
#include <cortexpr/nn/layers/gru.hpp>
#include <cortexpr/nn/layers/lstm.hpp>
#include <cortexpr/nn/layers/simple_rnn.hpp>

#include "layer.hpp"

using namespace cortexpr;

namespace {

constexpr std::size_t steps = 5, batch = 2, features = 3, units = 4;
using Sequence = Shape<steps, features>;

/// PyTorch's cells, with a state to begin from and a gradient by the state at the end; a sample at a time, because the
/// oracle's arrays are [T, B, ...].
template <class T, class LayerType>
class CellRun {
 public:
  using Here = Place<T, 0, LayerType, Sequence, simd::row_stride<T>(Sequence::size), 0>;
  static constexpr std::size_t gates = extent<typename detail::At<typename Here::parameters, 2>::shape, 0>;
  static constexpr std::size_t states = Here::state / simd::row_stride<T>(units);

  explicit CellRun(const golden::File& file) : file_{file} {
    turned<0, features>("W_ih", [](T& here, double there) { here = static_cast<T>(there); });
    turned<1, units>("W_hh", [](T& here, double there) { here = static_cast<T>(there); });
    golden_bias<2>("b_ih", [](T& here, double there) { here = static_cast<T>(there); });
    golden_bias<3>("b_hh", [](T& here, double there) { here = static_cast<T>(there); });
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
    turned<0, features>("dW_ih", compare);
    turned<1, units>("dW_hh", compare);
    golden_bias<2>("db_ih", compare);
    golden_bias<3>("db_hh", compare);
    std::swap(block_, gradient_);
    return worst;
  }

 private:
  struct Block {
    alignas(simd::block_alignment<T>) T values[Here::parameter_end]{};
  };

  double off(const char* array, const std::vector<T>& mine, golden::Tolerance tolerance) const {
    REQUIRE(file_[array].size() == mine.size());
    return golden::distance(file_[array], [&](std::size_t i) { return mine[i]; }, tolerance);
  }

  /// visit(element of the block, element of the oracle's [gates * units, In]) for a weight; the same for a bias.
  template <std::size_t Position, std::size_t In, class Visit>
  void turned(const char* array, Visit visit) {
    const auto rows = Here::template parameter<Position>(block_.values);
    REQUIRE(file_[array].size() == rows.count * rows.columns);
    for (std::size_t g = 0; g < gates; ++g)
      for (std::size_t j = 0; j < units; ++j)
        for (std::size_t k = 0; k < In; ++k) visit(rows[g * In + k][j], file_[array][(g * units + j) * In + k]);
  }
  template <std::size_t Position, class Visit>
  void golden_bias(const char* array, Visit visit) {
    const auto rows = Here::template parameter<Position>(block_.values);
    for (std::size_t i = 0; i < gates * units; ++i) visit(rows[i / units][i % units], file_[array][i]);
  }

  void run(std::size_t b) {
    laws::PaddedRows<T, 1, Sequence::size> x, dx;
    laws::PaddedRows<T, 1, steps * units> y, dy;
    constexpr std::size_t stride = simd::row_stride<T>(units);
    alignas(simd::block_alignment<T>) T state[Here::state]{}, state_gradient[Here::state]{};
    alignas(simd::block_alignment<T>) T saved[Here::saved_stride]{};
    alignas(simd::block_alignment<T>) T scratch[std::max(Here::template scratch<1>, Here::template backward_scratch<1, true>)]{};
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

    LayerType::template forward<simd::Native>(ForwardPass<Here, Run::training>{.input = x.rows(),
                                                                               .output = y.rows(),
                                                                               .block = block_.values,
                                                                               .scratch = scratch,
                                                                               .saved_data = saved,
                                                                               .state_data = state});
    using Sink = kernels::SumGradient<T>;
    LayerType::template backward<simd::Native>(BackwardPass<Here, true, Sink>{.input = x.rows(),
                                                                              .output = y.rows(),
                                                                              .output_gradient = dy.rows(),
                                                                              .input_gradient = dx.rows(),
                                                                              .block = block_.values,
                                                                              .saved_data = saved,
                                                                              .scratch = scratch,
                                                                              .sink = Sink{gradient_.values},
                                                                              .state_gradient = state_gradient});

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
