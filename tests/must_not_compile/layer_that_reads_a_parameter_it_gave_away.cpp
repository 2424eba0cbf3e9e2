// expect-error: backward_parameters: the parameters may have changed; read them in backward_input and carry what is needed in a Carried array
#include <cortexpr/nn/layer.hpp>

struct Scale : cortexpr::LayerDescription {
  static constexpr const char* name = "Scale";
  template <class T, class In>
  struct Bound : cortexpr::BoundLayer<T, In, In> {
    static constexpr cortexpr::Parameter<"factor", In, cortexpr::Ones> factor{};
    static constexpr cortexpr::Arrays arrays{factor};
    static constexpr void forward(auto, const auto&) {}
    static constexpr void backward_input(auto, const auto&) {}
    static constexpr void backward_parameters(auto, const auto& pass) {
      pass.gradient(factor);
      pass.dy[0][0] = pass[factor][0];
    }
  };
};

using Bound = Scale::Bound<float, cortexpr::Shape<2>>;
void run(const cortexpr::detail::AnyParameters<Bound>& pass);
void run(const cortexpr::detail::AnyParameters<Bound>& pass) {
  Bound::backward_parameters(cortexpr::simd::ConstantEvaluated{}, pass);
}
