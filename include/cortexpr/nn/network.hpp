#pragma once

#include <cortexpr/core/placed.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/execution/infer.hpp>
#include <cortexpr/nn/layers.hpp>
#include <cortexpr/nn/memory/report.hpp>
#include <cortexpr/nn/topology/parameters.hpp>
#include <cortexpr/nn/topology/topology.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace cortexpr {

namespace detail {

/// The state of a stream, as one aligned block.
template <class T, std::size_t Elements>
struct [[CORTEXPR_ABI]] StreamBlock {
  alignas(simd::block_alignment<T>) T values[Elements]{};
  [[nodiscard]] friend constexpr bool operator==(const StreamBlock&, const StreamBlock&) = default;
  [[nodiscard]] constexpr T* data() noexcept { return values; }
};
template <class T>
struct StreamBlock<T, 0> {
  [[nodiscard]] friend constexpr bool operator==(const StreamBlock&, const StreamBlock&) = default;
  [[nodiscard]] constexpr T* data() noexcept { return nullptr; }
};

}  // namespace detail

/// A network: the topology is its type, and the object is one aligned block of parameters. It has neither heap memory
/// nor pointers, so it can be copied, compared, put into flash, or made in a constant expression. Inference is const
/// and reentrant.
///
///     using Classifier = cx::Network<cx::Input<784>, cx::Dense<89, cx::Tanh>, cx::Dense<10>>;
///
/// Errors:  compile time: MismatchAtLayer<index, layer, Expected<...>, Got<shape>>: a layer does not fit its input
template <class T, class... Elements>
class [[CORTEXPR_ABI]] BasicNetwork {
  using Topology = detail::Topology<T, Elements...>;

 public:
  using value_type = T;
  /// The bound layers.
  using chain = typename Topology::chain;
  using input_shape = typename Topology::input_shape;
  using output_shape = typename chain::output_shape;
  using InputTensor = Tensor<T, input_shape>;
  using OutputTensor = Tensor<T, output_shape>;

  /// The number of layers, without Input.
  static constexpr std::size_t layer_count = chain::size;
  /// The number of weights and biases that training updates, without padding.
  static constexpr std::size_t parameter_count = chain::parameter_count;
  /// Multiply-adds of one inference.
  static constexpr std::size_t macs = chain::macs;
  /// The lengths of the two parts of the parameter block, with padding: what training updates, then statistics.
  static constexpr std::size_t trainable_elements = chain::parameters;
  static constexpr std::size_t statistics_elements = chain::statistics;
  static constexpr std::size_t block_elements = detail::larger(trainable_elements + statistics_elements, 1);

  /// Sets all parameters to the values of their initializers, which depend on the seed alone.
  constexpr void initialize(Seed seed) noexcept {
    std::uint64_t stream = 0;
    detail::for_each_parameter<chain>(data(), [&]<class Array>(Array, auto rows) {
      detail::draw<typename Array::initializer>(Random{seed, stream++}, Array::fan, rows.data, rows.count, rows.columns,
                                                rows.stride);
    });
  }

  /// Returns the output for one sample. Activations of stack_limit or more take one allocation, whose failure ends the
  /// program.   Errors: compile time: activations of this size in a build without a heap
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input) const noexcept {
    OutputTensor output{};
    infer_one(input, output, nullptr);
    return output;
  }

  /// The state of a stream that the network has processed in part: a plain object, zero before the first part.
  using State = detail::StreamBlock<T, chain::state>;

  /// Returns the output for the next part of a stream. Recurrent layers and Conv1D with Causal continue from `state`,
  /// and update it for the part that follows. If every layer works step by step, a sequence that is processed in parts
  /// gives the same bits as the whole sequence. with_input makes the network for parts of another length.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input, State& state) const noexcept {
    OutputTensor output{};
    infer_one(input, output, state.data());
    return output;
  }

  /// The memory that inference of at most `Samples` samples writes to. In static memory it takes neither stack nor heap.
  template <std::size_t Samples>
  struct Activations {
    alignas(simd::block_alignment<T>) T arena[detail::larger(detail::InferencePlan<chain, Samples>::arena.elements, 1)];
  };
  using Workspace = Activations<1>;
  /// Returns the output for one sample, with the same bits; all but the output is written to `workspace`.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input, Workspace& workspace) const noexcept {
    OutputTensor output{};
    copy_outputs<1>(workspace, input.data(), 1, output.data(), nullptr);
    return output;
  }

  /// Returns the class with the largest output, the first one of several.
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input) const noexcept {
    return with_memory<Workspace>([&](Workspace& memory) { return classify(input, memory); });
  }
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input, Workspace& workspace) const noexcept {
    const auto scores = infer_in<1>(workspace.arena, input.data(), 1, nullptr);
    std::size_t best = 0;
    for (std::size_t i = 1; i < output_shape::size; ++i)
      if (scores[0][i] > scores[0][best]) best = i;
    return best;
  }

  /// The same for an image of bytes, which are taken as numbers from 0 to 255. fold_pixel_scale makes a network for
  /// such inputs.
  template <class Pixels>
    requires std::is_convertible_v<const Pixels&, std::span<const std::uint8_t, input_shape::size>>
  [[nodiscard]] constexpr std::size_t classify(const Pixels& image) const {
    const std::span<const std::uint8_t, input_shape::size> pixels = image;
    struct Converted {
      InputTensor input;
      Workspace workspace;
    };
    return with_memory<Converted>([&](Converted& memory) {
      kernels::convert_bytes<simd::NativePack<T>>(pixels.data(), memory.input.data(), input_shape::size);
      return classify(memory.input, memory.workspace);
    });
  }

  /// Computes the outputs for N samples, which lie one after the other in `inputs`. N is the number of samples that
  /// both `inputs` and `outputs` have room for. Returns N. Takes at most one allocation, if the activations are large.
  constexpr std::size_t operator()(std::span<const T> inputs, std::span<T> outputs) const noexcept {
    const std::size_t available = inputs.size() / input_shape::size;
    const std::size_t room = outputs.size() / output_shape::size;
    const std::size_t samples = available < room ? available : room;
    if (samples == 0) return 0;
    with_memory<Activations<chunk>>([&](auto& memory) {
      for (std::size_t done = 0; done < samples; done += chunk)
        copy_outputs<chunk>(memory, inputs.data() + done * input_shape::size,
                            samples - done < chunk ? samples - done : chunk, outputs.data() + done * output_shape::size,
                            nullptr);
    });
    return samples;
  }

  /// Returns a view of an array of parameters or statistics by its name, "<layer>.<parameter>", as rows and columns
  /// without padding.
  template <detail::FixedString Name>
  [[nodiscard]] constexpr auto parameter() noexcept {
    return detail::named_parameter<chain, Name>(data());
  }
  template <detail::FixedString Name>
  [[nodiscard]] constexpr auto parameter() const noexcept {
    return detail::named_parameter<chain, Name>(data());
  }

  /// The parameters and the statistics.
  [[nodiscard]] constexpr detail::ChainData<T> data() noexcept { return {block_, block_ + trainable_elements}; }
  [[nodiscard]] constexpr detail::ChainData<const T> data() const noexcept {
    return {block_, block_ + trainable_elements};
  }

  /// The whole block, with padding, which is zero.
  [[nodiscard]] constexpr std::span<T, block_elements> block() noexcept { return std::span<T, block_elements>{block_}; }
  [[nodiscard]] constexpr std::span<const T, block_elements> block() const noexcept {
    return std::span<const T, block_elements>{block_};
  }

  [[nodiscard]] friend constexpr bool operator==(const BasicNetwork&, const BasicNetwork&) = default;

 private:
  static constexpr std::size_t chunk = detail::samples_at_once<chain>;

  /// Calls action(memory), which lies on the stack or on the heap.
  template <class Memory>
  CORTEXPR_INLINE static constexpr auto with_memory(const auto& action) {
    static_assert(CORTEXPR_HEAP || sizeof(Memory) < stack_limit,
                  "Network: an inference must take less than stack_limit on the stack; call network(input, workspace) "
                  "with a Net::Workspace in static memory, or define CORTEXPR_STACK_LIMIT");
    return detail::with_object<Memory>(action);
  }

  constexpr void infer_one(const InputTensor& input, OutputTensor& output, T* state) const {
    with_memory<Workspace>([&](Workspace& memory) { copy_outputs<1>(memory, input.data(), 1, output.data(), state); });
  }

  // Inlined, so that the compiler sees that the arena is no output.
  template <std::size_t MaxSamples>
  CORTEXPR_INLINE constexpr void copy_outputs(Activations<MaxSamples>& memory, const T* input, std::size_t samples,
                                              T* output, T* state) const {
    kernels::copy(infer_in<MaxSamples>(memory.arena, input, samples, state),
                  Rows<T, output_shape::size>{output, samples});
  }

  /// Returns the outputs, which lie in the arena or, if no layer computes, are the input.
  template <std::size_t MaxSamples>
  CORTEXPR_INLINE constexpr auto infer_in(T* arena, const T* input, std::size_t samples, T* state) const {
    constexpr detail::Mode mode = MaxSamples == 1 ? detail::Mode::one_sample : detail::Mode::batch;
    const auto infer = [&](auto simd) {
      return detail::infer<chain, mode, MaxSamples>(simd, data(), input, samples, arena, state);
    };
    return __builtin_is_constant_evaluated() ? infer(simd::ConstantEvaluated{}) : infer(simd::Native{});
  }

  alignas(simd::block_alignment<T>) T block_[block_elements]{};
};

/// A network in single precision, as in Network<Input<784>, Dense<89, Tanh>, Dense<10>>. with_scalar gives the same
/// network with another scalar type.
template <class... Elements>
using Network = BasicNetwork<float, Elements...>;

namespace detail {

template <class T, class Net>
struct WithScalar;
template <class T, class Old, class... Elements>
struct WithScalar<T, BasicNetwork<Old, Elements...>> {
  using type = BasicNetwork<T, Elements...>;
};

template <class Net, class NewInput>
struct WithInput;
template <class T, class Old, class... Layers, class NewInput>
struct WithInput<BasicNetwork<T, Old, Layers...>, NewInput> {
  using type = BasicNetwork<T, NewInput, Layers...>;
};

}  // namespace detail

/// The same topology with another scalar type: with_scalar<double, Classifier>.
template <class T, class Net>
using with_scalar = typename detail::WithScalar<T, Net>::type;

/// The same topology for samples of another shape: if Net takes sequences of vectors of 3, with_input<Net, Input<1, 3>>
/// takes one step. If all parameters have the same shapes, as in this case, the blocks are equal and can be copied:
///
///     std::ranges::copy(network.block(), stream.block().begin());
template <class Net, class NewInput>
using with_input = typename detail::WithInput<Net, NewInput>::type;

}  // namespace cortexpr
