#pragma once

#include <cortexpr/core/placed.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/execution/train_chain.hpp>
#include <cortexpr/nn/memory/plans.hpp>
#include <cortexpr/train/block.hpp>
#include <cortexpr/train/loss.hpp>
#include <cortexpr/train/targets.hpp>

#include <cstddef>
#include <limits>

namespace cortexpr::detail {

/// The memory of training for at most B samples besides the parameters: the outputs and saved arrays of all layers, and
/// the gradients by the outputs, at the offsets of TrainingPlan.
template <class ChainType, std::size_t B>
class Workspace {
  using Plan = TrainingPlan<ChainType, B>;
  static constexpr std::size_t last = source_of<ChainType, ChainType::size>;

 public:
  using T = typename ChainType::value_type;

  /// The output of a layer after `forward`. `backward` reuses its memory.
  template <std::size_t Layer>
  [[nodiscard]] constexpr auto output() const {
    using Output = typename LinkAt<ChainType, Layer>::template Output<const T>;
    return Output{input_of<ChainType, Layer + 1>(Buffers<const T>{arena_}, inputs_), rows_};
  }

  /// Runs all layers forward, as in training, and returns the output. `inputs` has no padding and must stay valid until
  /// `backward`.   Shapes: inputs [rows, In]
  template <class Simd>
  constexpr auto forward(Simd simd, ChainData<const T> data, const T* inputs, std::size_t rows, const Noise& noise) {
    inputs_ = inputs;
    rows_ = rows;
    forward_chain<ChainType, B>(simd, Buffers<T>{arena_}, data, inputs, rows, noise);
    return output<ChainType::size - 1>();
  }

  /// A view of the gradient of the loss by the output, which must be written before `backward` is called.
  [[nodiscard]] constexpr auto output_gradient() {
    return typename LinkAt<ChainType, ChainType::size - 1>::template Output<T>{arena_ + Plan::gradient(last), rows_};
  }

  /// Adds the losses of the samples of the last forward pass to `sum`, and writes their gradients, times `scale`, for
  /// backward. Row 0 has target `first`. If the settings of the loss do not fit the network, the sum becomes NaN.
  template <class Simd, class Net>
  constexpr void add_losses(const auto& loss, auto targets, std::size_t first, T scale, T& sum) {
    const auto outputs = output<ChainType::size - 1>();
    const auto gradients = output_gradient();
    constexpr std::size_t stride = gradients.stride;
    if (refusal_of<Net>(loss) != nullptr) sum = std::numeric_limits<T>::quiet_NaN();
    with_object<Block<T, stride>>([&](auto& target) {
      for (std::size_t row = 0; row < outputs.count; ++row) {
        targets.write(loss, first + row, target.block, stride);
        sum += loss_of_sample<Simd, typename Net::output_shape>(loss, targets, first + row, outputs[row], target.block,
                                                                gradients[row], scale);
      }
    });
  }

  /// Runs the layers backward, from the last layer to the first one with parameters. `consumer` receives the gradients
  /// of the parameters.
  template <class Simd, class Consumer>
  constexpr void backward(Simd simd, ChainData<const T> data, const Consumer& consumer) {
    T* const none = nullptr;
    backward_chain<ChainType, B, false>(simd, Buffers<T>{arena_}, data, inputs_, none, rows_, consumer);
  }

  /// Updates the statistics with the samples of the last call of `forward`.
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
