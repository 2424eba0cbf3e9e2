#pragma once

#include <cortexpr/kernels/normalization/normalize.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

// What LayerNorm and RmsNorm have in common: each vector, or each row of a sequence, is normalised for itself.

namespace cortexpr::detail {

/// What vectors and rows are made of; of images as well, so that nobody but the layer's Check complains.
template <class In>
inline constexpr std::size_t row_features = extent<In, In::rank - 1>;

template <bool centred, class In>
struct RowParameters {
  using type = TypeList<Parameter<"scale", Shape<row_features<In>>, Ones>>;
};
template <class In>
struct RowParameters<true, In> {
  using type =
      TypeList<Parameter<"scale", Shape<row_features<In>>, Ones>, Parameter<"shift", Shape<row_features<In>>, Zeros>>;
};

/// With a mean and a shift if it is centred.
template <bool centred, double epsilon>
struct RowNormalization : LayerDefaults {
  using expects = VectorOrSequence;

  template <class In>
  using output_shape = In;
  template <class In>
  using parameters = typename RowParameters<centred, In>::type;
  template <class In>
  static constexpr std::size_t rows = In::size / row_features<In>;
  /// The inverse deviation of each row, then the means.
  template <class T, class In>
  static constexpr std::size_t saved = (centred ? 2 : 1) * rows<In>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using T = typename Pass::T;
    using In = typename Pass::place::input_shape;
    constexpr std::size_t features = row_features<In>;
    using Pack = typename Simd::template pack<T, features>;
    const T* const scale = pass.template parameter<0>().data;
    const T* shift = nullptr;
    if constexpr (centred) shift = pass.template parameter<1>().data;
    for (std::size_t sample = 0; sample < pass.input.count; ++sample) {
      for (std::size_t row = 0; row < rows<In>; ++row) {
        const T* const from = pass.input[sample] + row * features;
        const auto moments = kernels::moments_of_row<Pack, features, centred>(from, static_cast<T>(epsilon));
        kernels::normalize_row<Pack, features>(from, moments, scale, shift, pass.output[sample] + row * features);
        if constexpr (Pass::training) {
          pass.saved()[sample][row] = moments.inverse;
          if constexpr (centred) pass.saved()[sample][rows<In> + row] = moments.mean;
        }
      }
      kernels::clear_padding(pass.output, sample);
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    // Before the sinks, which may change the scale.
    if constexpr (Pass::wants_input_gradient) {
      using In = typename Pass::place::input_shape;
      constexpr std::size_t features = row_features<In>;
      using Pack = typename Simd::template pack<typename Pass::T, features>;
      for (std::size_t sample = 0; sample < pass.input.count; ++sample) {
        for (std::size_t row = 0; row < rows<In>; ++row)
          kernels::normalize_row_gradient<Pack, features, centred>(
              pass.input[sample] + row * features, pass.output_gradient[sample] + row * features,
              moments(pass, sample, row), pass.template parameter<0>().data,
              pass.input_gradient[sample] + row * features);
        kernels::clear_padding(pass.input_gradient, sample);
      }
    }
    parameter_gradients<Simd>(pass);
  }

 private:
  template <class Pass>
  static constexpr auto moments(const Pass& pass, std::size_t sample, std::size_t row) {
    kernels::Moments<typename Pass::T> result{0, pass.saved()[sample][row]};
    if constexpr (centred) result.mean = pass.saved()[sample][rows<typename Pass::place::input_shape> + row];
    return result;
  }

  template <class Simd, class Pass>
  static constexpr void parameter_gradients(const Pass& pass) {
    using In = typename Pass::place::input_shape;
    constexpr std::size_t features = row_features<In>;
    using Pack = typename Simd::template pack<typename Pass::T, features>;
    for (std::size_t column = 0; column < features; column += Pack::lanes) {
      Pack scale_gradient = pass.template gradient_sink<0>().template begin<Pack>(column);
      Pack shift_gradient = Pack::zero();
      if constexpr (centred) shift_gradient = pass.template gradient_sink<1>().template begin<Pack>(column);
      for (std::size_t sample = 0; sample < pass.input.count; ++sample)
        for (std::size_t row = 0; row < rows<In>; ++row) {
          const Pack x = kernels::load_unpadded<Pack, features>(pass.input[sample] + row * features, column);
          const Pack dy = kernels::load_unpadded<Pack, features>(pass.output_gradient[sample] + row * features, column);
          const auto in_lanes = kernels::broadcast<Pack>(moments(pass, sample, row));
          scale_gradient = fma(dy, kernels::normalized(x, in_lanes), scale_gradient);
          if constexpr (centred) shift_gradient = shift_gradient + dy;
        }
      pass.template gradient_sink<0>().template end<Pack>(column, scale_gradient);
      if constexpr (centred) pass.template gradient_sink<1>().template end<Pack>(column, shift_gradient);
    }
  }
};

}  // namespace cortexpr::detail
