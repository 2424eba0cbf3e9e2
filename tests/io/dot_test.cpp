#include "topologies.hpp"

#include <doctest/doctest.h>

#include <cortexpr/io/dot.hpp>
#include <map>
#include <set>
#include <vector>

#include "../data/fixtures.hpp"

using namespace drawings;

namespace {

template <class Net>
std::string drawn() {
  std::ostringstream stream;
  cx::write_dot<Net>(stream);
  return stream.str();
}

/// The contents of a drawing: the label of each node, and the nodes that follow it.
struct Graph {
  std::map<std::string, std::string> labels;
  std::multimap<std::string, std::string> after;
  std::set<std::string> clusters;
};

/// Reads a quoted string, and moves the position behind it.
std::string quoted(const std::string& text, std::size_t& at) {
  REQUIRE(text[at] == '"');
  std::string result;
  for (++at; text.at(at) != '"'; ++at) {
    if (text[at] == '\\') result += text[at++];
    result += text.at(at);
  }
  ++at;
  return result;
}

Graph parse(const std::string& text) {
  Graph graph;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (line.rfind("  subgraph ", 0) == 0) {
      std::size_t at = line.find('"');
      CHECK(graph.clusters.insert(quoted(line, at)).second);
    }
    if (begin == std::string::npos || line[begin] != '"') continue;
    std::size_t at = begin;
    const std::string name = quoted(line, at);
    if (line.compare(at, 4, " -> ") == 0) {
      graph.after.emplace(name, quoted(line, at += 4));
    } else {
      at = line.find("label=", at) + 6;
      CHECK(graph.labels.emplace(name, quoted(line, at)).second);
    }
  }
  return graph;
}

using Edges = std::multimap<std::string, std::string>;

}  // namespace

TEST_CASE("dot: a chain of layers") {
  const Graph graph = parse(drawn<Plain>());
  CHECK(graph.after == Edges{{"input", "0"}, {"0", "1"}, {"1", "2"}, {"2", "3"}});
  CHECK(graph.labels.size() == 5);
  CHECK(graph.labels.at("input") == "Input\\n1 x 4 x 4");
  CHECK(graph.labels.at("0") == "0 Flatten\\n16");
  CHECK(graph.labels.at("1") == "1 Dense\\n5\\n85 parameters, 80 MACs");
  CHECK(graph.labels.at("2") == "2 a \\\"name\\\" <with> & \\\\ of an unusual length\\n5");
  CHECK(graph.labels.at("3") == "3 Dense\\n3\\n18 parameters, 15 MACs");
  CHECK(graph.clusters.empty());
}

TEST_CASE("dot: branches") {
  const Graph graph = parse(drawn<Branched>());
  const Edges expected{{"input", "0"},
                       {"0", "1.0.0"},
                       {"1.0.0", "1.0.1"},
                       {"1.0.1", "1 join"},
                       {"0", "1 join"},
                       {"1 join", "2 join"},  // Identity
                       {"1 join", "2.1.0"},
                       {"2.1.0", "2.1.1.0.0"},
                       {"2.1.0", "2.1.1.1.0"},
                       {"2.1.1.0.0", "2.1.1 join"},
                       {"2.1.1.1.0", "2.1.1 join"},
                       {"2.1.1 join", "2 join"},
                       {"1 join", "2.2.0"},
                       {"2.2.0", "2 join"},
                       {"2 join", "3"},
                       {"3", "4.0"},
                       {"4.0", "4.1.0.0"},
                       {"4.0", "4.1.1.0"},
                       {"4.1.0.0", "4.1 join"},
                       {"4.1.1.0", "4.1 join"},
                       {"4.1 join", "5"},
                       {"5", "6 join"},
                       {"5", "6 join"}};
  CHECK(std::multiset<Edges::value_type>(graph.after.begin(), graph.after.end()) ==
        std::multiset<Edges::value_type>(expected.begin(), expected.end()));
  CHECK(graph.labels.at("1 join") == "+");
  CHECK(graph.labels.at("2 join") == "concat");
  CHECK(graph.labels.at("2.1.1.0.0") == "2.1.1.0.0 Conv2D\\n4 x 4 x 4\\n20 parameters, 256 MACs");
  CHECK(graph.clusters ==
        std::set<std::string>{"cluster 1", "cluster 2", "cluster 2.1.1", "cluster 4", "cluster 4.1", "cluster 6"});
  for (const auto& [from, to] : graph.after) CHECK(graph.labels.count(from) + graph.labels.count(to) == 2);
}

TEST_CASE("dot: brackets and quotes are balanced, and the text is reproducible") {
  const std::string text = drawn<Branched>();
  CHECK(count(text, "{") == count(text, "}"));
  CHECK(count(text, "[") == count(text, "]"));
  CHECK((count(text, "\"") - count(text, "\\\"")) % 2 == 0);
  CHECK(text == drawn<Branched>());
  CHECK(text.rfind("digraph topology {\n", 0) == 0);
  CHECK(text.substr(text.size() - 3) == "\n}\n");
}

TEST_CASE("dot: a file holds what a stream is given") {
  const fixtures::TemporaryDirectory directory;
  const std::string path = directory.path() + "/drawing";
  cx::write_dot<Plain>(path);
  std::ostringstream found;
  found << std::ifstream{path}.rdbuf();
  CHECK(found.str() == drawn<Plain>());
  CHECK(fixtures::error_of([&] { cx::write_dot<Plain>(directory.path()); }) != "");
}
