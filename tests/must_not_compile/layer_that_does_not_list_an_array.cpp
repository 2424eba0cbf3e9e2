// expect-error: Arrays: the layer must list this array in its `arrays`
#include <cortexpr/nn/layer.hpp>

struct Unlisted : cortexpr::LayerDescription {
  static constexpr const char* name = "Unlisted";
  template <class T, class In>
  struct Bound : cortexpr::BoundLayer<T, In, In> {
    static constexpr cortexpr::Scratch<"sums", In::size> sums{};
    static constexpr void forward(auto, const auto& pass) { pass.y[0][0] = pass[sums][0]; }
    static constexpr void backward_input(auto, const auto&) {}
  };
};

using Bound = Unlisted::Bound<float, cortexpr::Shape<2>>;
void run(const cortexpr::detail::AnyForward<Bound>& pass);
void run(const cortexpr::detail::AnyForward<Bound>& pass) { Bound::forward(cortexpr::simd::ConstantEvaluated{}, pass); }
