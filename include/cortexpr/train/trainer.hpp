#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/update/update.hpp>
#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/nn/memory/report.hpp>
#include <cortexpr/nn/static_network.hpp>
#include <cortexpr/train/batch_size.hpp>
#include <cortexpr/train/block.hpp>
#include <cortexpr/train/callback.hpp>
#include <cortexpr/train/loss.hpp>
#include <cortexpr/train/clip_norm.hpp>
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

/// Trains a network: any network, loss and optimizer, at a batch size known to the compiler. It holds the activations
/// of a batch and the optimizer's state, and takes no heap; it refers to the network.
///
///     cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Momentum{.learning_rate = 0.1f},
///     cx::batch_size<60>}; const float loss = trainer.step(inputs, labels);
///
/// Errors:  compile time: inputs or targets of another shape, a loss that does not fit the last layer. A loss that is
///          not finite: step returns it and leaves network and optimizer as they were.
template <class Net, class Loss, class Optimizer, std::size_t Batch, std::size_t Part = Batch>
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

  constexpr Trainer(Net& network, Loss loss, Optimizer optimizer, BatchSize<Batch, Part> = {})
      : network_{&network}, loss_{loss}, optimizer_{optimizer} {}

  /// One step of training. Returns the mean loss of the batch as it was before the step.
  /// Shapes: inputs [Batch, In], targets [Batch, Out]
  constexpr T step(const Inputs<Batch>& inputs, const Targets<Batch>& targets) {
    return step_on(inputs.data(), detail::RowTargets<T, OutputShape::size>{targets.data()}, Batch);
  }
  /// The same with class indices. Where there are fewer than Batch of them, only so many samples are looked at.
  constexpr T step(const Inputs<Batch>& inputs, const ClassIndices auto& labels) {
    const std::size_t samples = labels.size() < Batch ? labels.size() : Batch;
    return step_on(inputs.data(), class_targets(labels), samples);
  }
  /// With anything else: does not compile, and says why.
  template <class OtherInputs, class OtherTargets>
  constexpr T step(const OtherInputs&, const OtherTargets&) {
    constexpr bool targets_fit = std::is_same_v<OtherTargets, Targets<Batch>> || ClassIndices<OtherTargets>;
    static_assert(targets_fit, "Trainer::step: the targets must be a Tensor<T, Shape<batch, output...>>, or class indices");
    static_assert(!targets_fit, "Trainer::step: the inputs must be a Tensor<T, Shape<batch, input...>>");
    return 0;
  }
  /// One step on the first `samples` rows, at most Batch. `targets` is one of targets.hpp.
  constexpr T step_on(const T* inputs, auto targets, std::size_t samples) {
    if (__builtin_is_constant_evaluated()) return step_with<simd::ConstantEvaluated>(inputs, targets, samples);
    return step_with<simd::Native>(inputs, targets, samples);
  }

  /// The first half of a step, for a loop by hand: the network's output in training, dropout included, padded to whole
  /// packs. `inputs` must stay until backward.   Shapes: inputs [Part, In] -> [Part, Out]
  constexpr auto forward(const Inputs<Part>& inputs) {
    if (__builtin_is_constant_evaluated()) return forward_with<simd::ConstantEvaluated>(inputs.data(), Part, 0);
    return forward_with<simd::Native>(inputs.data(), Part, 0);
  }
  /// The mean loss of what forward saw, and into `gradient` its derivative by every parameter. As many labels as Part.
  /// The network's statistics follow what forward saw, if that loss is finite.
  constexpr T backward(const Targets<Part>& targets, Net& gradient) {
    return backward_on(detail::RowTargets<T, OutputShape::size>{targets.data()}, gradient);
  }
  constexpr T backward(const ClassIndices auto& labels, Net& gradient) {
    return backward_on(class_targets(labels), gradient);
  }
  /// The last half: clips the gradient, if the optimizer does, and moves the parameters.
  constexpr void update(Net& gradient) {
    if (__builtin_is_constant_evaluated()) return update_with<simd::ConstantEvaluated>(gradient.block().data());
    update_with<simd::Native>(gradient.block().data());
  }

  /// Trains for whole epochs, with shuffling, evaluation and early stopping; defined in train/fit.hpp.
  template <class Data, class TestData>
  [[nodiscard]] History fit(const Data& training_data, const TestData& test_data, const FitOptions& options);

  /// Adds a callable that fit calls with an EpochReport after each epoch and each evaluation. There is room for four; a
  /// fifth takes the place of the fourth.   Errors: compile time: the callable does not fit into a Callback
  template <class Callable>
  constexpr Trainer& on_epoch(Callable callable) {
    callbacks_.add(std::move(callable));
    return *this;
  }
  constexpr void notify(const EpochReport& report) { callbacks_(report); }

  /// For a loop by hand: how long it will be, which schedules look at, and the seed of dropout.
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
  [[nodiscard]] constexpr float learning_rate() const { return detail::learning_rate_of(optimizer_.learning_rate, progress_); }

 private:
  /// Only fit calls them, and fit needs a computer.
  static constexpr std::size_t max_callbacks = CORTEXPR_HOSTED ? 4 : 0;
  static constexpr std::size_t slots = Optimizer::state_slots;
  static constexpr std::size_t elements = Net::trainable_elements;
  /// A later part of the batch may have a loss that is not finite.
  static constexpr std::size_t kept_statistics = Part != Batch ? Net::statistics_elements : 0;
  static constexpr bool keeps_gradient = memory<Net, Batch, Optimizer, Part>::gradient_bytes > 0;

  static constexpr auto class_targets(const ClassIndices auto& labels) {
    return detail::ClassTargets<std::remove_cvref_t<decltype(*labels.data())>, OutputShape::size>{labels.data()};
  }

  template <class Simd>
  constexpr auto forward_with(const T* inputs, std::size_t samples, std::size_t first_sample) {
    return workspace_.forward(Simd{}, network_->data(), inputs, samples, {seed_, progress_.step, first_sample});
  }

  /// Adds the losses of the samples that forward saw to `sum`; leaves their gradients, times `scale`, for backward.
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
    for (std::size_t i = 0; i < kept_statistics; ++i) statistics_.block[i] = network_->block()[elements + i];
    for (std::size_t done = 0; done < samples; done += Part) {
      const std::size_t rows = samples - done < Part ? samples - done : Part;
      forward_with<Simd>(inputs + done * InputShape::size, rows, done);
      add_loss_with<Simd>(targets, done, scale, loss);
      if (!detail::is_finite(loss)) {
        for (std::size_t i = 0; i < kept_statistics; ++i) network_->block()[elements + i] = statistics_.block[i];
        return loss;
      }
      if constexpr (!keeps_gradient)
        workspace_.backward(Simd{}, network_->data(), updating_sink());
      else if (done == 0)
        workspace_.backward(Simd{}, network_->data(), kernels::StoreGradient<T>{gradient_.block});
      else
        workspace_.backward(Simd{}, network_->data(), kernels::SumGradient<T>{gradient_.block});
      workspace_.update_statistics(Simd{}, network_->data().statistics);
    }
    if constexpr (keeps_gradient)
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
    const T scale = T(1) / static_cast<T>(Part);
    T sum = 0;
    add_loss_with<Simd>(targets, 0, scale, sum);
    workspace_.backward(Simd{}, network_->data(), kernels::StoreGradient<T>{gradient.block().data()});
    if (detail::is_finite(sum)) workspace_.update_statistics(Simd{}, network_->data().statistics);
    return sum * scale;
  }

  template <class Simd>
  constexpr void update_with(T* gradient) {
    if constexpr (detail::clips_gradients<Optimizer>) detail::clip_norm<Simd, Net>(gradient, static_cast<T>(optimizer_.clip_norm));
    kernels::update_block<Simd, slots>(network_->block().data(), gradient, state_.block, elements, elements, rule());
    advance();
  }

  constexpr auto rule() const { return optimizer_.template rule<T>(learning_rate(), updates_ + 1); }

  constexpr auto updating_sink() {
    return kernels::UpdateWithGradient<T, slots, decltype(rule())>{network_->block().data(), state_.block, elements,
                                                                   rule()};
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
  std::uint64_t updates_ = 0;  // as old as the optimizer's state, whatever is planned
  std::size_t steps_per_epoch_ = 0;
  Seed seed_{};
  [[no_unique_address]] detail::Callbacks<EpochReport, max_callbacks> callbacks_{};
  [[no_unique_address]] detail::Block<T, slots * elements> state_{};
  [[no_unique_address]] detail::Block<T, keeps_gradient ? elements : 0> gradient_{};
  [[no_unique_address]] detail::Block<T, kept_statistics> statistics_{};
  Workspace<typename Net::chain, Part> workspace_{};
};

template <class Net, class Loss, class Optimizer, std::size_t Batch, std::size_t Part>
Trainer(StaticNetwork<Net>, Loss, Optimizer, BatchSize<Batch, Part>) -> Trainer<Net, Loss, Optimizer, Batch, Part>;

}  // namespace cortexpr
