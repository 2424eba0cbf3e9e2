#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cortexpr/core/error.hpp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

// The only way in which the library writes files. It uses the functions of POSIX.

namespace cortexpr::detail {

/// While it lives, a write beyond the file size limit or to a pipe that nobody reads fails with an error number; the
/// signal that would end the program is discarded.
class WriteSignalsAsErrors {
 public:
  WriteSignalsAsErrors() {
    sigset_t pending, blocked;
    sigemptyset(&pending);
    sigemptyset(&blocked);
    sigpending(&pending);
    for (const int signal : signals)
      if (sigismember(&pending, signal) == 0) sigaddset(&blocked, signal);
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
    discarded_ = blocked;
  }
  ~WriteSignalsAsErrors() {
    const int error = errno;
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    for (const int signal : signals) {
      if (sigismember(&pending, signal) == 0 || sigismember(&discarded_, signal) == 0) continue;
      sigset_t one;
      sigemptyset(&one);
      sigaddset(&one, signal);
      int taken = 0;
      sigwait(&one, &taken);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  WriteSignalsAsErrors(const WriteSignalsAsErrors&) = delete;
  WriteSignalsAsErrors& operator=(const WriteSignalsAsErrors&) = delete;

 private:
  static constexpr int signals[] = {SIGXFSZ, SIGPIPE};
  sigset_t before_;
  sigset_t discarded_;
};

/// Where symbolic links lead.
struct LinkTarget {
  std::string path;     ///< need not exist
  int descriptor = -1;  ///< if not negative, the path names this open file of the program, as /dev/stdout does
};

[[gnu::cold]] inline LinkTarget follow_links(std::string path) {
  constexpr int most_links = 40;  // the limit of Linux
  for (int links = 0; links < most_links; ++links) {
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"})
      if (path.size() > folder.size() && path.starts_with(folder) &&
          path.find_first_not_of("0123456789", folder.size()) == std::string::npos)
        return {path, std::atoi(path.c_str() + folder.size())};
    char target[4096];
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    if (size <= 0) break;
    const std::string_view next{target, static_cast<std::size_t>(size)};
    path.resize(next.front() == '/' ? 0 : path.rfind('/') + 1);
    path += next;
  }
  return {std::move(path)};
}

/// Writes a file. The contents go to a new file in the same folder, which `commit` renames: whatever fails, the old file
/// is whole. Symbolic links are followed; a file that exists keeps its mode and, where the system allows that, its
/// owner. FIFOs and character devices, and open files of the program such as /dev/stdout, are written to directly.
///
/// After an error nothing more is written; `commit` returns false, and `reason`, `remedy` and `sentence` describe it.
class OutputFile {
 public:
  [[gnu::cold]] explicit OutputFile(std::string path) : path_{std::move(path)} {
    const LinkTarget target = follow_links(path_);
    struct stat found;
    if (target.descriptor >= 0) {
      if (target.descriptor == STDOUT_FILENO) std::fflush(stdout);
      file_ = ::dup(target.descriptor);
      if (file_ < 0) fail();
    } else if (::stat(path_.c_str(), &found) == 0) {
      open_existing(target.path, found);
    } else if (errno == ENOENT) {
      open_temporary(target.path, 0666);
    } else {
      fail();
    }
  }
  ~OutputFile() {
    if (file_ >= 0) ::close(file_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  bool ok() const noexcept { return reason_.empty(); }
  const std::string& reason() const noexcept { return reason_; }
  const char* remedy() const noexcept { return remedy_; }
  std::string sentence() const {
    return detail::sentence("%s: cannot be written; %s (%s)", path_.c_str(), remedy_, reason_.c_str());
  }

  /// Writes text, at the latest in `commit`.
  void write(const char* text, std::ptrdiff_t size) {
    constexpr std::size_t enough = 1 << 16;
    buffer_.append(text, static_cast<std::size_t>(size));
    if (buffer_.size() >= enough) flush();
  }

  /// Gives the file its name and returns whether all is written. Text written afterwards is appended to the file by the
  /// next call.
  [[gnu::cold]] bool commit() {
    flush();
    if (!ok() || temporary_.empty()) return ok();
    // Some file systems know no fsync.
    if (::fsync(file_) != 0 && errno != EINVAL && errno != ENOTSUP) return fail();
    if (std::rename(temporary_.c_str(), target_.c_str()) != 0) return fail();
    temporary_.clear();
    const std::string folder = folder_of(target_);
    if (const int opened = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC); opened >= 0) {
      ::fsync(opened);  // so that the new name survives a crash of the system
      ::close(opened);
    }
    return true;
  }
  /// Errors: DataError
  [[gnu::cold]] void commit_or_throw() {
    if (!commit()) data_error("%s", sentence().c_str());
  }

 private:
  static constexpr const char* check_folder = "check that its folder exists and has room, and that you may write there";

  static std::string folder_of(const std::string& path) {
    const std::size_t end = path.rfind('/') + 1;
    return end == 0 ? "./" : path.substr(0, end);
  }

  bool fail(const char* reason, const char* remedy) {
    if (ok()) {
      reason_ = reason;
      remedy_ = remedy;
    }
    return false;
  }
  bool fail() { return fail(std::strerror(errno), check_folder); }

  void open_existing(const std::string& target, const struct stat& found) {
    constexpr mode_t any_write_bit = 0222, all_bits = 07777;
    if (S_ISFIFO(found.st_mode) || S_ISCHR(found.st_mode)) return open_stream(S_ISFIFO(found.st_mode));
    if (S_ISDIR(found.st_mode)) return void(fail("it is a directory", "name a file in it"));
    if (!S_ISREG(found.st_mode))
      return void(fail("it is a block device or a socket", "name a plain file, a FIFO or a character device"));
    // The system lets root write to files that nobody may write to.
    if ((found.st_mode & any_write_bit) == 0 || ::access(target.c_str(), W_OK) != 0)
      return void(fail("it is read-only", "allow writing to it, or name another file"));
    open_temporary(target, 0600);
    if (file_ < 0) return;
    if ((::fchown(file_, found.st_uid, found.st_gid) != 0 &&
         ::fchown(file_, static_cast<uid_t>(-1), found.st_gid) != 0) ||
        ::fchmod(file_, found.st_mode & all_bits) != 0)
      ::fchmod(file_, found.st_mode & all_bits & ~mode_t{0070});  // those of another group get no rights
  }

  void open_temporary(const std::string& target, mode_t mode) {
    target_ = target;
    const std::string folder = folder_of(target);
    for (unsigned attempt = 0; attempt < 1000 && file_ < 0; ++attempt) {
      temporary_ = folder + detail::sentence(".cortexpr-%ld-%u", static_cast<long>(::getpid()), attempt);
      file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
      if (file_ < 0 && errno != EEXIST) break;
    }
    if (file_ >= 0) return;
    fail();
    temporary_.clear();
  }

  void open_stream(bool is_fifo) {
    // A FIFO is opened without blocking, and its reader is given two seconds to come.
    constexpr timespec pause{.tv_sec = 0, .tv_nsec = 10'000'000};
    for (int attempt = 0; attempt < 200; ++attempt) {
      file_ = ::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
      if (file_ >= 0 || !is_fifo || errno != ENXIO) break;
      ::nanosleep(&pause, nullptr);
    }
    if (file_ >= 0)
      ::fcntl(file_, F_SETFL, ::fcntl(file_, F_GETFL) & ~O_NONBLOCK);
    else if (is_fifo && errno == ENXIO)
      fail("it is a FIFO that no program reads", "start its reader first, or name a plain file");
    else
      fail();
  }

  void flush() {
    const WriteSignalsAsErrors guard;
    std::size_t begin = 0;
    while (ok() && begin < buffer_.size()) {
      const ssize_t written = ::write(file_, buffer_.data() + begin, buffer_.size() - begin);
      if (written >= 0)
        begin += static_cast<std::size_t>(written);
      else if (errno != EINTR)
        fail();
    }
    buffer_.clear();
  }

  std::string path_;
  std::string target_;     // behind symbolic links
  std::string temporary_;  // empty when there is no file to rename
  std::string buffer_;
  std::string reason_;
  const char* remedy_ = "";
  int file_ = -1;
};

/// Writes a whole file as OutputFile does. Errors: DataError: a file that cannot be written (an old file is left as it was)
[[gnu::cold]] inline void write_file(std::string path, std::string_view contents) {
  OutputFile file{std::move(path)};
  file.write(contents.data(), static_cast<std::ptrdiff_t>(contents.size()));
  file.commit_or_throw();
}

}  // namespace cortexpr::detail
