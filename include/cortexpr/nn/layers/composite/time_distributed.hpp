#pragma once

#include <cortexpr/nn/layers/composite/branches.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/recurrent/recurrent_layer.hpp>

#include <cstddef>

namespace cortexpr {

namespace detail {

/// What the layers inside see of a pass forward: every step is a sample.
template <class Pass, std::size_t Steps, class Input>
struct ForwardOfSteps {
  using T = typename Pass::T;
  static constexpr bool training = Pass::training, one_sample = false;
  static constexpr std::size_t max_rows = Pass::max_rows * Steps;
  Input input;
  const T* block;
  Noise noise;
};
template <class Pass, std::size_t Steps, class Input>
struct BackwardOfSteps {
  static constexpr bool wants_input_gradient = Pass::wants_input_gradient;
  static constexpr std::size_t max_rows = Pass::max_rows * Steps;
  Input input;
  const typename Pass::T* block;
  decltype(Pass::sink) sink;
};
template <class T>
struct StatisticsOfSteps {
  T* block;
  std::size_t samples;
};

}  // namespace detail

/// Its layers, applied to each step of a sequence for itself:
///
///     cx::TimeDistributed<cx::Dense<64, cx::Gelu>, cx::Dense<16>>
///
/// Shapes:  x [B, T, F] -> y [B, T, Out], where the layers make [Out] of [F]; parameters "<inner layer>.<parameter>"
/// Cost:    T times that of its layers, and a copy of input and output
/// Errors:  compile time: the input is no sequence; those of its layers, with MismatchWithin<...>
template <class... Layers>
struct TimeDistributed : LayerDefaults {
  static_assert(sizeof...(Layers) > 0, "TimeDistributed: there must be at least one layer");
  static constexpr const char* name = "TimeDistributed";
  using expects = Sequence;

  template <class In>
  static constexpr std::size_t steps = detail::TimeFirst<In>::steps;
  template <class In>
  using Step = Shape<detail::TimeFirst<In>::features>;
  template <class T, class In>
  static constexpr std::size_t stride = simd::row_stride<T>(Step<In>::size);
  template <class T, class In, std::size_t Index = 0, std::size_t Offset = 0, std::size_t Statistics = 0>
  using Inner = detail::BranchAt<T, Index, Step<In>, stride<T, In>, Offset, Statistics, Layers...>;
  template <class Place>
  using at = Inner<typename Place::value_type, typename Place::input_shape, detail::inner_index<Place::index>,
                   Place::parameter_begin, Place::statistics_begin>;

  template <class In, class Mismatch>
  struct Check {
    static_assert(detail::TimeFirst<In>::fits,
                  "TimeDistributed: the input must be a sequence [T, F]; put Reshape before it");
    static_assert(detail::checked_inside<Mismatch, 0, typename Inner<float, In>::places>,
                  "TimeDistributed: each layer checks its input");
    static_assert(Inner<float, In>::writer < sizeof...(Layers),
                  "TimeDistributed: some layer must do more than see its input with another shape");
  };

  template <class In>
  using output_shape = Shape<steps<In>, Inner<float, In>::output_shape::size>;
  template <class In>
  using parameters = decltype(detail::branch_parameters<true, 0>(typename Inner<float, In>::places{}));
  template <class In>
  static constexpr std::size_t macs = steps<In> * Inner<float, In>::macs;

  /// The steps as rows, then what the layers keep.
  template <class T, class In>
  static constexpr std::size_t saved = detail::buffer<T>(steps<In> * stride<T, In>) + steps<In> * Inner<T, In>::kept;
  template <class T, class In>
  static constexpr std::size_t saved_of_batch = Inner<T, In>::kept_of_batch;
  template <class T, class In, std::size_t Rows>
  static constexpr std::size_t scratch =
      Rows * detail::buffer<T>(steps<In> * stride<T, In>) + Inner<T, In>::template scratch<Rows * steps<In>>;
  template <class T, class In, std::size_t Rows, bool wants_input>
  static constexpr std::size_t backward_scratch =
      Rows * detail::buffer<T>(steps<In> * stride<T, In>) +
      Inner<T, In>::template backward_scratch<Rows * steps<In>, wants_input>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using T = typename Pass::T;
    using In = typename Pass::place::input_shape;
    constexpr std::size_t of_input = Pass::max_rows * detail::buffer<T>(steps<In> * stride<T, In>);
    const std::size_t samples = pass.input.count;
    const StepRows<T, In> input{Pass::training ? pass.saved_data : pass.scratch, samples * steps<In>};
    for (std::size_t b = 0; b < samples; ++b)
      kernels::copy(Sample<const T, Step<In>::size>{pass.input[b], steps<In>}, steps_of(input, b, steps<In>));
    Noise noise = pass.noise;
    noise.first_sample *= steps<In>;
    const detail::ForwardOfSteps<Pass, steps<In>, StepRows<const T, In>> inner{input, pass.block, noise};
    const auto output = at<typename Pass::place>::template forward<Simd>(
        inner, {.kept = Pass::training ? pass.saved_data + of_input : nullptr,
                .kept_of_batch = pass.saved_of_batch,
                .scratch = Pass::training ? pass.scratch : pass.scratch + of_input,
                .state = nullptr});
    for (std::size_t b = 0; b < samples; ++b) {
      kernels::copy(steps_of(output, b, steps<In>), Sample<T, output.columns>{pass.output[b], steps<In>});
      kernels::clear_padding(pass.output, b);
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    using T = typename Pass::T;
    using In = typename Pass::place::input_shape;
    using Here = at<typename Pass::place>;
    if constexpr (Pass::wants_input_gradient || Here::learns) {
      constexpr std::size_t of_input = Pass::max_rows * detail::buffer<T>(steps<In> * stride<T, In>);
      const std::size_t samples = pass.input.count;
      const detail::BackwardOfSteps<Pass, steps<In>, StepRows<const T, In>> inner{
          {pass.saved_data, samples * steps<In>}, pass.block, pass.sink};
      const detail::BranchMemory<T, const T> memory{.kept = pass.saved_data + of_input,
                                                    .kept_of_batch = pass.saved_of_batch,
                                                    .scratch = pass.scratch + of_input,
                                                    .state = nullptr};
      const auto output_gradient = Here::output_gradient(inner, memory);
      for (std::size_t b = 0; b < samples; ++b)
        kernels::copy(Sample<T, output_gradient.columns>{pass.output_gradient[b], steps<In>},
                      steps_of(output_gradient, b, steps<In>));
      const StepRows<T, In> input_gradient{pass.scratch, samples * steps<In>};
      Here::template backward<Simd>(inner, memory, input_gradient.data);
      if constexpr (Pass::wants_input_gradient)
        for (std::size_t b = 0; b < samples; ++b) {
          kernels::copy(steps_of(input_gradient, b, steps<In>),
                        Sample<T, Step<In>::size>{pass.input_gradient[b], steps<In>});
          kernels::clear_padding(pass.input_gradient, b);
        }
    }
  }

  template <class Simd, class Pass>
  static constexpr void update_statistics(const Pass& pass) {
    using In = typename Pass::place::input_shape;
    at<typename Pass::place>::template update_statistics<Simd>(
        detail::StatisticsOfSteps<typename Pass::T>{pass.block, pass.samples * steps<In>}, pass.saved_of_batch);
  }

 private:
  template <class T, class In>
  using StepRows = Rows<T, Step<In>::size, stride<std::remove_const_t<T>, In>>;
  /// The steps of a sample as they lie in it.
  template <class T, std::size_t Columns>
  using Sample = Rows<T, Columns, Columns>;

  template <class All>
  static constexpr All steps_of(All all, std::size_t sample, std::size_t count) {
    return {all[sample * count], count};
  }
};

static_assert(Layer<TimeDistributed<Sequential<>>, Shape<3, 4>>, "TimeDistributed: must satisfy the layer concept");

}  // namespace cortexpr
