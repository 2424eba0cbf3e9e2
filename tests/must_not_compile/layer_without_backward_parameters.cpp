// expect-error: Layer: Bound has parameters, so it must have backward_parameters(simd, pass), which gives their gradients to pass.gradient(parameter)
#include <cortexpr/nn/layer.hpp>

struct Incomplete : cortexpr::LayerDescription {
  static constexpr const char* name = "Incomplete";
  template <class T, class In>
  struct Bound : cortexpr::BoundLayer<T, In, In> {
    static constexpr cortexpr::Parameter<"factor", In, cortexpr::Ones> factor{};
    static constexpr cortexpr::Arrays arrays{factor};
    static constexpr void forward(auto, const auto&) {}
    static constexpr void backward_input(auto, const auto&) {}
  };
};

static_assert(cortexpr::Layer<Incomplete::Bound<float, cortexpr::Shape<3>>>);
