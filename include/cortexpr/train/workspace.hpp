#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/memory.hpp>

#include <cstddef>

namespace cortexpr {

/// What training needs besides parameters: the activations of up to B samples, what layers saved of them, and their
/// gradients, each at an offset that the compiler planned.
template <class Places, std::size_t B>
class Workspace {
  using Plan = detail::TrainingPlan<Places, B>;
  static constexpr std::size_t last = Places::size - 1;

 public:
  using T = typename At<Places, 0>::value_type;

  /// The output of a layer, as `forward` left it.
  template <std::size_t Layer>
  [[nodiscard]] constexpr auto output() const {
    using Here = At<Places, Layer>;
    return Rows<const T, Here::output_shape::size, Here::output_stride>{output_data<Layer>(), rows_};
  }

  /// Runs all layers as in training. `inputs`, unpadded, must stay until `backward`.   Shapes: inputs [rows, In]
  template <class Simd>
  constexpr auto forward(const T* block, const T* inputs, std::size_t rows, const Noise& noise) {
    inputs_ = inputs;
    rows_ = rows;
    for_each_index<Places::size>([&]<std::size_t I>() {
      using Here = At<Places, I>;
      if constexpr (!Here::layer::is_view)
        Here::layer::template forward<Simd>(ForwardPass<Here, Run::training>{{input_data<I>(), rows},
                                                                    {arena_ + Plan::offsets.output[I], rows},
                                                                    block,
                                                                    arena_ + Plan::offsets.saved[I],
                                                                    noise});
    });
    return output<last>();
  }

  /// Where the gradient of the loss with respect to the output goes, before `backward`.
  [[nodiscard]] constexpr auto output_gradient() {
    using Here = At<Places, last>;
    return Rows<T, Here::output_shape::size, Here::output_stride>{arena_ + Plan::offsets.gradient[0], rows_};
  }

  /// Runs all layers backward, from the last to the first that has parameters. `sink` takes the parameters' gradients.
  template <class Simd, class Sink>
  constexpr void backward(const T* block, const Sink& sink) {
    T* upstream = arena_ + Plan::offsets.gradient[0];
    T* downstream = arena_ + Plan::offsets.gradient[1];
    for_each_index_reversed<Places::size>([&]<std::size_t I>() {
      using Here = At<Places, I>;
      if constexpr (I >= first_with_parameters && !Here::layer::is_view) {
        using Pass = BackwardPass<Here, (I > first_with_parameters), Sink>;
        Here::layer::template backward<Simd>(Pass{{input_data<I>(), rows_},
                                                  {output_data<I>(), rows_},
                                                  {upstream, rows_},
                                                  {downstream, rows_},
                                                  block,
                                                  arena_ + Plan::offsets.saved[I],
                                                  arena_ + Plan::offsets.scratch,
                                                  sink});
        T* const used = upstream;
        upstream = downstream;
        downstream = used;
      }
    });
  }

 private:
  /// Layers before it have nothing to learn, and need no gradient.
  static constexpr std::size_t first_with_parameters = [] {
    std::size_t result = Places::size;
    for_each_index_reversed<Places::size>([&]<std::size_t I>() {
      if (At<Places, I>::parameter_count > 0) result = I;
    });
    return result;
  }();

  template <std::size_t Layer>
  constexpr const T* output_data() const {
    if constexpr (At<Places, Layer>::layer::is_view)
      return input_data<Layer>();
    else
      return arena_ + Plan::offsets.output[Layer];
  }
  template <std::size_t Layer>
  constexpr const T* input_data() const {
    if constexpr (Layer == 0)
      return inputs_;
    else
      return output_data<Layer - 1>();
  }

  alignas(simd::block_alignment<T>) T arena_[Plan::arena]{};
  const T* inputs_ = nullptr;
  std::size_t rows_ = 0;
};

}  // namespace cortexpr
