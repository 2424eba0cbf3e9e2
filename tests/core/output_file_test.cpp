#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cortexpr/core/output_file.hpp>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "../data/fixtures.hpp"

using namespace cortexpr;
using namespace fixtures;
namespace fs = std::filesystem;

namespace {

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

std::string error(const std::string& path, const std::string& directory = "") {
  return error_of([&] { detail::write_file(path, "new"); }, directory);
}

mode_t mode(const std::string& path) {
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

std::size_t entries(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator{directory}, {}));
}

/// The standard output goes to this file while it lives.
class StdoutTo {
 public:
  explicit StdoutTo(const std::string& path) : before_{::dup(1)} {
    std::fflush(stdout);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(file, 1);
    ::close(file);
  }
  ~StdoutTo() {
    std::fflush(stdout);
    ::dup2(before_, 1);
    ::close(before_);
  }
  StdoutTo(const StdoutTo&) = delete;
  StdoutTo& operator=(const StdoutTo&) = delete;

 private:
  int before_;
};

}  // namespace

TEST_CASE("OutputFile: a new file has the mode that the umask allows; one that exists keeps its mode") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a";
  const mode_t before = ::umask(027);
  detail::write_file(path, "first");
  CHECK(mode(path) == 0640);
  ::umask(before);
  for (const mode_t kept : {0600u, 0755u, 0666u, 0200u}) {
    REQUIRE(::chmod(path.c_str(), kept) == 0);
    detail::write_file(path, "text");
    CHECK(mode(path) == kept);
  }
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  CHECK(read(path) == "text");
  detail::write_file(path, "");
  CHECK(read(path) == "");
  CHECK(entries(directory.path()) == 1);
}

TEST_CASE("OutputFile: root keeps the owner") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("a", {1});
  if (::chown(path.c_str(), 12345, 54321) != 0) return;  // only root may
  detail::write_file(path, "text");
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK(found.st_uid == 12345);
  CHECK(found.st_gid == 54321);
}

TEST_CASE("OutputFile: follows symbolic links, also to a file that does not exist") {
  const TemporaryDirectory directory;
  const std::string& folder = directory.path();
  fs::create_directory(folder + "/inner");
  fs::create_symlink("inner/target", folder + "/relative");
  fs::create_symlink(folder + "/relative", folder + "/absolute");
  for (const char* const text : {"first", "second"}) {
    detail::write_file(folder + "/absolute", text);
    CHECK(read(folder + "/inner/target") == text);
    CHECK(fs::is_symlink(folder + "/absolute"));
    CHECK(fs::is_symlink(folder + "/relative"));
  }
  CHECK(entries(folder + "/inner") == 1);

  fs::create_symlink("loop", folder + "/loop");
  CHECK(error(folder + "/loop", folder).find("DIR/loop: cannot be written; ") == 0);
  fs::create_symlink("missing/file", folder + "/dangling");
  CHECK(error(folder + "/dangling", folder) ==
        "DIR/dangling: cannot be written; check that its folder exists and has room, and that you may write there (No "
        "such file or directory)");
  fs::create_directory_symlink("inner", folder + "/inner_link");
  CHECK(error(folder + "/inner_link", folder) ==
        "DIR/inner_link: cannot be written; name a file in it (it is a directory)");
}

TEST_CASE("OutputFile: refuses read-only files, also for root, and directories") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("a", {'o', 'l', 'd'});
  REQUIRE(::chmod(path.c_str(), 0444) == 0);
  CHECK(error(path, directory.path()) ==
        "DIR/a: cannot be written; allow writing to it, or name another file (it is read-only)");
  CHECK(read(path) == "old");
  CHECK(mode(path) == 0444);
  CHECK(error(directory.path(), directory.path()) == "DIR: cannot be written; name a file in it (it is a directory)");
  CHECK(error("") != "");
  CHECK(error(path + "/below") != "");
  CHECK(error(directory.path() + "/new/") != "");
  CHECK(error(directory.path() + '/' + std::string(300, 'x')) != "");
  CHECK(entries(directory.path()) == 1);
}

TEST_CASE("OutputFile: a name of the greatest length, and in the current folder") {
  const TemporaryDirectory directory;
  const std::string longest = directory.path() + '/' + std::string(255, 'x');
  detail::write_file(longest, "text");
  CHECK(read(longest) == "text");
  const fs::path before = fs::current_path();
  fs::current_path(directory.path());
  detail::write_file("here", "text");
  fs::current_path(before);
  CHECK(read(directory.path() + "/here") == "text");
}

TEST_CASE("OutputFile: writes to a FIFO, and refuses one without a reader instead of waiting forever") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(error(path, directory.path()) ==
        "DIR/fifo: cannot be written; start its reader first, or name a plain file (it is a FIFO that no program "
        "reads)");
  std::string found;
  std::thread reader{[&] { found = read(path); }};
  const std::string text(300'000, 'x');
  CHECK_NOTHROW(detail::write_file(path, text));
  reader.join();
  CHECK(found == text);
  CHECK(fs::is_fifo(path));

  // A reader that leaves: an error, and no signal.
  std::thread leaver{[&] { std::ifstream{path}.get(); }};
  CHECK(error_of([&] { detail::write_file(path, std::string(10'000'000, 'x')); }).find("Broken pipe") !=
        std::string::npos);
  leaver.join();
}

TEST_CASE("OutputFile: writes to devices and to open files of the program, and leaves their names as they are") {
  if (!fs::exists("/dev/null") || !fs::exists("/dev/fd/1")) return;
  CHECK(error("/dev/null") == "");
  CHECK(fs::is_character_file("/dev/null"));
  if (fs::exists("/dev/full")) CHECK(error("/dev/full").find("(No space left on device)") != std::string::npos);
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/out";
  fs::create_symlink("/dev/stdout", directory.path() + "/link");
  const fs::file_status link = fs::symlink_status("/dev/stdout");
  {
    const StdoutTo redirected{path};
    std::fputs("before ", stdout);
    detail::write_file("/dev/stdout", "first ");
    detail::write_file("/dev/fd/1", "second ");
    detail::write_file(directory.path() + "/link", "third ");
    std::fputs("after", stdout);
  }
  CHECK(read(path) == "before first second third after");
  CHECK(fs::symlink_status("/dev/stdout").type() == link.type());
  CHECK(error("/dev/fd/987") != "");
  CHECK(entries(directory.path()) == 2);
}

TEST_CASE("OutputFile: what cannot be written leaves the old file whole, and nothing beside it") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("a", {'o', 'l', 'd'});
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit small = before;
  small.rlim_cur = 100'000;  // as a full disk
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string failed = error_of([&] { detail::write_file(path, std::string(200'000, 'x')); }, directory.path());
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(failed ==
        "DIR/a: cannot be written; check that its folder exists and has room, and that you may write there (File too "
        "large)");
  CHECK(read(path) == "old");
  CHECK(entries(directory.path()) == 1);
  {
    detail::OutputFile abandoned{path};
    abandoned.write("half", 4);
  }
  CHECK(read(path) == "old");
  CHECK(entries(directory.path()) == 1);
}

TEST_CASE("OutputFile: text after a commit is appended to the file") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("a", {'o', 'l', 'd'});
  detail::OutputFile file{path};
  file.write("one ", 4);
  CHECK(read(path) == "old");
  CHECK(file.commit());
  CHECK(read(path) == "one ");
  file.write("two", 3);
  CHECK(file.commit());
  CHECK(read(path) == "one two");
}
