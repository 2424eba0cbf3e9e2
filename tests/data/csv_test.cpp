#include <doctest/doctest.h>

#include <clocale>
#include <cortexpr/data/csv.hpp>
#include <cortexpr/data/dataset.hpp>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "fixtures.hpp"

using namespace cortexpr;
using namespace fixtures;

namespace {

using Names = std::vector<std::string>;

Contents bytes(const std::string& text) { return {text.begin(), text.end()}; }

/// The table in a file with this text.
csv::Table table(const std::string& text, const csv::Options& options = {}) {
  const TemporaryDirectory directory;
  return csv::read(directory.write("t.csv", bytes(text)), options);
}

/// The text of all fields, in brackets.
std::string fields(const std::string& text, const csv::Options& options = {}) {
  const csv::Table found = table(text, options);
  std::string fields;
  for (std::size_t row = 0; row < found.rows(); ++row)
    for (std::size_t column = 0; column < found.columns(); ++column)
      fields += '[' + std::string{found.text(row, column)} + ']';
  return fields;
}

template <class Load>
std::string error(Load load, const std::string& text, const csv::Options& options = {}) {
  const TemporaryDirectory directory;
  const std::string path = directory.write("t.csv", bytes(text));
  return error_of([&] { load(path, options); }, directory.path());
}

std::string read_error(const std::string& text, const csv::Options& options = {}) {
  return error([](auto... arguments) { (void)csv::read(arguments...); }, text, options);
}

csv::Classification classification(const std::string& text, const csv::Options& options = {}) {
  const TemporaryDirectory directory;
  return csv::load_classification(directory.write("t.csv", bytes(text)), options);
}

std::string classification_error(const std::string& text, const csv::Options& options = {}) {
  return error([](auto... arguments) { (void)csv::load_classification(arguments...); }, text, options);
}

csv::Regression regression(const std::string& text, const csv::Options& options = {}) {
  const TemporaryDirectory directory;
  return csv::load_regression(directory.write("t.csv", bytes(text)), options);
}

}  // namespace

TEST_CASE("csv: fields with and without quotes, and all line ends") {
  const csv::Options plain{.header = false};
  CHECK(fields("1,2\n3,4\n", plain) == "[1][2][3][4]");
  CHECK(fields("1,2\r\n3,4", plain) == "[1][2][3][4]");
  CHECK(fields("1,2\r3,4\r", plain) == "[1][2][3][4]");
  CHECK(fields("\xEF\xBB\xBF"
               "1,2\n",
               plain) == "[1][2]");
  CHECK(fields("\n1,2\n\n\r\n3,4\n\n", plain) == "[1][2][3][4]");
  CHECK(fields(" 1 ,\t2 \n", plain) == "[1][2]");
  CHECK(fields("1,,\n,,\n", plain) == "[1][][][][][]");
  CHECK(fields(R"("a,b","say ""no""" , "" ," c ")", plain) == R"([a,b][say "no"][][ c ])");
  CHECK(fields("\"two\nlines\",1\n", plain) == "[two\nlines][1]");
  CHECK(fields("5\" pipe,1\n", plain) == "[5\" pipe][1]");
  CHECK(fields("1;2,5\n", {.delimiter = ';', .header = false}) == "[1][2,5]");
  CHECK(fields("1\t\t a b\n", {.delimiter = '\t', .header = false}) == "[1][][a b]");
  CHECK(fields("1 2\n", {.delimiter = ' ', .header = false}) == "[1][2]");
}

TEST_CASE("csv: columns have names, or numbers if there is no header") {
  const csv::Table named = table("a, \"b,c\"\n1,2\n3,4\n");
  CHECK(named.names() == Names{"a", "b,c"});
  CHECK(named.rows() == 2);
  CHECK(named.number(1, named.column("b,c")) == 4);
  CHECK(table("1,2\n", {.header = false}).names() == Names{"0", "1"});
}

TEST_CASE("csv: compressed files") {
  const TemporaryDirectory directory;
  const csv::Table found = csv::read(directory.write("t.csv.gz", gzip(bytes("a\n1.5\n"))));
  CHECK(found.number(0, 0) == 1.5f);
}

TEST_CASE("csv: numbers are the same in every locale") {
  const char* const changed = std::setlocale(LC_ALL, "de_DE.UTF-8");
  const csv::Table found = table("x\n1.5\n-2\n+3e2\n.25\n1e-60\n\"7\"\n0.1\n");
  const float expected[] = {1.5f, -2, 300, 0.25f, 0, 7, 0.1f};
  for (std::size_t row = 0; row < 7; ++row) CHECK(found.number(row, 0) == expected[row]);
  if (changed != nullptr) std::setlocale(LC_ALL, "C");
  for (const char* const wrong : {"", "1,5", "x", "1.5 cm", "nan", "inf", "-inf", "1e60", "0x10", "--1", "+"})
    CHECK_FALSE(detail::to_number(wrong).has_value());
}

TEST_CASE("csv: labels follow the sorted classes; numbers are sorted by value") {
  const auto [data, inputs, classes] =
      classification("kind,x,y\npear,1,2\napple,3,4\npear,5,6\n", {.targets = {"kind"}});
  CHECK(inputs == Names{"x", "y"});
  CHECK(classes == Names{"apple", "pear"});
  REQUIRE(data.size() == 3);
  CHECK((data.label(0) == 1 && data.label(1) == 0 && data.label(2) == 1));
  CHECK((data.class_count() == 2 && data.sample_size() == 2));
  float sample[2];
  data.gather(1, 0, sample);
  CHECK((sample[0] == 3 && sample[1] == 4));

  CHECK(classification("0,10\n0,9\n0,-1\n0,9\n", {.header = false}).class_names == Names{"-1", "9", "10"});
  CHECK(classification("0,10\n0,9\n0,x\n", {.header = false}).class_names == Names{"10", "9", "x"});
  CHECK(classification("b,1\na,2\n", {.header = false, .targets = {"0"}}).class_names == Names{"a", "b"});
}

TEST_CASE("csv: a second file takes the classes of the first") {
  const csv::Classification train = classification("x,kind\n1,a\n2,b\n3,c\n");
  const csv::Classification test = classification("x,kind\n1,c\n", {.classes = train.class_names});
  CHECK(test.data.label(0) == 2);
  CHECK(
      classification_error("x,kind\n1,a\n1,d\n", {.classes = train.class_names}) ==
      "DIR/t.csv, line 3, column 'kind': expected a class that the option classes names, found 'd'; correct it or add "
      "it there");
}

TEST_CASE("csv: targets are numbers, in the order asked for; columns can be left out") {
  const auto [data, inputs, targets] =
      regression("id,u,x,v\nfirst,1,2,3\nsecond,4,5,6\n", {.targets = {"v", "u"}, .ignore = {"id"}});
  CHECK(inputs == Names{"x"});
  CHECK(targets == Names{"v", "u"});
  REQUIRE(data.size() == 2);
  float sample = 0, target[2];
  data.gather(1, 0, &sample);
  data.target(1, target);
  CHECK((sample == 5 && target[0] == 6 && target[1] == 4));
  CHECK(regression("1,2\n", {.header = false}).target_names == Names{"1"});
}

TEST_CASE("csv: a malformed file is refused with one sentence") {
  CHECK(read_error("") == "DIR/t.csv: expected data, found an empty file; fetch it again");
  CHECK(read_error("\n\n") == "DIR/t.csv: expected rows of values after the header, found none; add some");
  CHECK(read_error("a,b\n") == "DIR/t.csv: expected rows of values after the header, found none; add some");
  CHECK(read_error("a,b\n1,2\n\n\"3\n\",4,5\n") ==
        "DIR/t.csv, line 4: expected 2 fields, as in line 1, found 3; complete the line, put quotes around fields that "
        "hold ',', or choose another delimiter");
  CHECK(read_error("1,2\n3\n", {.header = false}) ==
        "DIR/t.csv, line 2: expected 2 fields, as in line 1, found 1; complete the line, put quotes around fields that "
        "hold ',', or choose another delimiter");
  CHECK(read_error("a,b\n\"1\n2\",3\n4\n") ==  // a line end in quotes is one, too
        "DIR/t.csv, line 4: expected 2 fields, as in line 1, found 1; complete the line, put quotes around fields that "
        "hold ',', or choose another delimiter");
  CHECK(read_error("a,b,a\n1,2,3\n") ==
        "DIR/t.csv: header: expected different names, found 'a' in columns 0 and 2; rename one, or set header to false "
        "where the first line holds values");
  CHECK(read_error("a,b\n1,2\n3,\"4\n5,6\n") ==
        "DIR/t.csv, line 3: expected a closing quote for the field that is opened there, found the end of the file; "
        "close it, and write a quote within quotes twice");
  CHECK(read_error("a,b\n1,\"2\"3\n") ==
        "DIR/t.csv, line 2: expected ',' or the end of the line after a closing quote, found '3'; write a quote within "
        "quotes twice");
  CHECK(read_error("a\n1\n", {.delimiter = '"'}) ==
        "csv: delimiter: expected neither a quote nor a line end, found one; choose another");

  const TemporaryDirectory directory;
  const auto path_error = [&](const std::string& path) {
    return error_of([&] { (void)csv::read(path); }, directory.path());
  };
  CHECK(path_error(directory.path() + "/none.csv") ==
        "DIR/none.csv: expected a readable file, found none (No such file or directory); check the path and its "
        "permissions");
  CHECK(path_error(directory.path()) == "DIR: expected a file, found a directory; name the file inside it");
}

TEST_CASE("csv: unfit columns and values are refused with one sentence") {
  CHECK(classification_error("x,kind\n1,a\nsmall,b\n") ==
        "DIR/t.csv, line 3, column 'x': expected a finite number, found 'small'; correct it or ignore its column");
  CHECK(classification_error("x,kind\n1,a\n2,\n") ==
        "DIR/t.csv, line 3, column 'kind': expected a class, found ''; fill it in or remove the line");
  CHECK(classification_error("x,kind\n1,a\n", {.targets = {"class"}}) ==
        "DIR/t.csv: expected a column 'class', found 'x', 'kind'; name one of those, or choose another delimiter");
  CHECK(classification_error("x,y,z\n1,2,3\n", {.targets = {"y", "z"}}) ==
        "DIR/t.csv: expected one target column of classes, found 2; name one, or load a regression");
  CHECK(
      classification_error("x;y\n1;2\n") ==
      "DIR/t.csv: expected a column of inputs besides the targets and those ignored, found none of 1; choose fewer, or "
      "another delimiter");
  CHECK(classification_error("x,y\n1,2\n", {.ignore = {"z"}}) != "");
  const auto load_regression = [](auto... arguments) { (void)csv::load_regression(arguments...); };
  CHECK(error(load_regression, "x,y\n1,nan\n") ==
        "DIR/t.csv, line 2, column 'y': expected a finite number, found 'nan'; correct it or ignore its column");
}
