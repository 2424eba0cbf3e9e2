#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/execution/train_chain.hpp>
#include <cortexpr/nn/memory/plans.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// What training needs besides parameters: the activations of up to B samples, what layers saved of them, and their
/// gradients, each at an offset that the compiler planned.
template <class ChainType, std::size_t B>
class Workspace {
  using Plan = TrainingPlan<ChainType, B>;
  static constexpr std::size_t last = source_of<ChainType, ChainType::size>;

 public:
  using T = typename ChainType::value_type;

  /// The output of a layer, as `forward` left it; backward uses the space for other things.
  template <std::size_t Layer>
  [[nodiscard]] constexpr auto output() const {
    using Output = typename LinkAt<ChainType, Layer>::template Output<const T>;
    return Output{input_of<ChainType, Layer + 1>(Buffers<const T>{arena_}, inputs_), rows_};
  }

  /// Runs all layers as in training. `inputs`, unpadded, must stay until `backward`.   Shapes: inputs [rows, In]
  template <class Simd>
  constexpr auto forward(Simd simd, ChainData<const T> data, const T* inputs, std::size_t rows,
                         const Noise& noise) {
    inputs_ = inputs;
    rows_ = rows;
    forward_chain<ChainType, B>(simd, Buffers<T>{arena_}, data, inputs, rows, noise);
    return output<ChainType::size - 1>();
  }

  /// Where the gradient of the loss with respect to the output goes, before `backward`.
  [[nodiscard]] constexpr auto output_gradient() {
    return typename LinkAt<ChainType, ChainType::size - 1>::template Output<T>{arena_ + Plan::gradient(last), rows_};
  }

  /// Runs all layers backward, from the last to the first that has parameters. `consumer` takes the gradients of the
  /// parameters.
  template <class Simd, class Consumer>
  constexpr void backward(Simd simd, ChainData<const T> data, const Consumer& consumer) {
    T* const none = nullptr;
    backward_chain<ChainType, B, false>(simd, Buffers<T>{arena_}, data, inputs_, none, rows_, consumer);
  }

  /// Lets the statistics follow what forward saw.
  template <class Simd>
  constexpr void update_statistics(Simd simd, T* statistics) const {
    update_chain_statistics<ChainType>(simd, Buffers<const T>{arena_}, statistics, rows_);
  }

 private:
  template <class Element>
  struct Buffers {
    Element* arena;
    constexpr Element* output(std::size_t layer) const { return arena + Plan::output(layer); }
    constexpr Element* saved(std::size_t layer) const { return arena + Plan::saved(layer); }
    constexpr Element* saved_of_batch(std::size_t layer) const { return arena + Plan::saved_of_batch(layer); }
    constexpr Element* gradient(std::size_t layer) const { return arena + Plan::gradient(layer); }
    constexpr Element* scratch(std::size_t layer) const { return arena + Plan::scratch(layer); }
    constexpr Element* backward_scratch(std::size_t layer) const { return arena + Plan::backward_scratch(layer); }
  };

  alignas(simd::block_alignment<T>) T arena_[Plan::arena.elements]{};
  const T* inputs_ = nullptr;
  std::size_t rows_ = 0;
};

}  // namespace cortexpr::detail
