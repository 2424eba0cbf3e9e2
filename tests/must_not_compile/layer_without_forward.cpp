// expect-error: Layer: Bound must have forward(simd, pass), which writes pass.y
#include <cortexpr/nn/layer.hpp>

struct Incomplete : cortexpr::LayerDescription {
  static constexpr const char* name = "Incomplete";
  template <class T, class In>
  struct Bound : cortexpr::BoundLayer<T, In, In> {
    static constexpr void backward_input(auto, const auto&) {}
  };
};

static_assert(cortexpr::Layer<Incomplete::Bound<float, cortexpr::Shape<3>>>);
