#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>
#include <cstdint>

namespace cortexpr {

/// In training each element is set to 0 with this probability, and the others are multiplied by 1 / (1 - probability).
/// In inference the layer does nothing (inverted dropout). The mask is a function of the seed, the step, the layer and
/// the sample's position in its batch, so training can be repeated.
/// Shapes:  x [B, ...] -> y [B, ...]
/// Cost:    in training one random number and one saved factor for each element; in inference nothing
/// Errors:  compile time: the probability does not lie in [0, 1)
/// Source:  Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
template <float probability>
struct Dropout : LayerDescription {
  static constexpr const char* name = "Dropout";
  static constexpr bool is_probability = probability >= 0 && probability < 1;

  template <class In, class Mismatch>
  struct Check {
    static_assert(is_probability, "Dropout: the probability of dropping must lie in [0, 1)");
  };

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, In> {
    static constexpr std::size_t columns = In::size;
    static constexpr Saved<"mask", columns> mask{};
    static constexpr Arrays arrays{mask};
    static constexpr bool only_in_training = true;

    template <class Simd>
    static constexpr void forward(Simd simd, const auto& pass) {
      draw_mask(pass.noise, pass[mask]);
      multiply_by_mask(simd, pass.x, pass[mask], pass.y);
    }
    template <class Simd>
    static constexpr void backward_input(Simd simd, const auto& pass) {
      multiply_by_mask(simd, pass.dy, pass[mask], pass.dx);
    }

   private:
    // A placeholder if the probability is wrong, so that only the sentence of Check appears.
    static constexpr float dropped = is_probability ? probability : 0;

    static constexpr void draw_mask(const detail::Noise& noise, auto to) {
      constexpr T scale = T(1) / (T(1) - T(dropped));
      constexpr auto threshold = static_cast<std::uint32_t>(static_cast<double>(dropped) * 0x1p32);
      const Random random = noise.random();
      for (std::size_t row = 0; row < to.count; ++row) {
        const std::size_t first_block = (noise.first_sample + row) * ((columns + 3) / 4);
        for (std::size_t j = 0; j < columns; j += 4) {
          const auto words = random.block(first_block + j / 4);
          for (std::size_t i = 0; i < 4 && j + i < columns; ++i) to[row][j + i] = words[i] < threshold ? T(0) : scale;
        }
        kernels::clear_padding(to, row);
      }
    }

    template <class Simd, class X, class Mask, class Y>
    static constexpr void multiply_by_mask(Simd, X x, Mask factors, Y y) {
      using Pack = typename Simd::template pack<T, columns>;
      // The padding of the mask is 0, so whole packs can be multiplied. The input of a network has no padding.
      constexpr bool padded = X::stride >= Y::stride;
      constexpr std::size_t worked = padded ? kernels::worked_columns<Pack, Y> : columns;
      for (std::size_t row = 0; row < y.count; ++row) {
        kernels::zip<Pack, kernels::Rest::some>(x[row], factors[row], y[row], worked,
                                                [](auto values, auto factor) { return values * factor; });
        if constexpr (!padded) kernels::clear_padding(y, row);
      }
    }
  };
};
CORTEXPR_CHECK_LAYER(Dropout<0.5f>::Bound<float, Shape<3>>);

}  // namespace cortexpr
