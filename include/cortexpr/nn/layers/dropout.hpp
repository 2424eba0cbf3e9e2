#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>
#include <cstdint>

namespace cortexpr {

/// In training each element becomes 0 with this probability, and the others grow by 1 / (1 - probability), so that
/// there is nothing to do afterwards (inverted dropout). The mask is a function of the seed, the step, the layer and
/// the sample's position in its batch, so that a run can be repeated.
/// Shapes:  x [B, ...] -> y [B, ...]
/// Cost:    in training one random number for an element, and its mask is kept; else none
/// Errors:  compile time: the probability does not lie in [0, 1)
/// Source:  Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
template <float probability>
struct Dropout : LayerDefaults {
  static constexpr const char* name = "Dropout";
  using expects = AnyInput;
  static constexpr bool only_in_training = true;

  static constexpr bool can_be = probability >= 0 && probability < 1;
  /// Something that can be calculated with: Check has the word.
  static constexpr float dropped = can_be ? probability : 0;

  template <class In, class Mismatch>
  struct Check {
    static_assert(can_be, "Dropout: the probability of dropping must lie in [0, 1)");
  };

  template <class In>
  using output_shape = In;
  template <class T, class In>
  static constexpr std::size_t saved = In::size;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using T = typename Pass::T;
    constexpr std::size_t columns = Pass::place::input_shape::size;
    constexpr std::size_t stride = Pass::place::saved_stride;
    constexpr T scale = T(1) / (T(1) - T(dropped));
    constexpr auto threshold = static_cast<std::uint32_t>(static_cast<double>(dropped) * 0x1p32);
    const auto mask = pass.saved();
    // Initializers draw from the first streams of a seed, and may have been given the same one.
    constexpr std::uint64_t streams = std::uint64_t{1} << 63;
    const Random random{pass.noise.seed, streams + (pass.noise.step << 16) + Pass::place::index};
    for (std::size_t row = 0; row < mask.count; ++row) {
      const std::size_t first_block = (pass.noise.first_sample + row) * ((columns + 3) / 4);
      for (std::size_t j = 0; j < columns; j += 4) {
        const auto words = random.block(first_block + j / 4);
        for (std::size_t i = 0; i < 4 && j + i < columns; ++i) mask[row][j + i] = words[i] < threshold ? T(0) : scale;
      }
      for (std::size_t j = columns; j < stride; ++j) mask[row][j] = 0;
    }
    apply<Simd>(pass.input, mask, pass.output);
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    if constexpr (Pass::wants_input_gradient) apply<Simd>(pass.output_gradient, pass.saved(), pass.input_gradient);
  }

 private:
  template <class Simd, class X, class Mask, class Y>
  static constexpr void apply(X x, Mask mask, Y y) {
    using Pack = typename Simd::template pack<typename Y::value_type, Y::columns>;
    // The mask clears the padding; the input of a network has none.
    constexpr bool padded = X::stride >= Y::stride;
    constexpr std::size_t worked = padded ? kernels::worked_columns<Pack, Y> : Y::columns;
    for (std::size_t row = 0; row < y.count; ++row) {
      kernels::zip<Pack, kernels::Rest::some>(x[row], mask[row], y[row], worked,
                                              [](auto values, auto kept) { return values * kept; });
      if constexpr (!padded) kernels::clear_padding(y, row);
    }
  }
};

static_assert(Layer<Dropout<0.5f>, Shape<3>>, "Dropout: must satisfy the layer concept");

}  // namespace cortexpr
