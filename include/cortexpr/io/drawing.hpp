#pragma once

#include <cortexpr/io/layout.hpp>
#include <cortexpr/nn/report/layer_table.hpp>

#include <cstddef>

// The traversal of a topology that all drawings share. A canvas draws, in the pixel coordinates of Layout:
//
//   void box(Node, int x, int top);                        // a layer or the input; x is the middle
//   void group(std::size_t layer, Frame);                  // the frame of a layer that is made of layers, which follow
//   void end_group();
//   void join(Node, int x, int top);                       // the node where the branches of a group are merged
//   void trunk(const Outlet& from, int x, int y);          // the line to the point where branches part
//   void edge(const Outlet& from, Node to, int x, int y);  // the line to the top of a node, or to the side of a join

namespace cortexpr::detail {

struct Node {
  enum class Kind { input, layer, join } kind = Kind::input;
  std::size_t layer = 0;
};

/// The point where a line leaves a node or the trunk, and the x at which it goes down.
struct Outlet {
  Node from;
  int x, y, lane;
};

struct Frame {
  int left, top, width, height;
};

struct Colors {
  const char* fill;
  const char* line;
};

constexpr Colors colors_of(LayerKind kind) {
  switch (kind) {
    case LayerKind::dense:
      return {"#dbe9fb", "#3b78c3"};
    case LayerKind::windowed:
      return {"#d6f0ea", "#218c74"};
    case LayerKind::streaming:
      return {"#e8defa", "#7a52c0"};
    case LayerKind::scaling:
      return {"#fdedc8", "#c08a1e"};
    case LayerKind::function:
      return {"#fbe0e3", "#c2556a"};
    case LayerKind::composite:
      return {"#f6f7f9", "#c3c9d2"};
    default:
      return {"#eceff3", "#7c8794"};
  }
}

/// Draws the layers of a branch. Returns the outlet of the last one.
template <class Canvas>
Outlet draw_layers(const Layout& layout, Canvas& canvas, BranchRange range, int x, int top, Outlet from);

template <class Canvas>
Outlet draw_group(const Layout& layout, Canvas& canvas, std::size_t layer, int x, int top, Outlet from) {
  const Reach sides = layout.reach(layer);
  canvas.group(layer, {x - sides.left, top, sides.left + sides.right, layout.height(layer)});
  const int inside = top + layout.header_height(layer);
  if (!layout.joins(layer)) {
    const Outlet end = draw_layers(layout, canvas, layout.branch(layer, 0), x, inside, from);
    canvas.end_group();
    return end;
  }
  const Node join{Node::Kind::join, layer};
  const int join_top = inside + layout.branches_height(layer) + Layout::gap;
  const int parting = inside - Layout::split;
  canvas.trunk(from, x, parting);
  for (std::size_t k = 0; k < layout.layers()[layer].branches; ++k) {
    const int line = x + layout.branch_line(layer, k);
    const Outlet end =
        draw_layers(layout, canvas, layout.branch(layer, k), line, inside, {from.from, x, parting, line});
    canvas.edge(end, join, x, join_top);
  }
  canvas.join(join, x, join_top);
  canvas.end_group();
  return {join, x, join_top + Layout::join_height, x};
}

template <class Canvas>
Outlet draw_layers(const Layout& layout, Canvas& canvas, BranchRange range, int x, int top, Outlet from) {
  for (std::size_t layer = range.begin; layer < range.end; layer += layout.layers()[layer].inner + 1) {
    if (layout.is_box(layer)) {
      const Node node{Node::Kind::layer, layer};
      canvas.edge(from, node, x, top);
      canvas.box(node, x, top);
      from = {node, x, top + layout.height(layer), x};
    } else {
      from = draw_group(layout, canvas, layer, x, top, from);
    }
    top += layout.height(layer) + Layout::gap;
  }
  return from;
}

}  // namespace cortexpr::detail
