#include <doctest/doctest.h>

#include <algorithm>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/report/summary.hpp>
#include <sstream>
#include <string>
#include <vector>

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

/// The numbers at the end of that line.
template <class Net>
std::vector<std::size_t> numbers(const std::string& beginning) {
  std::istringstream words{line<Net>(beginning)};
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  std::vector<std::size_t> result;
  for (auto word = all.end() - 5; word != all.end(); ++word) {
    std::erase(*word, ',');
    result.push_back(std::stoul(*word));
  }
  return result;
}

std::string with_commas(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
  return text;
}

// Hand-computed: all extents are whole packs of 16 numbers, or 4 rows of 16, so that nothing is padding.
using Costs = cx::Network<cx::Input<16>, cx::Dense<32>, cx::BatchNorm<>, cx::Dropout<0.5f>, cx::Dense<16>>;
static_assert(cx::cost<Costs, 0>::parameters == 16 * 32 + 32);
static_assert(cx::cost<Costs, 0>::macs == 16 * 32);
static_assert(cx::cost<Costs, 0>::bytes_moved == 4 * (16 + 16 * 32 + 32 + 32));
static_assert(cx::cost<Costs, 0>::flash_bytes == 4 * (16 * 32 + 32));
static_assert(cx::cost<Costs, 0>::ram_bytes == 4 * 32);  // its input lies with the caller
static_assert(cx::cost<Costs, 1>::parameters == 2 * 32 && cx::cost<Costs, 1>::statistics == 2 * 32);
static_assert(cx::cost<Costs, 1>::flash_bytes == 4 * 4 * 32);
static_assert(cx::cost<Costs, 1>::bytes_moved == 4 * (32 + 4 * 32 + 32));
static_assert(cx::cost<Costs, 1>::ram_bytes == 4 * (32 + 32));
static_assert(cx::cost<Costs, 2>::bytes_moved == 0 && cx::cost<Costs, 2>::flash_bytes == 0);
static_assert(cx::cost<Costs, 3>::ram_bytes == 4 * (32 + 16));

// Around a layer of layers lie its input and its output.
using Nested = cx::Network<cx::Input<16>, cx::Dense<16>,
                           cx::Residual<cx::Projection<cx::Dense<16>>, cx::Dense<16>, cx::BatchNorm<>>,
                           cx::Sequential<cx::Parallel<cx::Dense<16>, cx::Identity>, cx::Dense<4>>>;
static_assert(cx::cost<Nested, 1>::macs == 2 * 16 * 16);
static_assert(cx::cost<Nested, 1>::parameters == 2 * (16 * 16 + 16) + 2 * 16);
static_assert(cx::cost<Nested, 1>::bytes_moved == 4 * (2 * (16 + 16 * 16 + 16 + 16)  // two times Dense
                                                       + (16 + 4 * 16 + 16)          // BatchNorm
                                                       + 3 * 16));                   // two outputs become one
static_assert(cx::cost<Nested, 1>::ram_bytes == 4 * (16 + 16 + 2 * 16));  // in, out, Dense and BatchNorm inside
static_assert(cx::memory<Nested>::scratch_bytes >= 4 * 2 * 16);

constexpr std::size_t largest(auto... bytes) { return std::max({bytes...}); }
static_assert(cx::memory<Costs>::activation_bytes ==
              largest(cx::cost<Costs, 0>::ram_bytes, cx::cost<Costs, 1>::ram_bytes, cx::cost<Costs, 2>::ram_bytes,
                      cx::cost<Costs, 3>::ram_bytes));
static_assert(cx::memory<Nested>::activation_bytes ==
              largest(cx::cost<Nested, 0>::ram_bytes, cx::cost<Nested, 1>::ram_bytes, cx::cost<Nested, 2>::ram_bytes));

}  // namespace

TEST_CASE("summary lists every layer with its output, parameters and multiply-adds") {
  CHECK(line<Classifier>("#") == "# layer output parameters MACs bytes moved flash bytes RAM bytes");
  CHECK(line<Classifier>("Input") == "Input 1 x 28 x 28");
  CHECK(line<Classifier>("0") == "0 Flatten 784 0 0 0 0 0");
  CHECK(line<Classifier>("1").rfind("1 Dense 89 69,865 69,776 ", 0) == 0);
  CHECK(line<Classifier>("2") ==
        "2 Dropout 89 0 0 0 0 " + with_commas(4 * cx::simd::padded(89, cx::simd::native_lanes<float>)));
  CHECK(line<Classifier>("3").rfind("3 Dense 10 900 890 ", 0) == 0);
  CHECK(line<Classifier>("total").rfind("total 70,765 70,666 ", 0) == 0);
}

TEST_CASE("the bytes of the layers add up to those of the memory plan") {
  using Double = cx::with_scalar<double, Classifier>;
  CHECK(numbers<Classifier>("1")[3] + numbers<Classifier>("3")[3] == cx::memory<Classifier>::parameter_bytes);
  CHECK(numbers<Classifier>("total")[3] == cx::memory<Classifier>::parameter_bytes);
  CHECK(numbers<Classifier>("total")[4] == cx::memory<Classifier>::activation_bytes);
  CHECK(numbers<Double>("total")[3] == cx::memory<Double>::parameter_bytes);
  CHECK(line<Classifier>("memory:") ==
        "memory: parameters " + with_commas(cx::memory<Classifier>::parameter_bytes) + " + activations " +
            with_commas(cx::memory<Classifier>::activation_bytes) +
            " (scratch of a layer at most 0) = " + with_commas(cx::memory<Classifier>::inference_bytes) + " bytes");
}

TEST_CASE("layers inside a layer have lines of their own, named as their parameters are") {
  CHECK(line<Nested>("1").rfind("1 Residual 16 576 512 ", 0) == 0);
  CHECK(line<Nested>("1.0.0").rfind("1.0.0 Dense 16 272 256 ", 0) == 0);
  CHECK(line<Nested>("1.0.1").rfind("1.0.1 BatchNorm 16 32 0 ", 0) == 0);
  CHECK(line<Nested>("1.1.0").rfind("1.1.0 Dense 16 272 256 ", 0) == 0);  // the projection
  CHECK(line<Nested>("2").rfind("2 Sequential 4 ", 0) == 0);
  CHECK(line<Nested>("2.0").rfind("2.0 Parallel 16 ", 0) == 0);
  CHECK(line<Nested>("2.0.0.0").rfind("2.0.0.0 Dense 16 ", 0) == 0);
  CHECK(line<Nested>("2.0.1").rfind("no line", 0) == 0);  // an empty branch
  CHECK(line<Nested>("2.1").rfind("2.1 Dense 4 ", 0) == 0);
  CHECK(line<Nested>("statistics,") == "statistics, not trained 32");
  CHECK(line<Classifier>("statistics,").rfind("no line", 0) == 0);
  CHECK(numbers<Nested>("total")[0] == Nested::parameter_count);
  CHECK(numbers<Nested>("total")[3] == cx::memory<Nested>::parameter_bytes);
}

TEST_CASE("no line is wider than 110 columns") {
  std::istringstream lines{streamed<Nested>()};
  for (std::string one; std::getline(lines, one);) CHECK(one.size() <= 110);
}

TEST_CASE("what a network keeps of a stream is told") {
  using Stream = cx::Network<cx::Input<3, 2>, cx::Gru<4>>;
  CHECK(line<Stream>("on") == "on a stream: state " + with_commas(cx::memory<Stream>::state_bytes) + " bytes");
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
  for (std::string one; std::getline(lines, one) && one.find("memory:") == std::string::npos;) CHECK(one.size() == 110);
}

TEST_CASE("a long name moves its line's columns and nothing else") {
  using Long = cx::Network<cx::Input<4>, LayerWithANameThatIsLongerThanAllColumnsOfTheTable, cx::Dense<1>>;
  const std::string name = LayerWithANameThatIsLongerThanAllColumnsOfTheTable::name;
  CHECK(line<Long>("0") == "0 " + name + " 4 0 0 0 0 0");
  CHECK(line<Long>("1").rfind("1 Dense 1 5 4 ", 0) == 0);
}
