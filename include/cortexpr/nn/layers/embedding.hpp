#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// Maps each class index of a sequence to a learned vector: y[step] = weight[x[step]]. The indices have the network's
/// scalar type and are rounded down. An index outside [0, Vocabulary), or NaN, gives zeros and no gradient. The
/// gradient by x is zero.
/// Shapes:  x [B, Steps] -> y [B, Steps, Dimensions]; weight [Vocabulary, Dimensions]
/// Cost:    no multiply-adds; in training scratch for one weight, and each optimizer step updates all of its rows
/// Errors:  compile time: the input must be one vector of class indices per sample
/// Source:  Bengio et al., "A neural probabilistic language model", 2003.
template <std::size_t Vocabulary, std::size_t Dimensions, AnyInitializer InitializerType = Normal<>>
struct Embedding : LayerDescription {
  static constexpr const char* name = "Embedding";
  using expects = Vector;

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 1,
                  "Embedding: the input must be one vector of class indices per sample; put Flatten before it");
    static_assert(Vocabulary > 0 && Dimensions > 0, "Embedding: there must be at least one class and one dimension");
  };

  // Placeholders if they are 0, so that only the sentence of Check appears.
  static constexpr std::size_t classes = Vocabulary > 0 ? Vocabulary : 1;
  static constexpr std::size_t dimensions = Dimensions > 0 ? Dimensions : 1;

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, Shape<In::size, dimensions>> {
    static constexpr std::size_t steps = In::size;
    static constexpr Parameter<"weight", Shape<classes, dimensions>, InitializerType, Fan{classes, dimensions}>
        weight{};
    static constexpr BackwardScratch<"sums", classes, dimensions> sums{};
    static constexpr Arrays arrays{weight, sums};

    template <class Simd>
    static constexpr void forward(Simd, const auto& pass) {
      using Pack = typename Simd::template pack<T, dimensions>;
      for (std::size_t sample = 0; sample < pass.x.count; ++sample) {
        for (std::size_t step = 0; step < steps; ++step) {
          T* const to = pass.y[sample] + step * dimensions;
          if (const T index = pass.x[sample][step]; is_class(index))
            kernels::map<Pack, kernels::Rest::some>(pass[weight][static_cast<std::size_t>(index)], to, dimensions,
                                                    [](auto values) { return values; });
          else
            kernels::fill(to, dimensions, T(0));
        }
        kernels::clear_padding(pass.y, sample);
      }
    }

    template <class Simd, class Pass>
    static constexpr void backward_input(Simd, const Pass& pass) {
      for (std::size_t sample = 0; sample < pass.dx.count; ++sample)
        kernels::fill(pass.dx[sample], decltype(pass.dx)::stride, T(0));
    }

    template <class Simd>
    static constexpr void backward_parameters(Simd, const auto& pass) {
      using Pack = typename Simd::template pack<T, dimensions>;
      constexpr std::size_t elements = classes * simd::row_stride<T>(dimensions);
      kernels::begin_sums<Pack>(pass.gradient(weight), pass[sums].data, elements);
      for (std::size_t sample = 0; sample < pass.x.count; ++sample)
        for (std::size_t step = 0; step < steps; ++step)
          if (const T index = pass.x[sample][step]; is_class(index)) {
            T* const sum = pass[sums][static_cast<std::size_t>(index)];
            kernels::zip<Pack, kernels::Rest::some>(sum, pass.dy[sample] + step * dimensions, sum, dimensions,
                                                    [](auto before, auto more) { return before + more; });
          }
      kernels::end_sums<Pack>(pass.gradient(weight), pass[sums].data, elements);
    }

    /// ONNX Runtime reports an index outside of the vocabulary; here it gives zeros.
    static auto to_onnx(auto& graph, auto x) {
      return graph.node("Gather", {graph[weight], graph.node("Cast", {x}).set("to", 7)});  // INT64
    }

   private:
    /// Whether an index is in range; false for NaN.
    static constexpr bool is_class(T index) { return index >= T(0) && index < static_cast<T>(classes); }
  };
};
CORTEXPR_CHECK_LAYER(Embedding<5, 2>::Bound<float, Shape<3>>);

}  // namespace cortexpr
