#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// Each class index of a sequence becomes a vector that is learned: y[t] = weight[x[t]]. An index is kept as the
/// network's scalar type, and rounded down; one that is not in [0, Vocabulary), or not a number, becomes zeros, and
/// learns nothing. There is no gradient by x.
/// Shapes:  x [B, T] -> y [B, T, Dimensions]; weight [Vocabulary, Dimensions]
/// Cost:    no multiply-adds; scratch for one weight in training, every row of which the optimizer visits
/// Errors:  compile time: the input must be one vector of class indices per sample
/// Source:  Bengio et al., "A neural probabilistic language model", 2003.
template <std::size_t Vocabulary, std::size_t Dimensions, AnyInitializer InitializerType = Normal<>>
struct Embedding : LayerDefaults {
  static constexpr const char* name = "Embedding";
  using expects = Vector;

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 1,
                  "Embedding: the input must be one vector of class indices per sample; put Flatten before it");
    static_assert(Vocabulary > 0 && Dimensions > 0, "Embedding: there must be at least one class and one dimension");
  };

  /// At least one: Check has the word.
  static constexpr std::size_t classes = Vocabulary > 0 ? Vocabulary : 1;
  static constexpr std::size_t dimensions = Dimensions > 0 ? Dimensions : 1;

  template <class In>
  using output_shape = Shape<In::size, dimensions>;
  template <class In>
  using parameters =
      detail::TypeList<Parameter<"weight", Shape<classes, dimensions>, InitializerType, Fan{classes, dimensions}>>;
  template <class T, class In, std::size_t, bool>
  static constexpr std::size_t backward_scratch = simd::block_size<T>(classes, dimensions);

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using T = typename Pass::T;
    using Pack = typename Simd::template pack<T, dimensions>;
    const auto weight = pass.template parameter<0>();
    for (std::size_t sample = 0; sample < pass.input.count; ++sample) {
      for (std::size_t t = 0; t < Pass::place::input_shape::size; ++t) {
        T* const to = pass.output[sample] + t * dimensions;
        if (const T index = pass.input[sample][t]; is_class(index))
          kernels::map<Pack, kernels::Rest::some>(weight[static_cast<std::size_t>(index)], to, dimensions,
                                                  [](auto values) { return values; });
        else
          kernels::fill(to, dimensions, T(0));
      }
      kernels::clear_padding(pass.output, sample);
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    using T = typename Pass::T;
    using Pack = typename Simd::template pack<T, dimensions>;
    constexpr std::size_t stride = simd::row_stride<T>(dimensions);
    const auto sink = pass.template gradient_sink<0>();
    T* const sums = pass.scratch;
    kernels::begin_sums<Pack>(sink, sums, classes * stride);
    for (std::size_t sample = 0; sample < pass.input.count; ++sample) {
      for (std::size_t t = 0; t < Pass::place::input_shape::size; ++t)
        if (const T index = pass.input[sample][t]; is_class(index)) {
          T* const sum = sums + static_cast<std::size_t>(index) * stride;
          kernels::zip<Pack, kernels::Rest::some>(sum, pass.output_gradient[sample] + t * dimensions, sum, dimensions,
                                                  [](auto before, auto more) { return before + more; });
        }
      if constexpr (Pass::wants_input_gradient)
        kernels::fill(pass.input_gradient[sample], decltype(pass.input_gradient)::stride, T(0));
    }
    kernels::end_sums<Pack>(sink, sums, classes * stride);
  }

 private:
  /// False for what is not a number.
  template <class T>
  static constexpr bool is_class(T index) {
    return index >= T(0) && index < static_cast<T>(classes);
  }
};

static_assert(Layer<Embedding<5, 2>, Shape<3>>, "Embedding: must satisfy the layer concept");

}  // namespace cortexpr
