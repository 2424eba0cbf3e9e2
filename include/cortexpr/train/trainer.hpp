#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/kernels/update/update.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/nn/memory/report.hpp>
#include <cortexpr/train/batch_size.hpp>
#include <cortexpr/train/block.hpp>
#include <cortexpr/train/callback.hpp>
#include <cortexpr/train/clip_norm.hpp>
#include <cortexpr/train/loss.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/schedules.hpp>
#include <cortexpr/train/targets.hpp>
#include <cortexpr/train/workspace.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace cortexpr {

struct FitOptions;  // train/fit.hpp
class History;      // train/history.hpp
struct EpochReport;

/// Trains a network with a loss, an optimizer and a constant batch size. It contains the workspace and the optimizer's
/// state, uses no heap memory, and refers to the network. With batch_size<Batch, MicroBatch> it processes a batch in
/// micro-batches, which takes less memory and gives the same result, except for statistics.
///
///     cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Momentum{}, cx::batch_size<60>};
///     const float loss = trainer.step(inputs, labels);
///
/// Errors:  compile time: inputs or targets of another shape, a loss that does not fit the last layer. If the loss is
///          not finite, step returns it and does not change network and optimizer.
template <class Net, class Loss, class Optimizer, std::size_t Batch, std::size_t MicroBatch = Batch>
class Trainer {
 public:
  using T = typename Net::value_type;
  using InputShape = typename Net::input_shape;
  using OutputShape = typename Net::output_shape;
  template <std::size_t B>
  using Inputs = Tensor<T, Batched<B, InputShape>>;
  template <std::size_t B>
  using Targets = Tensor<T, Batched<B, OutputShape>>;
  static constexpr std::size_t batch = Batch;
  static_assert(Net::parameter_count > 0, "Trainer: the network has no parameters; there is nothing to train");
  static_assert(detail::CheckLoss<Loss, Net>::done, "Trainer: the loss checks the last layer");
  static_assert(detail::CheckOptimizer<Optimizer, T>::done, "Trainer: the optimizer is checked");

  constexpr Trainer(Net& network, Loss loss, Optimizer optimizer, BatchSize<Batch, MicroBatch> = {})
      : network_{&network}, loss_{loss}, optimizer_{optimizer} {}

  /// Performs one step of training. Returns the mean loss of the batch before the step.
  /// Shapes: inputs [Batch, In], targets [Batch, Out]
  constexpr T step(const Inputs<Batch>& inputs, const Targets<Batch>& targets) {
    return step_on(inputs.data(), detail::RowTargets<T, OutputShape::size>{targets.data()}, Batch);
  }
  /// The same with class indices. If there are fewer labels than Batch, only as many samples are used.
  constexpr T step(const Inputs<Batch>& inputs, const ClassIndices auto& labels) {
    const std::size_t samples = labels.size() < Batch ? labels.size() : Batch;
    return step_on(inputs.data(), class_targets(labels), samples);
  }
  /// Ends the compilation with a sentence.
  template <class OtherInputs, class OtherTargets>
  constexpr T step(const OtherInputs&, const OtherTargets&) {
    constexpr bool targets_fit = std::is_same_v<OtherTargets, Targets<Batch>> || ClassIndices<OtherTargets>;
    static_assert(targets_fit,
                  "Trainer::step: the targets must be a Tensor<T, Shape<batch, output...>>, or class indices");
    static_assert(!targets_fit, "Trainer::step: the inputs must be a Tensor<T, Shape<batch, input...>>");
    return 0;
  }
  /// Performs one step on the first `samples` rows, at most Batch. `targets` has a type of targets.hpp.
  constexpr T step_on(const T* inputs, auto targets, std::size_t samples) {
    if (__builtin_is_constant_evaluated()) return step_with<simd::ConstantEvaluated>(inputs, targets, samples);
    return step_with<simd::Native>(inputs, targets, samples);
  }

  /// The forward pass of a step, for training loops of your own. Returns the output of training as padded rows. `inputs`
  /// must stay valid until backward.   Shapes: inputs [MicroBatch, In] -> [MicroBatch, Out]
  constexpr auto forward(const Inputs<MicroBatch>& inputs) {
    if (__builtin_is_constant_evaluated()) return forward_with<simd::ConstantEvaluated>(inputs.data(), MicroBatch, 0);
    return forward_with<simd::Native>(inputs.data(), MicroBatch, 0);
  }
  /// The backward pass after `forward`. Returns the mean loss, writes its derivatives by all parameters to `gradient`,
  /// and updates the network's statistics if the loss is finite. There must be MicroBatch targets.
  constexpr T backward(const Targets<MicroBatch>& targets, Net& gradient) {
    return backward_on(detail::RowTargets<T, OutputShape::size>{targets.data()}, gradient);
  }
  constexpr T backward(const ClassIndices auto& labels, Net& gradient) {
    return backward_on(class_targets(labels), gradient);
  }
  /// The update after `backward`: clips the gradient, if the optimizer does, and updates the parameters.
  constexpr void update(Net& gradient) {
    if (__builtin_is_constant_evaluated()) return update_with<simd::ConstantEvaluated>(gradient.block().data());
    update_with<simd::Native>(gradient.block().data());
  }

  /// Trains for several epochs, with shuffling, evaluation and early stopping. Defined in train/fit.hpp.
  template <class Data, class TestData>
  [[nodiscard]] History fit(const Data& training_data, const TestData& test_data, const FitOptions& options);

  /// Adds a callable that fit calls with an EpochReport after each epoch and each evaluation. There is room for four; a
  /// fifth replaces the fourth.   Errors: compile time: the callable does not fit into a Callback
  template <class Callable>
  constexpr Trainer& on_epoch(Callable callable) {
    callbacks_.add(std::move(callable));
    return *this;
  }
  constexpr void notify(const EpochReport& report) { callbacks_(report); }

  /// Sets the length of training, which schedules depend on, and the seed of dropout, for training loops of your own.
  constexpr void plan(std::size_t epochs, std::size_t steps_per_epoch, Seed seed = {}) {
    progress_ = {0, epochs, 0, epochs * steps_per_epoch};
    steps_per_epoch_ = steps_per_epoch;
    seed_ = seed;
  }

  [[nodiscard]] constexpr Net& network() { return *network_; }
  [[nodiscard]] constexpr const Loss& loss() const { return loss_; }
  [[nodiscard]] constexpr Optimizer& optimizer() { return optimizer_; }
  [[nodiscard]] constexpr const Progress& progress() const { return progress_; }
  [[nodiscard]] constexpr const auto& workspace() const { return workspace_; }
  /// The learning rate of the next step.
  [[nodiscard]] constexpr float learning_rate() const {
    return detail::learning_rate_of(optimizer_.learning_rate, progress_);
  }

 private:
  /// Only fit calls callbacks, and fit is for hosted programs.
  static constexpr std::size_t max_callbacks = CORTEXPR_HOSTED ? 4 : 0;
  static constexpr std::size_t state_slots = Optimizer::state_slots;
  static constexpr std::size_t elements = Net::trainable_elements;
  /// Statistics are restored if the loss of a later micro-batch is not finite.
  static constexpr std::size_t saved_statistics = MicroBatch != Batch ? Net::statistics_elements : 0;
  static constexpr bool stores_gradient = memory<Net, Batch, Optimizer, MicroBatch>::gradient_bytes > 0;

  static constexpr auto class_targets(const ClassIndices auto& labels) {
    return detail::ClassTargets<std::remove_cvref_t<decltype(*labels.data())>, OutputShape::size>{labels.data()};
  }

  template <class Simd>
  constexpr auto forward_with(const T* inputs, std::size_t samples, std::size_t first_sample) {
    return workspace_.forward(Simd{}, network_->data(), inputs, samples, {seed_, progress_.step, first_sample});
  }

  /// Adds the losses of the samples of the last forward pass to `sum`, and writes their gradients, times `scale`, for
  /// backward.
  template <class Simd, class AnyTargets>
  constexpr void add_loss_with(AnyTargets targets, std::size_t first_sample, T scale, T& sum) {
    const auto outputs = workspace_.template output<Net::layer_count - 1>();
    const auto gradients = workspace_.output_gradient();
    constexpr std::size_t stride = gradients.stride;
    alignas(simd::block_alignment<T>) T target[stride]{};
    for (std::size_t row = 0; row < outputs.count; ++row) {
      targets.write(first_sample + row, target, stride);
      sum += loss_.template operator()<Simd, OutputShape::size>(outputs[row], target, gradients[row], scale);
    }
  }

  template <class Simd, class AnyTargets>
  constexpr T step_with(const T* inputs, AnyTargets targets, std::size_t samples) {
    if (samples == 0) return 0;
    const T scale = T(1) / static_cast<T>(samples);
    T loss = 0;
    for (std::size_t i = 0; i < saved_statistics; ++i) statistics_.block[i] = network_->block()[elements + i];
    for (std::size_t done = 0; done < samples; done += MicroBatch) {
      const std::size_t rows = samples - done < MicroBatch ? samples - done : MicroBatch;
      forward_with<Simd>(inputs + done * InputShape::size, rows, done);
      add_loss_with<Simd>(targets, done, scale, loss);
      if (!detail::is_finite(loss)) {
        for (std::size_t i = 0; i < saved_statistics; ++i) network_->block()[elements + i] = statistics_.block[i];
        return loss;
      }
      if constexpr (!stores_gradient)
        workspace_.backward(Simd{}, network_->data(), update_with_gradient());
      else if (done == 0)
        workspace_.backward(Simd{}, network_->data(), kernels::StoreGradient<T>{gradient_.block});
      else
        workspace_.backward(Simd{}, network_->data(), kernels::SumGradient<T>{gradient_.block});
      workspace_.update_statistics(Simd{}, network_->data().statistics);
    }
    if constexpr (stores_gradient)
      update_with<Simd>(gradient_.block);
    else
      advance();
    return loss * scale;
  }

  constexpr T backward_on(auto targets, Net& gradient) {
    if (__builtin_is_constant_evaluated()) return backward_with<simd::ConstantEvaluated>(targets, gradient);
    return backward_with<simd::Native>(targets, gradient);
  }
  template <class Simd, class AnyTargets>
  constexpr T backward_with(AnyTargets targets, Net& gradient) {
    const T scale = T(1) / static_cast<T>(MicroBatch);
    T sum = 0;
    add_loss_with<Simd>(targets, 0, scale, sum);
    workspace_.backward(Simd{}, network_->data(), kernels::StoreGradient<T>{gradient.block().data()});
    if (detail::is_finite(sum)) workspace_.update_statistics(Simd{}, network_->data().statistics);
    return sum * scale;
  }

  template <class Simd>
  constexpr void update_with(T* gradient) {
    if constexpr (detail::clips_gradients<Optimizer>)
      detail::clip_norm<Simd, Net>(gradient, static_cast<T>(optimizer_.clip_norm));
    kernels::update_block<Simd, state_slots>(network_->block().data(), gradient, state_.block, elements, elements,
                                             rule());
    advance();
  }

  constexpr auto rule() const { return optimizer_.template rule<T>(learning_rate(), updates_ + 1); }

  constexpr auto update_with_gradient() {
    return kernels::UpdateWithGradient<T, state_slots, decltype(rule())>{network_->block().data(), state_.block,
                                                                         elements, rule()};
  }

  constexpr void advance() {
    ++updates_;
    ++progress_.step;
    if (steps_per_epoch_ > 0) progress_.epoch = progress_.step / steps_per_epoch_;
  }

  Net* network_;
  Loss loss_;
  Optimizer optimizer_;
  Progress progress_{};
  std::uint64_t updates_ = 0;  // the age of the optimizer's state; `plan` does not reset it
  std::size_t steps_per_epoch_ = 0;
  Seed seed_{};
  [[no_unique_address]] detail::Callbacks<EpochReport, max_callbacks> callbacks_{};
  [[no_unique_address]] detail::Block<T, state_slots * elements> state_{};
  [[no_unique_address]] detail::Block<T, stores_gradient ? elements : 0> gradient_{};
  [[no_unique_address]] detail::Block<T, saved_statistics> statistics_{};
  detail::Workspace<typename Net::chain, MicroBatch> workspace_{};
};

template <class Net, class Loss, class Optimizer, std::size_t Batch, std::size_t MicroBatch>
Trainer(const Handle<Net>&, Loss, Optimizer, BatchSize<Batch, MicroBatch>)
    -> Trainer<Net, Loss, Optimizer, Batch, MicroBatch>;

}  // namespace cortexpr
