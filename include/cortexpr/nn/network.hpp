#pragma once

#include <cortexpr/core/random.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/nn/forward.hpp>
#include <cortexpr/nn/layers.hpp>
#include <cortexpr/nn/memory.hpp>
#include <cortexpr/nn/parameters.hpp>
#include <cortexpr/nn/topology.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace cortexpr {

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
  using places = typename Topology::places;
  using input_shape = typename Topology::input_shape;
  using output_shape = typename At<places, places::size - 1>::output_shape;
  using InputTensor = Tensor<T, input_shape>;
  using OutputTensor = Tensor<T, output_shape>;

  /// The number of layers, Input not counted.
  static constexpr std::size_t layer_count = places::size;
  /// The number of weights and biases, padding not counted.
  static constexpr std::size_t parameter_count = []<class... Place>(TypeList<Place...>) {
    return (std::size_t{0} + ... + Place::parameter_count);
  }(places{});
  /// Multiply-adds of one inference.
  static constexpr std::size_t macs = []<class... Place>(TypeList<Place...>) {
    return (std::size_t{0} + ... + Place::layer::template macs<typename Place::input_shape>);
  }(places{});
  /// The length of the parameter block, padding included.
  static constexpr std::size_t block_elements = detail::larger(At<places, places::size - 1>::parameter_end, 1);

  /// Draws all parameters from their initializers: a function of the seed alone.
  constexpr void initialize(Seed seed) {
    std::uint64_t stream = 0;
    for_each_parameter<places>([&]<class Place, std::size_t Position>() {
      using One = At<typename Place::parameters, Position>;
      const Random random{seed, stream++};
      const auto rows = Place::template parameter<Position>(block_);
      for (std::size_t i = 0; i < One::shape::size; ++i)
        rows[i / One::columns][i % One::columns] = One::initializer::template sample<T>(random, i, One::fan);
    });
  }

  /// One inference.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input) const {
    OutputTensor output{};
    infer_samples<1>(input.data(), 1, output.data());
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
  template <FixedString Name>
  [[nodiscard]] constexpr auto parameter() {
    return detail::named_parameter<places, Name>(block_);
  }
  template <FixedString Name>
  [[nodiscard]] constexpr auto parameter() const {
    return detail::named_parameter<places, Name>(block_);
  }

  /// The whole block, padding (which is zero) included.
  [[nodiscard]] constexpr std::span<T, block_elements> block() { return std::span<T, block_elements>{block_}; }
  [[nodiscard]] constexpr std::span<const T, block_elements> block() const {
    return std::span<const T, block_elements>{block_};
  }

  [[nodiscard]] friend constexpr bool operator==(const BasicNetwork&, const BasicNetwork&) = default;

 private:
  /// How many samples go through the layers together: enough to fill the tiles, and buffers that suit a small stack.
  static constexpr std::size_t chunk = [] {
    const std::size_t fitting = 32768 / sizeof(T) / detail::InferencePlan<places>::arena(1);
    return fitting < 1 ? std::size_t{1} : fitting < 60 ? fitting : std::size_t{60};
  }();

  template <std::size_t MaxSamples>
  constexpr void infer_samples(const T* input, std::size_t samples, T* output) const {
    alignas(simd::block_alignment<T>) T arena[detail::larger(detail::InferencePlan<places>::arena(MaxSamples), 1)];
    constexpr Run run = MaxSamples == 1 ? Run::one_sample : Run::batch;
    const auto result = std::is_constant_evaluated()
                            ? detail::infer<simd::Constant, places, run>(block_, input, samples, arena)
                            : detail::infer<simd::Native, places, run>(block_, input, samples, arena);
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

}  // namespace detail

/// The same topology with another scalar type: with_scalar<double, Classifier>.
template <class T, class Net>
using with_scalar = typename detail::WithScalar<T, Net>::type;

}  // namespace cortexpr
