#pragma once

#include <cortexpr/kernels/normalization/normalize.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

// The common part of LayerNorm and RmsNorm, which normalise each vector, or each row of a sequence, alone.

namespace cortexpr::detail {

/// Normalises rows along the last axis. A centred normalisation subtracts the mean and has a shift.
template <bool centred, double epsilon>
struct RowNormalization : LayerDescription {
  using expects = VectorOrSequence;

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, In> {
    static constexpr std::size_t features = extent<In, In::rank - 1>, rows = In::size / features;
    static constexpr Parameter<"scale", Shape<features>, Ones> scale{};
    static constexpr Parameter<"shift", Shape<features>, Zeros> shift{};
    /// The inverse deviation of each row, then the means.
    static constexpr Saved<"moments", (centred ? 2 : 1) * rows> moments{};
    static constexpr Exchange exchange(decltype(scale)) { return {.name = "weight"}; }
    static constexpr Exchange exchange(decltype(shift)) { return {.name = "bias"}; }
    static constexpr auto arrays = [] {
      if constexpr (centred)
        return Arrays{scale, shift, moments};
      else
        return Arrays{scale, moments};
    }();

    template <class Simd, class Pass>
    static constexpr void forward(Simd, const Pass& pass) {
      using Pack = typename Simd::template pack<T, features>;
      const T* shifts = nullptr;
      if constexpr (centred) shifts = pass[shift];
      for (std::size_t sample = 0; sample < pass.x.count; ++sample) {
        for (std::size_t row = 0; row < rows; ++row) {
          const T* const from = pass.x[sample] + row * features;
          const auto measured = kernels::moments_of_row<Pack, features, centred>(from, static_cast<T>(epsilon));
          kernels::normalize_row<Pack, features>(from, measured, pass[scale], shifts, pass.y[sample] + row * features);
          if constexpr (Pass::training) {
            pass[moments][sample][row] = measured.inverse;
            if constexpr (centred) pass[moments][sample][rows + row] = measured.mean;
          }
        }
        kernels::clear_padding(pass.y, sample);
      }
    }

    template <class Simd>
    static constexpr void backward_input(Simd, const auto& pass) {
      using Pack = typename Simd::template pack<T, features>;
      const auto saved = pass[moments];
      for (std::size_t sample = 0; sample < pass.x.count; ++sample) {
        for (std::size_t row = 0; row < rows; ++row)
          kernels::normalize_row_gradient<Pack, features, centred>(
              pass.x[sample] + row * features, pass.dy[sample] + row * features, moments_of(saved[sample], row),
              pass[scale], pass.dx[sample] + row * features);
        kernels::clear_padding(pass.dx, sample);
      }
    }

    template <class Simd>
    static constexpr void backward_parameters(Simd, const auto& pass) {
      using Pack = typename Simd::template pack<T, features>;
      const auto saved = pass[moments];
      for (std::size_t column = 0; column < features; column += Pack::lanes) {
        Pack scale_gradient = pass.gradient(scale).template begin<Pack>(column);
        Pack shift_gradient = Pack::zero();
        if constexpr (centred) shift_gradient = pass.gradient(shift).template begin<Pack>(column);
        for (std::size_t sample = 0; sample < pass.x.count; ++sample)
          for (std::size_t row = 0; row < rows; ++row) {
            const Pack x = kernels::load_unpadded<Pack, features>(pass.x[sample] + row * features, column);
            const Pack dy = kernels::load_unpadded<Pack, features>(pass.dy[sample] + row * features, column);
            const auto in_lanes = kernels::broadcast<Pack>(moments_of(saved[sample], row));
            scale_gradient = fma(dy, kernels::normalized(x, in_lanes), scale_gradient);
            if constexpr (centred) shift_gradient = shift_gradient + dy;
          }
        pass.gradient(scale).template end<Pack>(column, scale_gradient);
        if constexpr (centred) pass.gradient(shift).template end<Pack>(column, shift_gradient);
      }
    }

    static auto to_onnx(auto& graph, auto x) {
      if constexpr (centred) {
        return graph.node("LayerNormalization", {x, graph[scale], graph[shift]})
            .set("axis", -1)
            .set("epsilon", epsilon);
      } else {
        const auto mean = graph.node("ReduceMean", {graph.node("Mul", {x, x})}).set("axes", {-1});
        const auto deviation = graph.node("Sqrt", {graph.node("Add", {mean, graph.number(epsilon)})});
        return graph.node("Mul", {graph.node("Div", {x, deviation}), graph[scale]});
      }
    }

   private:
    static constexpr kernels::Moments<T> moments_of(const T* saved, std::size_t row) {
      if constexpr (centred)
        return {saved[rows + row], saved[row]};
      else
        return {0, saved[row]};
    }
  };
};

}  // namespace cortexpr::detail
