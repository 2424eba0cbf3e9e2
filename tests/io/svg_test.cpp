#include "topologies.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <cortexpr/io/svg.hpp>
#include <map>
#include <vector>

#include "../data/fixtures.hpp"

using namespace drawings;

namespace {

template <class Net>
std::string drawn() {
  std::ostringstream stream;
  cx::write_svg<Net>(stream);
  return stream.str();
}

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;
  int operator[](const char* attribute) const { return std::stoi(attributes.at(attribute)); }
};

/// All elements. Fails if the text is not well-formed XML: tags that do not match, attributes without quotes or given
/// twice, characters that must be escaped.
std::vector<Element> parse(const std::string& text) {
  std::vector<Element> elements;
  std::vector<std::size_t> open;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '<') {
      CHECK(text[at] != '>');
      if (text[at] == '&') CHECK(text.substr(at, 6).find(';') != std::string::npos);
      if (!open.empty()) elements[open.back()].text += text[at];
      ++at;
      continue;
    }
    if (text.at(++at) == '/') {
      const std::size_t end = text.find('>', at);
      REQUIRE(!open.empty());
      CHECK(text.substr(at + 1, end - at - 1) == elements[open.back()].name);
      open.pop_back();
      at = end + 1;
      continue;
    }
    Element element;
    while (std::isalpha(text.at(at))) element.name += text[at++];
    while (text.at(at) == ' ') {
      const std::size_t equals = text.find("=\"", at), end = text.find('"', equals + 2);
      REQUIRE(end != std::string::npos);
      const std::string value = text.substr(equals + 2, end - equals - 2);
      CHECK(value.find('<') == std::string::npos);
      CHECK(element.attributes.emplace(text.substr(at + 1, equals - at - 1), value).second);
      at = end + 1;
    }
    elements.push_back(element);
    if (text.at(at) == '/')
      ++at;
    else
      open.push_back(elements.size() - 1);
    REQUIRE(text.at(at++) == '>');
  }
  CHECK(open.empty());
  return elements;
}

struct Rectangle {
  int left, top, right, bottom;
  bool contains(const Rectangle& other) const {
    return left <= other.left && top <= other.top && other.right <= right && other.bottom <= bottom;
  }
  bool is_apart_from(const Rectangle& other) const {
    return right < other.left || other.right < left || bottom < other.top || other.bottom < top;
  }
};

template <class Net>
void check_layout() {
  std::vector<Rectangle> rectangles;
  std::vector<Element> texts;
  for (const Element& element : parse(drawn<Net>())) {
    if (element.name == "rect" && element.attributes.count("x") > 0)
      rectangles.push_back(
          {element["x"], element["y"], element["x"] + element["width"], element["y"] + element["height"]});
    if (element.name == "svg") rectangles.push_back({0, 0, element["width"], element["height"]});
    if (element.name == "text") texts.push_back(element);
  }
  for (const Rectangle& a : rectangles) {
    CHECK(rectangles.front().contains(a));
    for (const Rectangle& b : rectangles) CHECK((a.contains(b) || b.contains(a) || a.is_apart_from(b)));
  }
  std::vector<Rectangle> written;
  for (const Element& text : texts) {  // as wide as in a wide font, 0.6 of its height for each character
    const std::string style = text.attributes.at("class");
    std::size_t length = text.text.size();
    for (const char* escaped : {"&lt;", "&gt;", "&amp;"})
      length -= (std::string{escaped}.size() - 1) * count(text.text, escaped);
    length -= 5 * count(text.text, "&quot;");
    const int width = static_cast<int>(length) * 72 / 10;
    const int left = text["x"] - (style.find("start") != std::string::npos ? 0 : style == "end" ? width : width / 2);
    const Rectangle area{left, text["y"] - 9, left + width, text["y"] + 2};
    for (const Rectangle& other : written) CHECK(area.is_apart_from(other));
    for (const Rectangle& box : rectangles) CHECK((box.contains(area) || box.is_apart_from(area)));
    written.push_back(area);
  }
}

}  // namespace

TEST_CASE("svg: shows each layer once, with its name, output and cost") {
  std::map<std::string, int> texts;
  for (const Element& element : parse(drawn<Branched>())) texts[element.text] += element.name == "text";
  for (const char* once : {"Input",
                           "0 Conv2D",
                           "1 Residual",
                           "1.0.0 Conv2D",
                           "1.0.1 BatchNorm",
                           "2 Concat",
                           "2.1.0 Conv2D",
                           "2.1.1 Parallel",
                           "2.1.1.0.0 Conv2D",
                           "2.1.1.1.0 a &quot;name&quot; &lt;with&gt; &amp; \\ of an unusual length",
                           "2.2.0 Conv2D",
                           "3 Flatten",
                           "4 Sequential",
                           "4.0 Dense",
                           "4.1 Residual",
                           "4.1.0.0 Dense",
                           "4.1.1.0 Dense",
                           "5 Sequential",
                           "6 Residual",
                           "concat",
                           "20 parameters, 288 MACs",
                           "38 parameters, 576 MACs"})
    CHECK_MESSAGE(texts[once] >= 1, std::string{once});
  CHECK(texts["0 Conv2D"] == 1);
  CHECK(texts["+"] == 4);
  CHECK(texts["concat"] == 1);
}

TEST_CASE("svg: boxes do not overlap, and texts lie in their boxes") {
  check_layout<Plain>();
  check_layout<Branched>();
}

TEST_CASE("svg: one line leads to each node, and one from each branch to the node that merges them") {
  // Plain: one line to each of 4 layers. Branched: one to each of 12 boxes, two or three to each of 5 merges.
  CHECK(count(drawn<Plain>(), "url(#arrow)") == 4);
  CHECK(count(drawn<Branched>(), "url(#arrow)") == 12 + 4 * 2 + 3);
  CHECK(drawn<Branched>() == drawn<Branched>());
}

TEST_CASE("svg: a file holds what a stream is given") {
  const fixtures::TemporaryDirectory directory;
  const std::string path = directory.path() + "/drawing";
  cx::write_svg<Plain>(path);
  std::ostringstream found;
  found << std::ifstream{path}.rdbuf();
  CHECK(found.str() == drawn<Plain>());
  CHECK(fixtures::error_of([&] { cx::write_svg<Plain>(directory.path()); }) != "");
}
