#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/chain.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/memory.hpp>

#include <cstddef>

namespace cortexpr {

/// What training needs besides parameters: the activations of up to B samples, what layers saved of them, and their
/// gradients, each at an offset that the compiler planned.
template <class Places, std::size_t B>
class Workspace {
  using Plan = detail::TrainingPlan<Places, B>;
  static constexpr std::size_t last = detail::source_of<Places, Places::size>;

 public:
  using T = typename detail::At<Places, 0>::value_type;

  /// The output of a layer, as `forward` left it; backward uses the space for other things.
  template <std::size_t Layer>
  [[nodiscard]] constexpr auto output() const {
    using Here = detail::At<Places, Layer>;
    return Rows<const T, Here::output_shape::size, Here::output_stride>{
        detail::input_of<Places, Layer + 1>(Buffers<const T>{arena_}, inputs_), rows_};
  }

  /// Runs all layers as in training. `inputs`, unpadded, must stay until `backward`.   Shapes: inputs [rows, In]
  template <class Simd>
  constexpr auto forward(const T* block, const T* inputs, std::size_t rows, const Noise& noise) {
    inputs_ = inputs;
    rows_ = rows;
    detail::forward_chain<Simd, Places, B>(Buffers<T>{arena_}, block, inputs, rows, noise);
    return output<Places::size - 1>();
  }

  /// Where the gradient of the loss with respect to the output goes, before `backward`.
  [[nodiscard]] constexpr auto output_gradient() {
    using Here = detail::At<Places, Places::size - 1>;
    return Rows<T, Here::output_shape::size, Here::output_stride>{arena_ + Plan::template gradient<last>, rows_};
  }

  /// Runs all layers backward, from the last to the first that has parameters. `sink` takes the parameters' gradients.
  template <class Simd, class Sink>
  constexpr void backward(const T* block, const Sink& sink) {
    T* const none = nullptr;
    detail::backward_chain<Simd, Places, B, false>(Buffers<T>{arena_}, block, inputs_, none, rows_, sink);
  }

  /// Lets the statistics in `block` follow what forward saw.
  template <class Simd>
  constexpr void update_statistics(T* block) const {
    detail::update_chain_statistics<Simd, Places>(Buffers<const T>{arena_}, block, rows_);
  }

 private:
  template <class Element>
  struct Buffers {
    Element* arena;

    template <std::size_t I>
    constexpr Element* output() const { return arena + Plan::template output<I>; }
    template <std::size_t I>
    constexpr Element* saved() const { return arena + Plan::template saved<I>; }
    template <std::size_t I>
    constexpr Element* saved_of_batch() const { return arena + Plan::template saved_of_batch<I>; }
    template <std::size_t I>
    constexpr Element* gradient() const { return arena + Plan::template gradient<I>; }
    template <std::size_t I>
    constexpr Element* scratch() const { return arena + Plan::template scratch<I>; }
    template <std::size_t I>
    constexpr Element* backward_scratch() const { return arena + Plan::template backward_scratch<I>; }
  };

  alignas(simd::block_alignment<T>) T arena_[Plan::arena.elements]{};
  const T* inputs_ = nullptr;
  std::size_t rows_ = 0;
};

}  // namespace cortexpr
