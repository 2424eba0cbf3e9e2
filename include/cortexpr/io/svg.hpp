#pragma once

#include <cortexpr/core/output_file.hpp>
#include <cortexpr/io/drawing.hpp>
#include <cortexpr/io/stream.hpp>
#include <cortexpr/nn/report/layer_table.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace cortexpr {

namespace detail {

template <class Stream>
class SvgCanvas {
 public:
  SvgCanvas(StreamWriter<Stream>& writer, const Layout& layout) : writer_{&writer}, layout_{&layout} {}

  void input(int x, int top, const std::size_t* extents, std::size_t rank) {
    box_at(x, top, layout_->box_height(false), LayerKind::view);
    text(x, top + first_line, "title", [](auto& sink) { write_text(sink, "Input"); });
    text(x, top + first_line + Layout::line_height, "", [&](auto& sink) { write_extents(sink, extents, rank); });
  }
  void box(Node node, int x, int top) {
    const LayerRow& layer = layers()[node.layer];
    const bool costs = costs_something(layer.cost);
    box_at(x, top, layout_->box_height(costs), layer.kind);
    int y = top + first_line;
    text(x, y, "title", [&](auto& sink) { write_title(sink, layers(), node.layer); });
    text(x, y += Layout::line_height, "", [&](auto& sink) { write_extents(sink, layer.extents, layer.rank); });
    if (costs) text(x, y + Layout::line_height, "", [&](auto& sink) { write_cost(sink, layer.cost); });
  }
  void group(std::size_t layer, Frame frame) {
    rectangle(frame, 12, colors_of(LayerKind::composite), "");
    const int y = frame.top + first_line;
    text(frame.left + Layout::padding, y, "title start", [&](auto& sink) { write_title(sink, layers(), layer); });
    text(frame.left + frame.width - Layout::padding, y, "end",
         [&](auto& sink) { write_extents(sink, layers()[layer].extents, layers()[layer].rank); });
  }
  void end_group() {}
  void join(Node node, int x, int top) {
    const int width = layout_->join_width(node.layer);
    rectangle({x - width / 2, top, width, Layout::join_height}, Layout::join_height / 2, {"#ffffff", ink}, "");
    text(x, top + Layout::join_height / 2 + 4, "title",
         [&](auto& sink) { write_text(sink, layers()[node.layer].merge); });
  }
  void trunk(const Outlet& from, int x, int y) {
    begin_path(from, y);
    line_to(x, y);
    writer_->put("\"/>\n");
  }
  void edge(const Outlet& from, Node to, int x, int y) {
    const int half = to.kind == Node::Kind::join ? layout_->join_width(to.layer) / 2 : layout_->box_width() / 2;
    const bool sideways = from.lane < x - half || x + half < from.lane;
    const int down = sideways ? y + Layout::join_height / 2 : y;
    begin_path(from, down);
    if (sideways) {
      const int side = from.lane < x ? 1 : -1;
      line_to(from.lane, down - corner);
      writer_->put("Q", from.lane, " ", down, " ", from.lane + side * corner, " ", down);
      line_to(x - side * half, down);
    } else {
      line_to(from.lane, down);
    }
    writer_->put("\" marker-end=\"url(#arrow)\"/>\n");
  }

 private:
  static constexpr int first_line = 20, corner = 8;
  static constexpr const char* ink = "#5b6672";

  struct Escape {
    const char* operator()(char character) const {
      switch (character) {
        case '<':
          return "&lt;";
        case '>':
          return "&gt;";
        case '&':
          return "&amp;";
        case '"':
          return "&quot;";
        default:
          return nullptr;
      }
    }
  };

  [[nodiscard]] LayerTable layers() const { return layout_->layers(); }

  template <class Write>
  void text(int x, int y, const char* style, Write write) {
    writer_->put("<text x=\"", x, "\" y=\"", y, "\" class=\"", style, "\">");
    EscapingSink<StreamWriter<Stream>, Escape> escaped{*writer_, {}};
    write(escaped);
    writer_->put("</text>\n");
  }
  void rectangle(Frame frame, int radius, Colors colors, const char* more) {
    writer_->put("<rect x=\"", frame.left, "\" y=\"", frame.top, "\" width=\"", frame.width, "\" height=\"",
                 frame.height, "\" rx=\"", radius, "\" fill=\"", colors.fill, "\" stroke=\"", colors.line, "\"", more,
                 "/>\n");
  }
  void box_at(int x, int top, int height, LayerKind kind) {
    rectangle({x - layout_->box_width() / 2, top, layout_->box_width(), height}, 8, colors_of(kind),
              kind == LayerKind::only_in_training ? " stroke-dasharray=\"4 3\"" : "");
  }
  void line_to(int x, int y) { writer_->put("L", x, " ", y); }
  /// Begins a path, and draws it up to the point where the line to `bottom` goes down.
  void begin_path(const Outlet& from, int bottom) {
    writer_->put("<path d=\"M", from.x, " ", from.y);
    if (from.lane == from.x) return;
    const int side = from.lane < from.x ? -1 : 1;
    const int radius = std::min(corner, bottom - from.y);
    line_to(from.lane - side * radius, from.y);
    writer_->put("Q", from.lane, " ", from.y, " ", from.lane, " ", from.y + radius);
  }

  StreamWriter<Stream>* writer_;
  const Layout* layout_;
};

}  // namespace detail

/// Writes the topology of a network as an SVG picture: each layer with its index, name, output shape, parameters and
/// multiply-adds, in the color of its kind. The branches of a layer that is made of layers lie side by side and end in
/// a node with the operation that merges them.
///
///     cx::write_svg<Net>("topology.svg");
///
/// Equal topologies give equal texts.
template <class Net, TextStream Stream>
Stream& write_svg(Stream& stream) {
  constexpr int margin = 20;
  using Input = typename Net::input_shape;
  using detail::Layout;
  const auto* const extents = detail::Extents<Input>::values;
  detail::CharacterCounter counter;
  detail::write_extents(counter, extents, Input::rank);

  const Layout layout{detail::LayerTable{detail::layer_table<Net>}, counter.count};
  const detail::BranchRange all{0, layout.layers().size()};
  detail::Reach reach = layout.reach(all);
  reach.include({layout.box_width() / 2, layout.box_width() / 2});
  const int width = reach.left + reach.right + 2 * margin, x = margin + reach.left;
  const int first = margin + layout.box_height(false) + Layout::gap;
  const int height = first + layout.height(all) + margin;

  detail::StreamWriter<Stream> writer{stream};
  writer.put(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width, "\" height=\"", height, "\" viewBox=\"0 0 ", width,
      " ", height, "\">\n<style>text{font:", Layout::text_size,
      "px Helvetica,Arial,sans-serif;fill:#2b333b;text-anchor:middle}.title{font-size:", Layout::title_size - 1,
      "px;font-weight:bold}.start{text-anchor:start}.end{text-anchor:end}",
      "path{fill:none;stroke:#5b6672;stroke-width:1.5}#arrow path{fill:#5b6672;stroke:none}</style>\n",
      "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" ",
      "markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n", "<rect width=\"",
      width, "\" height=\"", height, "\" rx=\"12\" fill=\"#ffffff\"/>\n");
  detail::SvgCanvas<Stream> canvas{writer, layout};
  canvas.input(x, margin, extents, Input::rank);
  draw_layers(layout, canvas, all, x, first, detail::Outlet{{}, x, first - Layout::gap, x});
  writer.put("</svg>\n");
  return stream;
}

/// Writes the drawing to a file. Errors: DataError: a file that cannot be written (an old file is left as it was)
template <class Net>
void write_svg(const std::string& path) {
  detail::OutputFile file{path};
  write_svg<Net>(file);
  file.commit_or_throw();
}

}  // namespace cortexpr
