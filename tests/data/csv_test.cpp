#include <doctest/doctest.h>

#include <clocale>
#include <cortexpr/data/csv.hpp>
#include <cortexpr/data/dataset.hpp>
#include <cstddef>
#include <ctime>
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

TEST_CASE("csv: lines of blanks, comments, and the end of file of DOS are skipped") {
  const csv::Options plain{.header = false};
  CHECK(fields("1,2\n3,4\n   ", plain) == "[1][2][3][4]");
  CHECK(fields("1,2\n \t \n3,4\n\t\r\n", plain) == "[1][2][3][4]");
  CHECK(fields("  \n1\n", plain) == "[1]");
  CHECK(fields("1\t2\n\t\n", {.delimiter = '\t', .header = false}) == "[1][2][][]");
  CHECK(fields("# by hand, 2026\n1,2\n  # 5,6\n3,4\n#", plain) == "[1][2][3][4]");
  CHECK(fields("1,2\n\x1A", plain) == "[1][2]");
  CHECK(fields("\"#1\",2\n3,#4\n5 # 6,7\n", plain) == "[#1][2][3][#4][5 # 6][7]");
  CHECK(fields("#1,2\n%3,4\n", {.header = false, .comment = '\0'}) == "[#1][2][%3][4]");
  CHECK(fields("#1,2\n%3,4\n", {.header = false, .comment = '%'}) == "[#1][2]");
  CHECK(read_error("#ff0000,1\n#00ff00,2\n") ==
        "DIR/t.csv: expected rows of values, found none but 2 lines that begin with '#'; set the option comment to 0 "
        "where "
        "they are no comments");
  CHECK(read_error("a#1\n", {.delimiter = '#'}) ==
        "csv: comment: expected another character than the delimiter, found '#'; choose another");
  CHECK(read_error("# one\n1,2\n# two\n\n3\n", plain).find("DIR/t.csv, line 5: expected 2 fields, as in line 2") == 0);
}

TEST_CASE("csv: the names may stand in a comment, as numpy.savetxt writes them") {
  const csv::Table found = table("# by hand\n# x, y\n1,2\n3,4\n");
  CHECK(found.names() == Names{"x", "y"});
  CHECK(found.rows() == 2);
  CHECK(found.number(0, 1) == 2);
  CHECK(table("#x,kind\n1,a\n").names() == Names{"x", "kind"});
  CHECK(table("# by hand, on monday\nx,y\n1,2\n").names() == Names{"x", "y"});
  CHECK(table("# 5,6\n0,1\n1,2\n").names() == Names{"0", "1"});
  CHECK(table("# x,y,z\n0,1\n1,2\n").names() == Names{"0", "1"});
  CHECK(table("# x,y\n1,2\n", {.header = false}).names() == Names{"0", "1"});
}

TEST_CASE("csv: delimiters at the ends of all lines make no column") {
  const csv::Table found = table("a,b,\n1,2,\n3,4,\n");
  CHECK(found.names() == Names{"a", "b"});
  CHECK((found.rows() == 2 && found.number(1, 0) == 3));
  CHECK(table("a,b,\n1,2,\n3,4,5\n").columns() == 3);
  CHECK(classification("x,kind,\n1,a,\n2,b,\n").class_names == Names{"a", "b"});
}

TEST_CASE("csv: other encodings and formats are told by their names") {
  using namespace std::string_literals;
  const std::string utf16 =
      "DIR/t.csv: expected text in UTF-8, found UTF-16; convert it, as with iconv -f UTF-16 -t UTF-8";
  CHECK(read_error("\xFF\xFEx\0,\0y\0"s) == utf16);
  CHECK(read_error("\xFE\xFF\0x\0,\0y"s) == utf16);
  CHECK(read_error("x\0,\0y\0\n\0"s) == utf16);
  CHECK(read_error("\0x\0,\0y\0\n"s) == utf16);
  CHECK(read_error("PK\3\4 spreadsheet") ==
        "DIR/t.csv: expected text, found a zip archive or a spreadsheet; unpack it, or export it as text");
  CHECK(read_error("<!DOCTYPE html>") == "DIR/t.csv: expected text, found a web page; fetch the file itself");
}

TEST_CASE("csv: 60,000 columns") {
  std::string text;
  Names targets;
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 60'000; ++column) {
      const std::string number = std::to_string(column);
      text += (column == 0 ? "" : ",") + (row == 0 ? "name" + number : number) + (column == 59'999 ? "\n" : "");
      if (row == 0 && column % 10 == 0) targets.push_back("name" + number);
    }
  const std::clock_t begin = std::clock();
  const csv::Regression found = regression(text, {.targets = targets});
  CHECK((std::clock() - begin) / CLOCKS_PER_SEC < 4);  // 0.1 s when optimized; comparing all pairs takes 5 s
  CHECK(found.data.sample_size() == 54'000);
  CHECK(found.data.target_size() == 6'000);
  const std::size_t last = text.find("name59999");
  CHECK(
      read_error(text.replace(last, 9, "name7")) ==
      "DIR/t.csv: header: expected different names, found 'name7' in columns 7 and 59999; rename one, or set header to "
      "false where the first line holds values");
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
  for (const char* const wrong : {"",
                                  "1,5",
                                  "x",
                                  "1.5 cm",
                                  "nan",
                                  "inf",
                                  "-inf",
                                  "1e60",
                                  "0x10",
                                  "--1",
                                  "+",
                                  "+-5",
                                  "++5",
                                  "-+5",
                                  "1e400",
                                  "-1e400",
                                  "1e99999999999999999999",
                                  "1e",
                                  "e5",
                                  ".",
                                  "1e+",
                                  "1_000"})
    CHECK_FALSE(detail::to_number(wrong).has_value());
  for (const char* const tiny : {"1e-400", "-1e-400", "+1e-400", "1e-99999999999999999999", "0.01e-350", "123e-360"})
    CHECK(detail::to_number(tiny) == 0.0f);
  CHECK(detail::to_number("0." + std::string(400, '0') + "1") == 0.0f);
  CHECK(detail::to_number(std::string(400, '0') + "1.5") == 1.5f);
  CHECK_FALSE(detail::to_number(std::string(400, '9')).has_value());
  CHECK(detail::to_number("1" + std::string(400, '0') + "e-400") == 1.0f);
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

TEST_CASE("csv: numbers of one value are one class") {
  const csv::Classification train = classification("x,kind\n1,1.0\n2,1\n3,+0\n4,1e0\n5,0\n6,10\n");
  CHECK(train.class_names == Names{"0", "1", "10"});
  const std::uint32_t expected[] = {1, 1, 0, 1, 0, 2};
  for (std::size_t row = 0; row < 6; ++row) CHECK(train.data.label(row) == expected[row]);
  const csv::Classification test = classification("x,kind\n1,10.00\n2,01\n", {.classes = train.class_names});
  CHECK((test.data.label(0) == 2 && test.data.label(1) == 1));
  CHECK(classification("0,1.0\n0,x\n0,1\n", {.header = false}).class_names == Names{"1", "x"});
  // As float or double these are equal.
  CHECK(classification("0,16777216\n0,16777217\n", {.header = false}).class_names.size() == 2);
  CHECK(classification("0,9007199254740993\n0,9007199254740992\n", {.header = false}).class_names.size() == 2);
  CHECK(classification_error("x,kind\n1,a\n", {.classes = {"1", "a", "1.0"}}) ==
        "csv: classes: expected different ones, found '1.0' again; name each once");
}

TEST_CASE("csv: the last column is not taken for classes if it looks like an input") {
  CHECK(
      classification_error("label,p0,p1\n3,9,0\n4,8,0\n") ==
      "DIR/t.csv: expected two classes or more in the last column, 'p1', found only '0'; name the column of classes in "
      "the option targets");
  CHECK(classification("label,p0,p1\n3,9,0\n4,8,0\n", {.targets = {"label"}}).class_names == Names{"3", "4"});
  CHECK(classification("x,kind\n1,a\n", {.targets = {"kind"}}).class_names == Names{"a"});
  CHECK(classification("x,kind\n1,a\n", {.classes = {"a", "b"}}).data.label(0) == 0);
  CHECK(classification_error("kind,x\n1,0.25\n2,3\n") ==
        "DIR/t.csv: expected classes in the last column, 'x', found fractions such as 0.25; name the column of classes "
        "in "
        "the option targets");
  std::string wine = "kind,x,proline\n";
  for (std::size_t row = 0; row < 100; ++row) wine += "1,2," + std::to_string(row < 60 ? 400 + row : 700) + '\n';
  CHECK(classification_error(wine) ==
        "DIR/t.csv: expected classes in the last column, 'proline', found 61 different numbers in 100 rows; name the "
        "column of classes in the option targets");
  CHECK(classification(wine, {.targets = {"proline"}}).class_names.size() == 61);
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
  CHECK(classification_error("x;kind\n1,5;a\n2;b\n", {.delimiter = ';'}) ==
        "DIR/t.csv, line 2, column 'x': expected a finite number, found '1,5'; write a decimal point, not a comma");
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
