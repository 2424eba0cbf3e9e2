// expect-error: onnx::save: a layer must say what it is in ONNX; give its Bound a function static auto to_onnx(auto& graph, auto x), which adds its nodes (io/onnx/graph.hpp)
// expect-error: NoOnnxForm<1, Doubled>
#include <cortexpr/io/onnx.hpp>
#include <cortexpr/nn/network.hpp>

#include <cstddef>

struct Doubled : cortexpr::LayerDescription {
  static constexpr const char* name = "Doubled";
  template <class T, class In>
  struct Bound : cortexpr::BoundLayer<T, In, In> {
    static constexpr void forward(auto, const auto& pass) {
      for (std::size_t i = 0; i < In::size; ++i) pass.y[0][i] = 2 * pass.x[0][i];
    }
    static constexpr void backward_input(auto, const auto& pass) { pass.dx[0][0] = 2 * pass.dy[0][0]; }
  };
};

void write(const cortexpr::Network<cortexpr::Input<4>, cortexpr::Dense<3>, Doubled>& network);
void write(const cortexpr::Network<cortexpr::Input<4>, cortexpr::Dense<3>, Doubled>& network) {
  cortexpr::onnx::save(network, "network.onnx");
}
