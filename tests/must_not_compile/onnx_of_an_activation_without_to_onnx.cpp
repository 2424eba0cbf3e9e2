// expect-error: onnx::save: an activation must say what it is in ONNX; give it a function static auto to_onnx(auto& graph, auto x), which adds its nodes (io/onnx/graph.hpp)
#include <cortexpr/io/onnx.hpp>
#include <cortexpr/nn/network.hpp>

struct Square {
  static constexpr auto derivative_from = cortexpr::DerivativeFrom::input;
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return x * x;
  }
  template <class Pack>
  static constexpr Pack derivative(Pack x) {
    return x + x;
  }
};

void write(const cortexpr::Network<cortexpr::Input<4>, cortexpr::Dense<3, Square>>& network);
void write(const cortexpr::Network<cortexpr::Input<4>, cortexpr::Dense<3, Square>>& network) {
  cortexpr::onnx::save(network, "network.onnx");
}
