#include <doctest/doctest.h>

#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/summary.hpp>
#include <sstream>
#include <string>

namespace cx = cortexpr;

namespace {

using Classifier =
    cx::Network<cx::Input<1, 28, 28>, cx::Flatten, cx::Dense<89, cx::Tanh>, cx::Dropout<0.2f>, cx::Dense<10>>;

struct LayerWithANameThatIsLongerThanAllColumnsOfTheTable : cx::Flatten {
  static constexpr const char* name =
      "a layer whose name is longer than all the columns of the table together, and then some more";
};
static_assert(sizeof(LayerWithANameThatIsLongerThanAllColumnsOfTheTable) == 1);

template <class Net>
std::string streamed() {
  std::ostringstream stream;
  stream << cx::summary<Net>() << "end";
  return stream.str();
}

/// The words of the line that begins with this index.
template <class Net>
std::string line(const std::string& beginning) {
  const std::string text = streamed<Net>();
  std::istringstream lines{text};
  for (std::string one; std::getline(lines, one);) {
    std::istringstream words{one};
    std::string joined;
    for (std::string word; words >> word;) joined += (joined.empty() ? "" : " ") + word;
    if (joined.rfind(beginning + " ", 0) == 0) return joined;
  }
  return "no line begins with " + beginning;
}

}  // namespace

TEST_CASE("summary lists every layer with its output, parameters and multiply-adds") {
  CHECK(line<Classifier>("#") == "# layer output parameters MACs bytes");
  CHECK(line<Classifier>("Input") == "Input 1 x 28 x 28");
  CHECK(line<Classifier>("0") == "0 Flatten 784 0 0 0");
  CHECK(line<Classifier>("1").rfind("1 Dense 89 69,865 69,776 ", 0) == 0);
  CHECK(line<Classifier>("2") == "2 Dropout 89 0 0 0");
  CHECK(line<Classifier>("3").rfind("3 Dense 10 900 890 ", 0) == 0);
  CHECK(line<Classifier>("total").rfind("total 70,765 70,666 ", 0) == 0);
}

TEST_CASE("the bytes of the layers add up to those of the memory plan") {
  const auto last_number = [](const std::string& text) {
    std::string digits;
    for (const char character : text.substr(text.rfind(' ')))
      if (character != ',') digits += character;
    return std::stoul(digits);
  };
  CHECK(last_number(line<Classifier>("1")) + last_number(line<Classifier>("3")) ==
        cx::memory<Classifier>::parameter_bytes);
  CHECK(last_number(line<Classifier>("total")) == cx::memory<Classifier>::parameter_bytes);
  CHECK(last_number(line<Classifier>("activations")) == cx::memory<Classifier>::activation_bytes);
  CHECK(last_number(line<cx::with_scalar<double, Classifier>>("total")) ==
        cx::memory<cx::with_scalar<double, Classifier>>::parameter_bytes);
}

TEST_CASE("a constant summary holds the text that is streamed") {
  constexpr auto table = cx::summary<Classifier>();
  static_assert(table.c_str()[table.size()] == '\0');
  static_assert(table.c_str()[table.size() - 1] == '\n');
  CHECK(table.c_str() + std::string{"end"} == streamed<Classifier>());
}

TEST_CASE("the columns of short lines are aligned") {
  const std::string text = streamed<Classifier>();
  std::istringstream lines{text.substr(text.find("0  Flatten") - 2)};
  for (std::string one; std::getline(lines, one) && one != "end";) CHECK(one.size() == 79);
}

TEST_CASE("a long name moves its line's columns and nothing else") {
  using Long = cx::Network<cx::Input<4>, LayerWithANameThatIsLongerThanAllColumnsOfTheTable, cx::Dense<1>>;
  const std::string name = LayerWithANameThatIsLongerThanAllColumnsOfTheTable::name;
  CHECK(line<Long>("0") == "0 " + name + " 4 0 0 0");
  CHECK(line<Long>("1").rfind("1 Dense 1 5 4 ", 0) == 0);
}
