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
#include <cortexpr/train/batch_statistics.hpp>
#include <cortexpr/train/callback.hpp>
#include <cortexpr/train/clip_norm.hpp>
#include <cortexpr/train/loss.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/schedules.hpp>
#include <cortexpr/train/targets.hpp>
#include <cortexpr/train/trainer_state.hpp>
#include <cortexpr/train/update_parameters.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

namespace cortexpr {

/// Trains a network, to which it refers, with a loss, an optimizer and a constant batch size. Its state (workspace,
/// optimizer state, gradient: memory<>::training_bytes) lies in the trainer, or on the heap from the first step on if it
/// reaches stack_limit. Nothing else but fit uses the heap. With batch_size<Batch, MicroBatch> it processes a batch in
/// micro-batches, which takes less memory and gives the same result, except for statistics.
///     cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Momentum{}, cx::batch_size<60>};
///     const float loss = trainer.step(inputs, labels);
/// Errors:  compile time: inputs or targets of another shape, a loss that does not fit the last layer. If the loss is
///          not finite, step returns it and does not change network and optimizer. It is NaN for a label that is no
///          class, and where the settings of the loss do not fit the last layer; fit says that in a sentence.
template <class Net, class Loss, class Optimizer, std::size_t Batch, std::size_t MicroBatch = Batch,
          class Placement = detail::PlacedBySize<stack_limit>>
class Trainer {
  using State = detail::TrainerState<Net, Optimizer, Batch, MicroBatch>;

 public:
  using network_type = Net;
  using T = typename Net::value_type;
  using InputShape = typename Net::input_shape;
  using OutputShape = typename Net::output_shape;
  template <std::size_t B>
  using Inputs = Tensor<T, Batched<B, InputShape>>;
  template <std::size_t B>
  using Targets = Tensor<T, Batched<B, OutputShape>>;
  static constexpr std::size_t batch = Batch, micro_batch = MicroBatch;
  static_assert(Net::parameter_count > 0, "Trainer: the network has no parameters; there is nothing to train");
  static_assert(detail::has_variances<Net>(MicroBatch),
                "Trainer: BatchNorm takes the variance of a batch, so that a batch, or a micro-batch, must have two "
                "samples or more; LayerNorm and GroupNorm have no such limit");
  static_assert(detail::CheckLoss<Loss, Net>::done, "Trainer: the loss checks the last layer");
  static_assert(detail::CheckOptimizer<Optimizer, T>::done, "Trainer: the optimizer is checked");

  constexpr Trainer(std::type_identity_t<Net>& network, Loss loss, Optimizer optimizer,
                    BatchSize<Batch, MicroBatch> = {})
      : network_{&network}, loss_{loss}, optimizer_{optimizer} {}

  /// Performs one step of training. Returns the mean loss before it.   Shapes: inputs [Batch, In], targets [Batch, Out]
  constexpr T step(const Inputs<Batch>& inputs, const Targets<Batch>& targets) { return step_for(inputs, targets); }
  /// The same with class indices: one for each sample, or for each position of outputs [T, C] or [C, H, W]. If there are
  /// fewer than for Batch samples, only as many samples are used.
  constexpr T step(const Inputs<Batch>& inputs, const ClassIndices auto& labels) { return step_for(inputs, labels); }
  /// The same with a weight for each sample: the losses are multiplied by them, and the mean is divided by their sum.
  constexpr T step(const Inputs<Batch>& inputs, const auto& targets, std::span<const float> weights) {
    const std::size_t samples = detail::samples_of<OutputShape>(targets, Batch);
    if (weights.size() < samples) return std::numeric_limits<T>::quiet_NaN();
    return step_on(inputs.data(), detail::weighted_targets_of<OutputShape>(targets, weights.data()), samples);
  }
  /// Ends the compilation with a sentence.
  template <class OtherInputs, class OtherTargets>
  constexpr T step(const OtherInputs&, const OtherTargets&) {
    return detail::RefuseStep<OtherTargets, Targets<Batch>>::done;
  }
  /// Performs one step on the first `samples` rows, at most Batch. `targets` has a type of targets.hpp.
  constexpr T step_on(const T* inputs, auto targets, std::size_t samples) {
    return simd::with_packs([&]<class Simd>(Simd) { return step_with<Simd>(inputs, targets, samples); });
  }

  /// The forward pass of a step, for training loops of your own. Returns the output of training as padded rows. `inputs`
  /// must stay valid until backward.   Shapes: inputs [MicroBatch, In] -> [MicroBatch, Out]
  constexpr auto forward(const Inputs<MicroBatch>& inputs) {
    return simd::with_packs(
        [&]<class Simd>(Simd) { return forward_with<Simd>(*state_, inputs.data(), MicroBatch, 0); });
  }
  constexpr void forward(const Inputs<MicroBatch>&&) {
    static_assert(MicroBatch == 0, "Trainer::forward: backward reads the inputs again; give them a name");
  }
  /// The backward pass after `forward`. Returns the mean loss, writes its derivatives by all parameters to `gradient`,
  /// and updates the network's statistics if the loss is finite. With labels for fewer than MicroBatch samples it
  /// returns NaN and writes nothing.
  constexpr T backward(const Targets<MicroBatch>& targets, Net& gradient) { return backward_on(targets, gradient); }
  constexpr T backward(const ClassIndices auto& labels, Net& gradient) { return backward_on(labels, gradient); }
  /// The update after `backward`: clips the gradient, if the optimizer does, and updates the parameters.
  constexpr void update(Net& gradient) {
    simd::with_packs([&]<class Simd>(Simd) { update_with<Simd>(*state_, gradient.block().data()); });
  }

  /// Trains for several epochs, with shuffling, evaluation and early stopping. Defined in train/fit.hpp.
  template <class Data, class TestData>
  [[nodiscard]] History fit(const Data& training_data, const TestData& test_data, const FitOptions& options);

  /// Adds a callable that fit calls with an EpochReport after each epoch and each evaluation. If it returns false, fit
  /// ends. The fifth and later ones take heap memory.   Errors: compile time: it does not fit into a Callback
  template <class Callable>
  constexpr Trainer& on_epoch(Callable callable) {
    callbacks_.add(detail::attached(std::move(callable), *this));
    return *this;
  }
  constexpr bool notify(const EpochReport& report) { return callbacks_(report); }

  /// Writes all that training needs to go on, or reads it. Defined in checkpoint/checkpoint.hpp.
  template <class Path>
  void save(const Path& path);
  template <class Path>
  auto resume(const Path& path);

  /// Sets the length of training, which schedules depend on, and the seed of dropout, for training loops of your own.
  /// Without it the length is unknown: OneCycle stays at its peak, other schedules at their first rate.
  constexpr void plan(std::size_t epochs, std::size_t steps_per_epoch, Seed seed = {}) {
    progress_ = {0, epochs, 0, epochs * steps_per_epoch};
    steps_per_epoch_ = steps_per_epoch;
    seed_ = seed;
  }

  [[nodiscard]] constexpr Net& network() { return *network_; }
  [[nodiscard]] constexpr const Loss& loss() const { return loss_; }
  [[nodiscard]] constexpr Optimizer& optimizer() { return optimizer_; }
  [[nodiscard]] constexpr const Progress& progress() const { return progress_; }
  [[nodiscard]] constexpr const auto& workspace() const { return state_->workspace; }
  [[nodiscard]] constexpr float learning_rate() const {
    return detail::learning_rate_of(optimizer_.learning_rate, progress_);
  }

 private:
  template <class, class, class, class>
  friend class detail::FitLoop;
  friend detail::CheckpointAccess;

  constexpr T step_for(const Inputs<Batch>& inputs, const auto& targets) {
    return step_on(inputs.data(), detail::targets_of<OutputShape>(targets),
                   detail::samples_of<OutputShape>(targets, Batch));
  }
  constexpr T backward_on(const auto& targets, Net& gradient) {
    if (detail::samples_of<OutputShape>(targets, MicroBatch) < MicroBatch) return std::numeric_limits<T>::quiet_NaN();
    return simd::with_packs(
        [&]<class Simd>(Simd) { return backward_with<Simd>(detail::targets_of<OutputShape>(targets), gradient); });
  }

  template <class Simd>
  constexpr auto forward_with(State& state, const T* inputs, std::size_t samples, std::size_t first_sample) {
    return state.workspace.forward(Simd{}, network_->data(), inputs, samples, {seed_, progress_.step, first_sample});
  }

  template <class Simd, class AnyTargets>
  constexpr T step_with(const T* inputs, AnyTargets targets, std::size_t samples) {
    const T scale = detail::mean_scale<Net>(loss_, targets, samples);
    if (scale == 0) return 0;
    State& state = *state_;
    auto& workspace = state.workspace;
    state.keep_statistics(network_->data().statistics);
    T loss = 0;
    for (std::size_t done = 0; done < samples; done += MicroBatch) {
      const std::size_t rows = samples - done < MicroBatch ? samples - done : MicroBatch;
      forward_with<Simd>(state, inputs + done * InputShape::size, rows, done);
      workspace.template add_losses<Simd, Net>(loss_, targets, done, scale, loss);
      if (!detail::is_finite(loss)) return state.restore_statistics(network_->data().statistics), loss;
      if constexpr (!State::stores_gradient)
        workspace.backward(Simd{}, network_->data(), update_with_gradient(state));
      else if (done == 0)
        workspace.backward(Simd{}, network_->data(), kernels::StoreGradient<T>{state.gradient.block});
      else
        workspace.backward(Simd{}, network_->data(), kernels::SumGradient<T>{state.gradient.block});
      workspace.update_statistics(Simd{}, network_->data().statistics);
    }
    if constexpr (State::stores_gradient)
      update_with<Simd>(state, state.gradient.block);
    else
      advance();
    return loss * scale;
  }

  template <class Simd>
  constexpr T backward_with(auto targets, Net& gradient) {
    const T scale = detail::mean_scale<Net>(loss_, targets, MicroBatch);
    auto& workspace = state_->workspace;
    T sum = 0;
    workspace.template add_losses<Simd, Net>(loss_, targets, 0, scale, sum);
    workspace.backward(Simd{}, network_->data(), kernels::StoreGradient<T>{gradient.block().data()});
    if (detail::is_finite(sum)) workspace.update_statistics(Simd{}, network_->data().statistics);
    return sum * scale;
  }

  template <class Simd>
  constexpr void update_with(State& state, T* gradient) {
    if constexpr (detail::clips_gradients<Optimizer>)
      detail::clip_norm<Simd, Net>(gradient, static_cast<T>(optimizer_.clip_norm));
    detail::update_parameters<Simd, Net, Optimizer::state_slots>(
        network_->block().data(), gradient, state.optimizer.block, rule(), detail::rule_of_vectors(optimizer_, rule()));
    advance();
  }

  constexpr std::span<T> optimizer_state() { return state_->optimizer_values(); }
  constexpr void forget() {
    for (T& value : optimizer_state()) value = 0;
    updates_ = 0;
    progress_ = {};
    detail::restart_schedule(optimizer_);
  }

  constexpr auto rule() const { return optimizer_.template rule<T>(learning_rate(), updates_ + 1); }
  constexpr auto update_with_gradient(State& state) {
    return kernels::UpdateWithGradient<T, Optimizer::state_slots, decltype(rule())>{
        network_->block().data(), state.optimizer.block, State::elements, rule(),
        detail::rule_of_vectors(optimizer_, rule())};
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
  [[no_unique_address]] detail::CallbacksOfFit<EpochReport> callbacks_{};
  [[no_unique_address]] detail::FitStateOf<Net> fit_state_{};
  detail::Placed<State, Placement::template place<State>> state_{};
};

/// The network may also be a Handle.
template <class AnyNet, class Loss, class Optimizer, std::size_t Batch, std::size_t MicroBatch>
Trainer(AnyNet&, Loss, Optimizer, BatchSize<Batch, MicroBatch>)
    -> Trainer<typename detail::NetworkOf<AnyNet>::type, Loss, Optimizer, Batch, MicroBatch>;

}  // namespace cortexpr
