// expect-error: Layer: Bound must have backward_input(simd, pass), which writes pass.dx
#include <cortexpr/nn/layer.hpp>

struct Incomplete : cortexpr::LayerDescription {
  static constexpr const char* name = "Incomplete";
  template <class T, class In>
  struct Bound : cortexpr::BoundLayer<T, In, In> {
    static constexpr void forward(auto, const auto&) {}
  };
};

static_assert(cortexpr::Layer<Incomplete::Bound<float, cortexpr::Shape<3>>>);
