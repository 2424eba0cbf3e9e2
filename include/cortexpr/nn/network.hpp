#pragma once

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

  /// Returns the output for one sample.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input) const noexcept {
    OutputTensor output{};
    infer_samples<1>(input.data(), 1, output.data());
    return output;
  }

  /// The state of a stream that the network has processed in part: a plain object, zero before the first part.
  using State = detail::StreamBlock<T, chain::state>;

  /// Returns the output for the next part of a stream. Recurrent layers and Conv1D with Causal continue from `state`,
  /// and update it for the part that follows. If every layer works step by step, a sequence that is processed in parts
  /// gives the same bits as the whole sequence. with_input makes the network for parts of another length.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input, State& state) const noexcept {
    OutputTensor output{};
    infer_samples<1>(input.data(), 1, output.data(), state.data());
    return output;
  }

  /// The memory that the inference of one sample writes to. In static memory it takes no stack.
  struct Workspace {
    alignas(simd::block_alignment<T>) T arena[detail::larger(detail::InferencePlan<chain, 1>::arena.elements, 1)];
  };
  /// Returns the output for one sample, with the same bits; all but the output is written to `workspace`.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input, Workspace& workspace) const noexcept {
    OutputTensor output{};
    infer_in<1>(workspace.arena, input.data(), 1, output.data(), nullptr);
    return output;
  }

  /// Returns the class with the largest output, the first one of several.
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input) const noexcept {
    return largest((*this)(input));
  }
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input, Workspace& workspace) const noexcept {
    return largest((*this)(input, workspace));
  }

  /// The same for an image of bytes, which are taken as numbers from 0 to 255. fold_pixel_scale makes a network for
  /// such inputs.
  template <class Pixels>
    requires std::is_convertible_v<const Pixels&, std::span<const std::uint8_t, input_shape::size>>
  [[nodiscard]] constexpr std::size_t classify(const Pixels& image) const {
    const std::span<const std::uint8_t, input_shape::size> pixels = image;
    InputTensor input;
    kernels::convert_bytes<simd::NativePack<T>>(pixels.data(), input.data(), input.size());
    return classify(input);
  }

  /// Computes the outputs for N samples, which lie one after the other in `inputs`. N is the number of samples that
  /// both `inputs` and `outputs` have room for. Returns N.
  constexpr std::size_t operator()(std::span<const T> inputs, std::span<T> outputs) const noexcept {
    const std::size_t available = inputs.size() / input_shape::size;
    const std::size_t room = outputs.size() / output_shape::size;
    const std::size_t samples = available < room ? available : room;
    for (std::size_t done = 0; done < samples; done += chunk) {
      const std::size_t rows = samples - done < chunk ? samples - done : chunk;
      infer_samples<chunk>(inputs.data() + done * input_shape::size, rows, outputs.data() + done * output_shape::size);
    }
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
  static constexpr std::size_t largest(const OutputTensor& scores) noexcept {
    std::size_t best = 0;
    for (std::size_t i = 1; i < scores.size(); ++i)
      if (scores[i] > scores[best]) best = i;
    return best;
  }

  template <std::size_t Samples>
  static constexpr std::size_t arena_for = detail::InferencePlan<chain, Samples>::arena.elements;

  /// The number of samples that go through the layers together: enough for the tiles of the kernels, but at most 32 KiB
  /// of buffers, which lie on the stack.
  static constexpr std::size_t chunk = [] {
    constexpr std::size_t room = 32768 / sizeof(T), one = arena_for<1>, two = arena_for<2>;
    if constexpr (room < two || two == one) {
      return std::size_t{1};
    } else {
      constexpr std::size_t fitting = 1 + (room - one) / (two - one);
      return fitting < 60 ? fitting : std::size_t{60};
    }
  }();

  template <std::size_t MaxSamples>
  constexpr void infer_samples(const T* input, std::size_t samples, T* output, T* state = nullptr) const {
    alignas(simd::block_alignment<T>) T arena[detail::larger(arena_for<MaxSamples>, 1)];
    infer_in<MaxSamples>(arena, input, samples, output, state);
  }

  // Inlined, so that the compiler sees that an arena of infer_samples is no output.
  template <std::size_t MaxSamples>
  CORTEXPR_INLINE constexpr void infer_in(T* arena, const T* input, std::size_t samples, T* output, T* state) const {
    constexpr detail::Mode mode = MaxSamples == 1 ? detail::Mode::one_sample : detail::Mode::batch;
    const auto infer = [&](auto simd) {
      return detail::infer<chain, mode, MaxSamples>(simd, data(), input, samples, arena, state);
    };
    const auto result = __builtin_is_constant_evaluated() ? infer(simd::ConstantEvaluated{}) : infer(simd::Native{});
    kernels::copy(result, Rows<T, output_shape::size>{output, samples});
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
