#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>

namespace cortexpr::kernels {

/// The sums that an inner loop keeps in registers: `rows` x `packs`.
struct Tile {
  std::size_t rows;
  std::size_t packs;
};

/// The tile for rows that do not fill `tile`. It has four rows because most batch sizes are multiples of four.
constexpr Tile lower(Tile tile) { return {tile.rows > 4 ? std::size_t{4} : std::size_t{1}, tile.packs}; }

/// The width of a panel if `packs` are divided into as few panels of at most `widest` packs as possible, of nearly
/// equal width.
constexpr std::size_t panel_width(std::size_t packs, std::size_t widest) {
  const std::size_t panels = (packs + widest - 1) / widest;
  return (packs + panels - 1) / panels;
}

/// The tile of a product with `packs` packs per row. Measured on AVX-512 and AVX2 with GCC and Clang, in percent of the
/// peak of multiply-adds: with 32 registers 6x3 reaches 99 % (4x6 98 %, and it spills once k is unrolled), with 16
/// registers 4x3 reaches 98 %. If rows have one or two packs, a tile needs more rows to cover the latency of the
/// multiply-add.
constexpr Tile product_tile(std::size_t registers, std::size_t packs) {
  if (registers < 8) return {1, 1};
  if (registers < 16) return {2, packs < 2 ? packs : 2};
  const bool many = registers >= 32;
  if (packs == 1) return {many ? std::size_t{12} : std::size_t{8}, 1};
  if (packs == 2) return {many ? std::size_t{10} : std::size_t{6}, 2};
  return {many ? std::size_t{6} : std::size_t{4}, panel_width(packs, 3)};
}

/// The tile of a weight gradient, including the update of the optimizer. The wider it is, the more often a loaded
/// element of x is used. With 32 registers and momentum, 4x6 reaches 95 % of the peak, 8x2 91 %, 6x3 90 %, 8x3 88 %.
constexpr Tile gradient_tile(std::size_t registers, std::size_t packs) {
  if (registers < 32 || packs < 4) return product_tile(registers, packs);
  return {4, panel_width(packs, 6)};
}

/// The tile of a correlation with pixels as lanes: output channels x packs of pixels. A loaded pack of pixels is used
/// for every output channel of the tile.
constexpr Tile correlation_tile(std::size_t registers, std::size_t packs) {
  if (registers < 16) return {1, 1};
  const bool many = registers >= 32;
  if (packs == 1) return {many ? std::size_t{16} : std::size_t{8}, 1};
  if (packs == 2) return {many ? std::size_t{10} : std::size_t{5}, 2};
  return {many ? std::size_t{8} : std::size_t{4}, 3};
}

/// The tile of a correlation with output channels as lanes: pixels x packs of output channels.
constexpr Tile channel_lanes_tile(std::size_t registers, std::size_t packs) {
  if (registers < 16) return {4, 1};
  const bool many = registers >= 32;
  if (packs % 2 != 0) return {many ? std::size_t{24} : std::size_t{12}, 1};
  return {many ? std::size_t{12} : std::size_t{6}, 2};
}

/// The tile of the weight gradient with output channels as lanes: kernel elements x packs of output channels. A tile
/// holds the kernel elements of several channels, or one of several equal parts of a kernel.
constexpr Tile channel_lanes_gradient_tile(std::size_t registers, std::size_t packs, std::size_t kernel_size) {
  Tile tile = channel_lanes_tile(registers, packs);
  if (registers >= 32) tile.rows = tile.packs == 1 ? 27 : 13;
  return {kernel_size < tile.rows ? tile.rows / kernel_size * kernel_size : panel_width(kernel_size, tile.rows),
          tile.packs};
}

/// The tile of the weight gradient with pixels as lanes: output channels x kernel elements, each a pack of partial
/// sums. The width divides the kernel size if possible, so that no incomplete tile remains.
constexpr Tile correlation_gradient_tile(std::size_t registers, std::size_t kernel_size) {
  if (registers < 16) return {1, 1};
  const std::size_t sums = registers >= 32 ? 24 : 10;
  const std::size_t widest = registers >= 32 ? 7 : 5;
  std::size_t width = kernel_size < widest ? kernel_size : widest;
  while (width > 1 && kernel_size % width != 0) --width;
  if (width == 1) width = panel_width(kernel_size, 4);
  return {sums / width, width};
}

}  // namespace cortexpr::kernels
