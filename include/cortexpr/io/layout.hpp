#pragma once

#include <cortexpr/core/text.hpp>
#include <cortexpr/nn/report/layer_table.hpp>

#include <algorithm>
#include <cstddef>

// The positions of layers in a drawing, and the texts in them.

namespace cortexpr::detail {

template <class Sink>
void write_title(Sink& sink, LayerTable layers, std::size_t layer) {
  write_path(sink, layers, layer);
  sink(' ');
  write_text(sink, layers[layer].name);
}

constexpr bool costs_something(const LayerCost& cost) { return cost.parameters > 0 || cost.macs > 0; }

/// "584 parameters, 56,448 MACs"; a count of 0 is left out.
template <class Sink>
void write_cost(Sink& sink, const LayerCost& cost) {
  if (cost.parameters > 0) {
    write_number(sink, cost.parameters);
    write_text(sink, cost.parameters == 1 ? " parameter" : " parameters");
  }
  if (cost.parameters > 0 && cost.macs > 0) write_text(sink, ", ");
  if (cost.macs > 0) {
    write_number(sink, cost.macs);
    write_text(sink, cost.macs == 1 ? " MAC" : " MACs");
  }
}

/// An upper bound of the width of a text, in pixels, for any common sans-serif font.
template <class Write>
int text_width(int font_size, Write write) {
  CharacterCounter counter;
  write(counter);
  return static_cast<int>(counter.count) * font_size * 13 / 20 + 1;
}

/// The layers of one branch, as positions in the layer table.
struct BranchRange {
  std::size_t begin, end;
};
/// The distances from the vertical line through the layers of a branch to the left and right border of its drawing.
struct Reach {
  int left = 0, right = 0;
  constexpr void include(Reach other) {
    left = std::max(left, other.left);
    right = std::max(right, other.right);
  }
};

/// Positions and sizes in pixels: the layers of a branch lie one below the other, branches side by side.
class Layout {
 public:
  static constexpr int gap = 30, padding = 14, header = 32, split = 24, between_branches = 22, lane = 28;
  static constexpr int title_size = 14, text_size = 12, line_height = 17, join_height = 26;

  explicit Layout(LayerTable layers, std::size_t widest_input) : layers_{layers} {
    int text = static_cast<int>(widest_input) * text_size * 13 / 20;
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
      const LayerRow& here = layers[layer];
      text = std::max({text, title_width(layer),
                       text_width(text_size, [&](auto& sink) { write_cost(sink, here.cost); }), shape_width(layer)});
    }
    box_width_ = (text + 2 * padding) / 2 * 2;
  }

  [[nodiscard]] LayerTable layers() const { return layers_; }
  [[nodiscard]] int box_width() const { return box_width_; }
  /// Whether the layer is drawn as one box. A layer that contains layers is drawn as a group.
  [[nodiscard]] bool is_box(std::size_t layer) const {
    return layers_[layer].branches == 0 || (layers_[layer].branches == 1 && layers_[layer].inner == 0);
  }
  [[nodiscard]] BranchRange branch(std::size_t layer, std::size_t branch) const {
    const std::size_t last = layer + layers_[layer].inner + 1;
    std::size_t begin = layer + 1;
    while (begin < last && layers_[begin].branch < branch) begin += layers_[begin].inner + 1;
    std::size_t end = begin;
    while (end < last && layers_[end].branch == branch) end += layers_[end].inner + 1;
    return {begin, end};
  }
  [[nodiscard]] int box_height(bool costs) const { return (costs ? 3 : 2) * line_height + 13; }
  [[nodiscard]] int join_width(std::size_t layer) const {
    return std::max(join_height,
                    text_width(text_size, [&](auto& sink) { write_text(sink, layers_[layer].merge); }) + 16);
  }
  [[nodiscard]] bool joins(std::size_t layer) const { return layers_[layer].branches > 1; }
  [[nodiscard]] int header_height(std::size_t layer) const { return header + (joins(layer) ? split : 0); }

  [[nodiscard]] int height(std::size_t layer) const {
    if (is_box(layer)) return box_height(costs_something(layers_[layer].cost));
    return header_height(layer) + branches_height(layer) + (joins(layer) ? gap + join_height : 0) + padding;
  }
  /// The height of the tallest branch.
  [[nodiscard]] int branches_height(std::size_t layer) const {
    int longest = 0;
    for (std::size_t k = 0; k < layers_[layer].branches; ++k) longest = std::max(longest, height(branch(layer, k)));
    return longest;
  }
  [[nodiscard]] int height(BranchRange range) const {
    int sum = 0;
    for (std::size_t layer = range.begin; layer < range.end; layer += layers_[layer].inner + 1)
      sum += height(layer) + (layer == range.begin ? 0 : gap);
    return sum;
  }

  [[nodiscard]] Reach reach(BranchRange range) const {
    Reach result;
    if (range.begin == range.end) result = {lane / 2, lane / 2};
    for (std::size_t layer = range.begin; layer < range.end; layer += layers_[layer].inner + 1)
      result.include(reach(layer));
    return result;
  }
  [[nodiscard]] Reach reach(std::size_t layer) const {
    if (is_box(layer)) return {box_width_ / 2, box_width_ / 2};
    const Lines lines = branch_lines(layer);
    Reach result{lines.middle + padding, lines.width - lines.middle + padding};
    result.include({title_width(layer) + 2 * padding, shape_width(layer) + 2 * padding});
    return result;
  }
  /// The x of a branch relative to that of its group.
  [[nodiscard]] int branch_line(std::size_t layer, std::size_t k) const {
    const Lines lines = branch_lines(layer, k);
    return lines.line - lines.middle;
  }

 private:
  struct Lines {
    int width = 0, line = 0, middle = 0;
  };
  /// Places branches side by side. The middle of the group lies between the first and the last branch that have layers.
  [[nodiscard]] Lines branch_lines(std::size_t layer, std::size_t wanted = 0) const {
    Lines result;
    int first = -1, last = 0, first_empty = -1, last_empty = 0;
    for (std::size_t k = 0; k < layers_[layer].branches; ++k) {
      if (k > 0) result.width += between_branches;
      const BranchRange range = branch(layer, k);
      const Reach sides = reach(range);
      const int line = result.width + sides.left;
      const bool empty = range.begin == range.end;
      (empty ? last_empty : last) = line;
      if (int& begin = empty ? first_empty : first; begin < 0) begin = line;
      if (k == wanted) result.line = line;
      result.width += sides.left + sides.right;
    }
    result.middle = first < 0 ? (first_empty + last_empty) / 2 : (first + last) / 2;
    return result;
  }
  [[nodiscard]] int title_width(std::size_t layer) const {
    return text_width(title_size, [&](auto& sink) { write_title(sink, layers_, layer); });
  }
  [[nodiscard]] int shape_width(std::size_t layer) const {
    return text_width(text_size, [&](auto& sink) { write_extents(sink, layers_[layer].extents, layers_[layer].rank); });
  }

  LayerTable layers_;
  int box_width_ = 0;
};

}  // namespace cortexpr::detail
