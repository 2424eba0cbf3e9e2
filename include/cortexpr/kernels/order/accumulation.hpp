#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>

namespace cortexpr::kernels {

// The order of additions, which is the same for all lanes, tiles, batch sizes and numbers of threads. A product
// y[j] = bias[j] + sum over k of x[k] w[k][j] is
//
//   y = (((bias + s0) + s1) + s2) + s3,    where s_b sums block b of the range of k with fused multiply-adds, in order,
//                                          starting from zero.
//
// Matrix kernels compute the blocks one after the other. Vector kernels compute them side by side, as independent
// chains of additions, which hides the latency of the multiply-add. A product with a short range of k has one block:
// its latency is not worth hiding.

/// The number of blocks of the range of k.
template <std::size_t Length>
inline constexpr std::size_t block_count = Length >= 32 ? 4 : 1;

/// The first k of a block; block_begin<Length>(block_count<Length>) is Length. All blocks have the same length except
/// the last one, which includes the remainder.
template <std::size_t Length>
constexpr std::size_t block_begin(std::size_t block) {
  return block == block_count<Length> ? Length : block * (Length / block_count<Length>);
}

/// The number of interleaved partial sums of a sum over a row: element j is added to partial sum j % virtual_lanes. A
/// fixed tree then adds the partial sums: 8 + 8, 4 + 4, 2 + 2, 1 + 1.
template <std::size_t Columns>
inline constexpr std::size_t virtual_lanes = Columns == 1   ? 1
                                             : Columns <= 4 ? 4
                                             : Columns <= 8 ? 8
                                                            : 16;

}  // namespace cortexpr::kernels
