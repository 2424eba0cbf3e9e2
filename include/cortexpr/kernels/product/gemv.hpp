#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/rows.hpp>
#include <cortexpr/kernels/order/accumulation.hpp>
#include <cortexpr/kernels/product/scalar_loops.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::kernels {

namespace detail {

/// `Packs` packs of columns. If `Chains` is block_count, the blocks of k are computed side by side, as independent
/// chains of multiply-adds; if it is 1, one after the other.
template <class Pack, std::size_t Packs, std::size_t Chains, std::size_t In, class T, class Weight>
CORTEXPR_INLINE constexpr void multiply_panel(const T* x, Weight weight, const T* bias, T* y, std::size_t column) {
  constexpr std::size_t length = In / block_count<In>;
  Pack result[Packs];
  CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) result[p] = Pack::load(bias + column + p * Pack::lanes);

  for (std::size_t first = 0; first < block_count<In>; first += Chains) {
    Pack sums[Chains][Packs];
    CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < Chains; ++c)
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) sums[c][p] = Pack::zero();
    const auto add = [&](std::size_t chain, std::size_t k) {
      const Pack value = Pack::broadcast(x[k]);  // NOLINT(clang-analyzer-core.CallAndMessage): it loses track of packs
      const T* weights = weight[k] + column;
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p)
        sums[chain][p] = fma(value, Pack::load(weights + p * Pack::lanes), sums[chain][p]);
    };
    for (std::size_t i = first * length; i < (first + 1) * length; ++i)
      CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < Chains; ++c) add(c, c * length + i);
    if (first + Chains == block_count<In>)
      for (std::size_t k = block_count<In> * length; k < In; ++k) add(Chains - 1, k);
    CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < Chains; ++c)
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) result[p] = result[p] + sums[c][p];
  }
  CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) result[p].store(y + column + p * Pack::lanes);
}

}  // namespace detail

/// y = bias + x W for one row; the bits of multiply (gemm.hpp)
/// Shapes:  x [1, In], weight [In, Out], bias [Out] -> y [1, Out]
/// Blocks:  Reading the weights limits the speed once they exceed the first-level cache. Rows of six packs and more are
///          therefore read in memory order, one block of k after the other (784-89: 2.24 us; side by side 2.27 us).
///          Narrower rows need the blocks side by side to cover the latency of the multiply-add (64-32-10: 86 ns; one
///          after the other 122 ns).
/// Cost:    In*Out multiply-adds; no scratch
template <class Simd, class X, class Weight, class Y>
constexpr void multiply_one(X x, Weight weight, const typename Y::value_type* bias, Y y) {
  if constexpr (uses_scalar_loops<Simd>) return detail::multiply_scalar(x, weight, bias, y);
  using T = typename Y::value_type;
  constexpr std::size_t In = X::columns;
  using Pack = typename Simd::template pack<T, Weight::columns>;
  constexpr std::size_t packs = simd::padded(Weight::columns, Pack::lanes) / Pack::lanes;
  constexpr std::size_t chains = packs >= 6 ? 1 : block_count<In>;
  // The broadcast value, a weight and the results take registers, too. A panel has at least one pack.
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
