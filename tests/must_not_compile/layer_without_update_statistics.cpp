// expect-error: Layer: Bound has statistics, so it must have update_statistics(simd, pass)
#include <cortexpr/nn/layer.hpp>

struct Incomplete : cortexpr::LayerDescription {
  static constexpr const char* name = "Incomplete";
  template <class T, class In>
  struct Bound : cortexpr::BoundLayer<T, In, In> {
    static constexpr cortexpr::Statistic<"seen", In, cortexpr::Zeros> seen{};
    static constexpr cortexpr::Arrays arrays{seen};
    static constexpr void forward(auto, const auto&) {}
    static constexpr void backward_input(auto, const auto&) {}
  };
};

static_assert(cortexpr::Layer<Incomplete::Bound<float, cortexpr::Shape<3>>>);
