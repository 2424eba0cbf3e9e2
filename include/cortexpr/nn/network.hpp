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

template <class T, std::size_t Elements>
struct StreamBlock {
  alignas(simd::block_alignment<T>) T values[Elements]{};
  [[nodiscard]] friend constexpr bool operator==(const StreamBlock&, const StreamBlock&) = default;
  [[nodiscard]] constexpr T* data() { return values; }
};
template <class T>
struct StreamBlock<T, 0> {
  [[nodiscard]] friend constexpr bool operator==(const StreamBlock&, const StreamBlock&) = default;
  [[nodiscard]] constexpr T* data() { return nullptr; }
};

}  // namespace detail

/// A network: a topology as a type, its parameters as one aligned block. A plain object without heap or pointers, so it
/// can be copied, compared, put into flash, or made in a constant expression. Inference is const and reentrant.
///
///     using Classifier = cx::Network<cx::Input<784>, cx::Dense<89, cx::Tanh>, cx::Dense<10>>;
///
/// Errors:  compile time: MismatchAtLayer<index, layer, Expected<...>, Got<shape>> where a layer does not fit
template <class T, class... Elements>
class BasicNetwork {
  using Topology = detail::Topology<T, Elements...>;

 public:
  using value_type = T;
  /// The bound layers.
  using chain = typename Topology::chain;
  using input_shape = typename Topology::input_shape;
  using output_shape = typename chain::output_shape;
  using InputTensor = Tensor<T, input_shape>;
  using OutputTensor = Tensor<T, output_shape>;

  /// The number of layers, Input not counted.
  static constexpr std::size_t layer_count = chain::size;
  /// The number of weights and biases that training moves, padding not counted.
  static constexpr std::size_t parameter_count = chain::parameter_count;
  /// Multiply-adds of one inference.
  static constexpr std::size_t macs = chain::macs;
  /// The length of the parameter block, padding included: first what training moves, then statistics.
  static constexpr std::size_t trainable_elements = chain::parameters;
  static constexpr std::size_t statistics_elements = chain::statistics;
  static constexpr std::size_t block_elements = detail::larger(trainable_elements + statistics_elements, 1);

  /// Draws all parameters from their initializers: a function of the seed alone.
  constexpr void initialize(Seed seed) {
    std::uint64_t stream = 0;
    detail::for_each_parameter<chain>(data(), [&]<class Array>(Array, auto rows) {
      detail::draw<typename Array::initializer>(Random{seed, stream++}, Array::fan, rows.data, rows.count,
                                                rows.columns, rows.stride);
    });
  }

  /// One inference.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input) const {
    OutputTensor output{};
    infer_samples<1>(input.data(), 1, output.data());
    return output;
  }

  /// What the layers keep of a stream that they have seen a part of: a plain object, zero before the first part.
  using State = detail::StreamBlock<T, chain::state>;

  /// One inference on the next part of a stream: recurrent layers and Conv1D with Causal go on where `state` ended, and
  /// leave there what the part after this one needs. A sequence in parts gives the bits of the whole, if every layer works
  /// step by step; with_input gives the network for parts of another length.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input, State& state) const {
    OutputTensor output{};
    infer_samples<1>(input.data(), 1, output.data(), state.data());
    return output;
  }

  /// The class with the largest output; the first one of equals.
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input) const {
    const OutputTensor scores = (*this)(input);
    std::size_t best = 0;
    for (std::size_t i = 1; i < scores.size(); ++i)
      if (scores[i] > scores[best]) best = i;
    return best;
  }

  /// The same of pixels as bytes, each a number from 0 to 255; fold_pixel_scale makes a network that takes them so.
  template <class Pixels>
    requires std::is_convertible_v<const Pixels&, std::span<const std::uint8_t, input_shape::size>>
  [[nodiscard]] constexpr std::size_t classify(const Pixels& image) const {
    const std::span<const std::uint8_t, input_shape::size> pixels = image;
    InputTensor input;
    kernels::convert_bytes<simd::NativePack<T>>(pixels.data(), input.data(), input.size());
    return classify(input);
  }

  /// Inference of the N samples that lie one after the other in `inputs`, into `outputs`. Both should hold N samples;
  /// where they differ, N is what both hold. Returns N.
  constexpr std::size_t operator()(std::span<const T> inputs, std::span<T> outputs) const {
    const std::size_t held = inputs.size() / input_shape::size;
    const std::size_t wanted = outputs.size() / output_shape::size;
    const std::size_t samples = held < wanted ? held : wanted;
    for (std::size_t done = 0; done < samples; done += chunk) {
      const std::size_t rows = samples - done < chunk ? samples - done : chunk;
      infer_samples<chunk>(inputs.data() + done * input_shape::size, rows, outputs.data() + done * output_shape::size);
    }
    return samples;
  }

  /// A view of one array of parameters by its name, "<layer>.<parameter>": rows and columns, unpadded.
  template <detail::FixedString Name>
  [[nodiscard]] constexpr auto parameter() {
    return detail::named_parameter<chain, Name>(data());
  }
  template <detail::FixedString Name>
  [[nodiscard]] constexpr auto parameter() const {
    return detail::named_parameter<chain, Name>(data());
  }

  /// The chain's data.
  [[nodiscard]] constexpr detail::ChainData<T> data() { return {block_, block_ + trainable_elements}; }
  [[nodiscard]] constexpr detail::ChainData<const T> data() const { return {block_, block_ + trainable_elements}; }

  /// The whole block, padding (which is zero) included.
  [[nodiscard]] constexpr std::span<T, block_elements> block() { return std::span<T, block_elements>{block_}; }
  [[nodiscard]] constexpr std::span<const T, block_elements> block() const {
    return std::span<const T, block_elements>{block_};
  }

  [[nodiscard]] friend constexpr bool operator==(const BasicNetwork&, const BasicNetwork&) = default;

 private:
  template <std::size_t Samples>
  static constexpr std::size_t arena_for = detail::InferencePlan<chain, Samples>::arena.elements;

  /// How many samples go through the layers together: enough to fill the tiles, and buffers that suit a small stack.
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
    constexpr detail::Mode mode = MaxSamples == 1 ? detail::Mode::one_sample : detail::Mode::batch;
    const auto infer = [&](auto simd) {
      return detail::infer<chain, mode, MaxSamples>(simd, data(), input, samples, arena, state);
    };
    const auto result = __builtin_is_constant_evaluated() ? infer(simd::ConstantEvaluated{}) : infer(simd::Native{});
    kernels::copy(result, Rows<T, output_shape::size>{output, samples});
  }

  alignas(simd::block_alignment<T>) T block_[block_elements]{};
};

/// Network<Input<784>, Dense<89, Tanh>, Dense<10>>: single precision. with_scalar gives the same in another.
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

/// The same topology for samples of another shape: with_input<Net, Input<1, 3>> takes one step of what Net takes a
/// sequence of. Where all parameters have the same shapes, as in that case, their blocks are the same and can be copied:
///
///     std::ranges::copy(network.block(), stream.block().begin());
template <class Net, class NewInput>
using with_input = typename detail::WithInput<Net, NewInput>::type;

}  // namespace cortexpr
