#pragma once

#include <cstddef>

namespace cortexpr::kernels {

// The one order of arithmetic. A product y[j] = bias[j] + sum over k of x[k] w[k][j] is always
//
//   y = (((bias + s0) + s1) + s2) + s3,    s_b = the fused multiply-adds over block b of k, in order, from zero,
//
// whatever the lanes, tiles, batch and threads. A matrix kernel takes the blocks one after the other; a vector kernel
// runs them side by side, as independent chains that hide the latency of the multiply-add. A product with a small K
// is one block: there is no latency worth hiding.

/// The number of blocks that the range of k is cut into.
template <std::size_t K>
inline constexpr std::size_t block_count = K >= 32 ? 4 : 1;

/// Where a block begins; block_begin<K>(block_count<K>) is K. All blocks are equally long but the last, which takes
/// the remainder.
template <std::size_t K>
constexpr std::size_t block_begin(std::size_t block) {
  return block == block_count<K> ? K : block * (K / block_count<K>);
}

/// A sum over a row is taken in this many interleaved partial sums (element j goes to sum j % virtual_lanes), which a
/// fixed tree then adds: 8 + 8, 4 + 4, 2 + 2, 1 + 1.
template <std::size_t Columns>
inline constexpr std::size_t virtual_lanes = Columns == 1   ? 1
                                             : Columns <= 4 ? 4
                                             : Columns <= 8 ? 8
                                                            : 16;

}  // namespace cortexpr::kernels
