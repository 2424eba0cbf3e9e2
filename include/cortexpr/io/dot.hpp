#pragma once

#include <cortexpr/core/output_file.hpp>
#include <cortexpr/io/drawing.hpp>
#include <cortexpr/io/stream.hpp>
#include <cortexpr/nn/report/layer_table.hpp>

#include <cstddef>
#include <string>

namespace cortexpr {

namespace detail {

/// Writes either the nodes or the edges. Edges come last, outside of all clusters, since Graphviz adds the nodes of an
/// edge to the cluster in which the edge is written.
template <class Stream>
class DotCanvas {
 public:
  DotCanvas(StreamWriter<Stream>& writer, LayerTable layers, bool edges)
      : writer_{&writer}, layers_{layers}, edges_{edges} {}

  void input(const std::size_t* extents, std::size_t rank) {
    begin_node({}, LayerKind::view);
    write_text(quoted_, "Input");
    writer_->put("\\n");
    write_extents(quoted_, extents, rank);
    writer_->put("\"];\n");
  }
  void box(Node node, int, int) {
    if (edges_) return;
    const LayerRow& layer = layers_[node.layer];
    begin_node(node, layer.kind);
    write_title(quoted_, layers_, node.layer);
    writer_->put("\\n");
    write_extents(quoted_, layer.extents, layer.rank);
    if (costs_something(layer.cost)) writer_->put("\\n");
    write_cost(quoted_, layer.cost);
    writer_->put("\"];\n");
  }
  void group(std::size_t layer, Frame) {
    if (edges_) return;
    const Colors colors = colors_of(LayerKind::composite);
    writer_->put("  subgraph \"cluster ");
    write_path(quoted_, layers_, layer);
    writer_->put("\" {\n  style=\"rounded,filled\"; fillcolor=\"", colors.fill, "\"; color=\"", colors.line,
                 "\"; labeljust=l; label=\"");
    write_title(quoted_, layers_, layer);
    writer_->put(": ");
    write_extents(quoted_, layers_[layer].extents, layers_[layer].rank);
    writer_->put("\";\n");
  }
  void end_group() {
    if (!edges_) writer_->put("  }\n");
  }
  void join(Node node, int, int) {
    if (edges_) return;
    writer_->put("  ");
    name(node);
    writer_->put(" [shape=ellipse, margin=\"0.05,0.02\", width=0.3, height=0.3, fillcolor=white, label=\"");
    write_text(quoted_, layers_[node.layer].merge);
    writer_->put("\"];\n");
  }
  void trunk(const Outlet&, int, int) {}
  void edge(const Outlet& outlet, Node to, int, int) {
    if (!edges_) return;
    writer_->put("  ");
    name(outlet.from);
    writer_->put(" -> ");
    name(to);
    writer_->put(";\n");
  }

 private:
  struct Escape {
    const char* operator()(char character) const {
      return character == '"' ? "\\\"" : character == '\\' ? "\\\\" : character == '\n' ? "\\n" : nullptr;
    }
  };

  void name(Node node) {
    writer_->put("\"");
    if (node.kind == Node::Kind::input)
      writer_->put("input");
    else
      write_path(quoted_, layers_, node.layer);
    writer_->put(node.kind == Node::Kind::join ? " join\"" : "\"");
  }
  void begin_node(Node node, LayerKind kind) {
    const Colors colors = colors_of(kind);
    writer_->put("  ");
    name(node);
    writer_->put(" [fillcolor=\"", colors.fill, "\", color=\"", colors.line, "\", label=\"");
  }

  StreamWriter<Stream>* writer_;
  LayerTable layers_;
  bool edges_;
  EscapingSink<StreamWriter<Stream>, Escape> quoted_{*writer_, {}};
};

}  // namespace detail

/// Writes the topology of a network for Graphviz: each layer with its index, name, output shape, parameters and
/// multiply-adds. The branches of a layer that is made of layers end in a node with the operation that merges them.
///
///     cx::write_dot<Net>("topology.dot");  // dot -Tsvg topology.dot
///
/// Equal topologies give equal texts.
template <class Net, TextStream Stream>
Stream& write_dot(Stream& stream) {
  const detail::LayerTable layers{detail::layer_table<Net>};
  using Input = typename Net::input_shape;
  detail::StreamWriter<Stream> writer{stream};
  writer.put("digraph topology {\n  fontname=\"sans-serif\"; fontsize=12;\n",
             "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=12];\n");
  const detail::Layout layout{layers, 0};
  for (const bool edges : {false, true}) {
    detail::DotCanvas<Stream> canvas{writer, layers, edges};
    if (!edges) canvas.input(detail::Extents<Input>::values, Input::rank);
    draw_layers(layout, canvas, {0, layers.size()}, 0, 0, detail::Outlet{{}, 0, 0, 0});
  }
  writer.put("}\n");
  return stream;
}

/// Writes the drawing to a file. Errors: DataError: a file that cannot be written (an old file is left as it was)
template <class Net>
void write_dot(const std::string& path) {
  detail::OutputFile file{path};
  write_dot<Net>(file);
  file.commit_or_throw();
}

}  // namespace cortexpr
