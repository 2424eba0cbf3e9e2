#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/accumulation.hpp>
#include <cortexpr/kernels/constant.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::kernels {

namespace detail {

/// A panel of `Packs` packs of columns. With `Chains` = block_count the blocks of k run side by side, as independent
/// chains; with 1 they run one after the other.
template <class Pack, std::size_t Packs, std::size_t Chains, std::size_t In, class T, class Weight>
CORTEXPR_INLINE constexpr void multiply_panel(const T* x, Weight weight, const T* bias, T* y, std::size_t column) {
  constexpr std::size_t length = In / block_count<In>;
  Pack result[Packs];
  CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) result[p] = Pack::load(bias + column + p * Pack::lanes);

  for (std::size_t first = 0; first < block_count<In>; first += Chains) {
    Pack sums[Chains][Packs];
    CORTEXPR_UNROLL for (std::size_t c = 0; c < Chains; ++c) CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p)
        sums[c][p] = Pack::zero();
    const auto add = [&](std::size_t chain, std::size_t k) {
      const Pack value = Pack::broadcast(x[k]);  // NOLINT(clang-analyzer-core.CallAndMessage): it loses track of packs
      const T* weights = weight[k] + column;
      CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) sums[chain][p] =
          fma(value, Pack::load(weights + p * Pack::lanes), sums[chain][p]);
    };
    for (std::size_t i = first * length; i < (first + 1) * length; ++i)
      CORTEXPR_UNROLL for (std::size_t c = 0; c < Chains; ++c) add(c, c * length + i);
    if (first + Chains == block_count<In>)
      for (std::size_t k = block_count<In> * length; k < In; ++k) add(Chains - 1, k);
    CORTEXPR_UNROLL for (std::size_t c = 0; c < Chains; ++c) CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p)
        result[p] = result[p] + sums[c][p];
  }
  CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) result[p].store(y + column + p * Pack::lanes);
}

}  // namespace detail

/// multiply (gemm.hpp) for one row.   Shapes: x [1, In], weight [In, Out], bias [Out] -> y [1, Out]
/// Cost:    In*Out multiply-adds. Bound by reading the weights once they do not fit in the first-level cache: rows of
/// six
///          packs and more are read as they lie, one block of k after the other (784-89: 2.24 us, side by side 2.27).
///          Narrower ones need the side by side chains to cover the latency of the multiply-add (64-32-10: 122 -> 86
///          ns).
template <class Simd, class X, class Weight, class Y>
constexpr void multiply_one(X x, Weight weight, const typename Y::value_type* bias, Y y) {
  if constexpr (detail::is_flat<Simd>) return detail::multiply_flat(x, weight, bias, y);
  using T = typename Y::value_type;
  constexpr std::size_t In = X::columns;
  using Pack = typename Simd::template pack<T, Weight::columns>;
  constexpr std::size_t packs = simd::padded(Weight::columns, Pack::lanes) / Pack::lanes;
  constexpr std::size_t chains = packs >= 6 ? 1 : block_count<In>;
  // The broadcast value, a weight and the results take registers too; a panel must have one pack at least.
  constexpr std::size_t fitting = Simd::registers >= chains + 4 ? (Simd::registers - 4) / chains : 1;
  constexpr std::size_t panels = (packs + fitting - 1) / fitting;
  constexpr std::size_t width = (packs + panels - 1) / panels;
  constexpr std::size_t whole = packs / width * width;
  for (std::size_t p = 0; p < whole; p += width)
    detail::multiply_panel<Pack, width, chains, In>(x[0], weight, bias, y[0], p * Pack::lanes);
  if constexpr (whole < packs)
    detail::multiply_panel<Pack, packs - whole, chains, In>(x[0], weight, bias, y[0], whole * Pack::lanes);
}

}  // namespace cortexpr::kernels
