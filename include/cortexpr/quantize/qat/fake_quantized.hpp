#pragma once

#include <cortexpr/kernels/fake_quantize.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/memory/report.hpp>
#include <cortexpr/nn/transform/rewrite.hpp>
#include <cortexpr/quantize/lower/deployed.hpp>
#include <cortexpr/quantize/int8/layers/pool.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>

#include <cstddef>
#include <limits>
#include <type_traits>

// Layers that calculate in real numbers what the same layers will in 8 bits.

namespace cortexpr {

template <class LayerType>
struct FakeQuantized;

namespace detail {

/// Layers whose outputs are codes of their input: they look at it in another way, choose from it, or do nothing.
template <class LayerType>
inline constexpr bool keeps_codes = LayerType::is_view || LayerType::only_in_training || requires {
  requires std::is_same_v<typename PoolingOf<LayerType>::join, kernels::Largest>;
};

/// The rule (rewrite.hpp): each layer by itself.
struct FakeQuantize {
  template <class LayerType>
  struct Of : std::conditional<keeps_codes<LayerType>, LayerType, FakeQuantized<LayerType>> {};
  template <class... Layers>
  struct Of<Projection<Layers...>> : Rewrite<FakeQuantize, Projection<Layers...>> {};
  template <class... Layers>
  using chain = TypeList<typename Of<Layers>::type...>;
};

/// A pass of a layer with other weights.
template <class Pass>
struct WithWeight : Pass {
  const typename Pass::T* weight;

  template <std::size_t Position>
  constexpr auto parameter() const {
    auto result = Pass::template parameter<Position>();
    if constexpr (Position == 0) result.data = weight;
    return result;
  }
};

template <class T>
constexpr kernels::CodeGrid<T> grid_of(Quantization quantization) {
  return {static_cast<T>(quantization.scale), static_cast<T>(quantization.zero_point)};
}

}  // namespace detail

/// A layer that calculates what its form in 8 bits will (quantize/form.hpp), but in real numbers, so that training sees
/// the error and works against it: weights are rounded, symmetric with a scale for each output, and so are outputs, to
/// the 256 codes that span their range. Gradients pass straight through the rounding, but for outputs beyond the range,
/// where they are 0.
///
/// The range begins as calibrated, and in training follows that of the outputs before rounding: range += 0.01 (batch's -
/// range). Without one, as after Network::initialize, outputs are not rounded until a batch has shown theirs.
/// Shapes:  those of the layer; its parameters, and the statistic range [2]: the lowest and the highest number
/// Cost:    that of the layer; weights and outputs are rounded in each pass. Scratch for the rounded weights, in inference
///          too, where it lies on the stack; training keeps the outputs twice
/// Source:  Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
///          2018, section 3; Bengio, Léonard, Courville, "Estimating or propagating gradients through stochastic
///          neurons", 2013: the straight-through estimator.
template <class LayerType>
struct FakeQuantized : detail::Rewritten<detail::FakeQuantize, LayerType> {
 private:
  using Inner = detail::Rewritten<detail::FakeQuantize, LayerType>;
  static constexpr double momentum = 0.01;
  static constexpr bool has_weight = !std::is_void_v<typename detail::ActivationOf<LayerType>::activation>;

  template <class T, class In>
  using Shapes = Place<T, 0, Inner, In, simd::row_stride<T>(In::size), 0>;
  template <class Here>
  using InnerPlace = Place<typename Here::value_type, Here::index, Inner, typename Here::input_shape,
                           Here::input_stride, Here::parameter_begin, Here::statistics_begin>;

  /// In scratch, before what the layer itself needs: rounded weights, and scales.
  template <class T, class In>
  static constexpr std::size_t own_scratch = [] {
    if constexpr (has_weight) {
      using Weight = At<typename Inner::template parameters<In>, 0>;
      return simd::block_size<T>(Weight::rows, Weight::columns) + simd::block_size<T>(1, Weight::columns);
    } else {
      return std::size_t{0};
    }
  }();
  /// In what is saved: what the layer itself saves comes before the outputs as they were.
  template <class T, class In>
  static constexpr std::size_t inner_saved = detail::buffer<T>(Shapes<T, In>::saved_stride);
  template <class T, class In>
  static constexpr std::size_t inner_saved_of_batch = detail::buffer<T>(Shapes<T, In>::saved_of_batch);
  template <class In>
  static constexpr std::size_t range_position = Inner::template parameters<In>::size;

 public:
  template <class In>
  using parameters = typename Inner::template parameters<In>::template append<Statistic<"range", Shape<2>, Zeros>>;
  template <class T, class In>
  static constexpr std::size_t saved = inner_saved<T, In> + detail::buffer<T>(Shapes<T, In>::output_stride);
  template <class T, class In>
  static constexpr std::size_t saved_of_batch = inner_saved_of_batch<T, In> + detail::buffer<T>(2);
  template <class T, class In, std::size_t Rows>
  static constexpr std::size_t scratch = own_scratch<T, In> + Inner::template scratch<T, In, Rows>;
  template <class T, class In, std::size_t Rows, bool wants_input>
  static constexpr std::size_t backward_scratch =
      (wants_input ? own_scratch<T, In> : 0) + Inner::template backward_scratch<T, In, Rows, wants_input>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using T = typename Pass::T;
    using In = typename Pass::place::input_shape;
    constexpr Run run = Pass::training ? Run::training : Pass::one_sample ? Run::one_sample : Run::batch;
    auto outputs = pass.output;
    if constexpr (Pass::training) outputs.data = pass.saved_data + Pass::max_rows * inner_saved<T, In>;
    const ForwardPass<InnerPlace<typename Pass::place>, run, Pass::max_rows> inner{
        .input = pass.input,
        .output = outputs,
        .block = pass.block,
        .scratch = pass.scratch + own_scratch<T, In>,
        .saved_data = pass.saved_data,
        .noise = pass.noise,
        .saved_of_batch = pass.saved_of_batch,
        .state_data = pass.state_data};
    Inner::template forward<Simd>(rounded<Simd>(inner, pass.scratch));
    if constexpr (Pass::training)
      kernels::range_with_zero<Simd>(outputs, pass.saved_of_batch + inner_saved_of_batch<T, In>);
    const Range range = range_of(pass);
    if (range != Range{})
      kernels::fake_quantize<Simd>(outputs, pass.output, detail::grid_of<T>(quantization_of(range)));
    else if constexpr (Pass::training)
      kernels::copy(outputs, pass.output);
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    using T = typename Pass::T;
    using In = typename Pass::place::input_shape;
    constexpr bool wants_input = Pass::wants_input_gradient;
    auto outputs = pass.output;
    outputs.data = pass.saved_data + Pass::max_rows * inner_saved<T, In>;
    const Range range = range_of(pass);
    if (range != Range{})
      kernels::cut_gradient<Simd>(outputs, pass.output_gradient, detail::grid_of<T>(quantization_of(range)));
    const BackwardPass<InnerPlace<typename Pass::place>, wants_input, decltype(pass.sink), Pass::max_rows> inner{
        .input = pass.input,
        .output = outputs,
        .output_gradient = pass.output_gradient,
        .input_gradient = pass.input_gradient,
        .block = pass.block,
        .saved_data = pass.saved_data,
        .scratch = pass.scratch + (wants_input ? own_scratch<T, In> : 0),
        .sink = pass.sink,
        .saved_of_batch = pass.saved_of_batch,
        .state_gradient = pass.state_gradient};
    if constexpr (wants_input)
      Inner::template backward<Simd>(rounded<Simd>(inner, pass.scratch));
    else
      Inner::template backward<Simd>(inner);  // without a look at weights
  }

  template <class Simd, class Pass>
  static constexpr void update_statistics(const Pass& pass) {
    using T = typename Pass::T;
    using Here = InnerPlace<typename Pass::place>;
    if constexpr (Here::statistics_end > Here::statistics_begin)
      Inner::template update_statistics<Simd>(StatisticsPass<Here>{pass.block, pass.saved_of_batch, pass.samples});
    const T* const seen = pass.saved_of_batch + inner_saved_of_batch<T, typename Here::input_shape>;
    T* const range = pass.template parameter<range_position<typename Here::input_shape>>().data;
    if (!(seen[1] - seen[0] <= std::numeric_limits<T>::max())) return;  // rounding has made infinities finite
    const T share = range[0] == range[1] ? T(1) : static_cast<T>(momentum);
    for (std::size_t i = 0; i < 2; ++i) range[i] = (T(1) - share) * range[i] + share * seen[i];
  }

  template <class Pass>
  static constexpr Range range_of(const Pass& pass) {
    const auto* const range = pass.template parameter<range_position<typename Pass::place::input_shape>>().data;
    return {static_cast<float>(range[0]), static_cast<float>(range[1])};
  }

 private:
  /// The pass with weights that are rounded, into `scratch`.
  template <class Simd, class Pass, class T>
  static constexpr auto rounded(const Pass& pass, T* scratch_data) {
    using Here = typename Pass::place;
    if constexpr (has_weight) {
      const auto weight = pass.template parameter<0>();
      using Weight = decltype(weight);
      const Rows<T, Weight::columns, Weight::stride> to{scratch_data, weight.count};
      // Dense has a column of weights for each output, a convolution a row for each filter.
      if constexpr (Here::output_shape::rank == 1)
        kernels::fake_quantize_columns<Simd>(weight, to,
                                             scratch_data + simd::block_size<T>(weight.count, Weight::columns));
      else
        kernels::fake_quantize_rows<Simd>(weight, to);
      return detail::WithWeight<Pass>{pass, scratch_data};
    } else {
      return pass;
    }
  }
};

static_assert(Layer<FakeQuantized<Activation<Relu>>, Shape<3>>, "FakeQuantized: must satisfy the layer concept");

}  // namespace cortexpr
