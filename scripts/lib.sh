# shellcheck shell=bash disable=SC2034
# What the scripts here do on a bare machine: find what a build needs, install what is missing, and start Python, which
# does the rest (scripts/runner). Source it. Bash 3.2 (macOS) is enough.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "-- $*"; }

# fail SENTENCE: what is wrong and what to do about it.
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

has_tool() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND...: sudo only for those who are not root.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# ---- what is there ----------------------------------------------------------

# Homebrew's folders are not on the compiler's paths by themselves.
use_homebrew_paths() {
  if has_tool brew; then
    local prefix
    prefix=$(brew --prefix)
    export CPLUS_INCLUDE_PATH="$prefix/include${CPLUS_INCLUDE_PATH:+:$CPLUS_INCLUDE_PATH}"
    export LIBRARY_PATH="$prefix/lib${LIBRARY_PATH:+:$LIBRARY_PATH}"
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig:$prefix/share/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
  fi
}

compiles() { # compiles SOURCE: as C++20 by the compiler in use
  printf '%b' "$1" | "${CXX:-c++}" -std=c++20 -fsyntax-only -x c++ - >/dev/null 2>&1
}

is_there() { # is_there KIND:NAME
  case $1 in
    tool:*) has_tool "${1#tool:}" ;;
    header:*) compiles "#if !__has_include(<${1#header:}>)\n#error missing\n#endif\n" ;;
    compiler:c++20)
      compiles '#include <concepts>\n#include <span>\n#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 12\n#error old\n#endif\ntemplate <std::integral T> consteval T f(T x) { return x; }\nstatic_assert(f(1) == 1);\n'
      ;;
    clang:19) [ -n "$(find_clang)" ] ;;
    clang-tidy:19) [ -n "$(find_clang_tidy)" ] ;;
    clang-format:19) [ -n "$(find_clang_format)" ] ;;
    links:*) printf 'int main() {}\n' | "${CXX:-c++}" "${1#links:}" -x c++ - -o /dev/null >/dev/null 2>&1 ;;
    clang-links:*) [ -n "$(find_clang)" ] && CXX=$(find_clang) is_there "links:${1#clang-links:}" ;;
    arm-header:*)
      printf '#include <%s>\n' "${1#arm-header:}" | arm-none-eabi-g++ -std=gnu++20 -fsyntax-only -x c++ - >/dev/null 2>&1
      ;;
    python:*) python3 -c "import ${1#python:}" 2>/dev/null ;;
    *) fail "scripts/lib.sh: is_there does not know '$1'; it is no kind of thing to look for." ;;
  esac
}

# The second compiler; nothing if there is none that is new enough.
find_clang() {
  local candidate
  for candidate in clang++-19 clang++-20 clang++-21 clang++ /opt/homebrew/opt/llvm/bin/clang++; do
    if has_tool "$candidate" &&
      ! "$candidate" --version | grep -q Apple &&
      "$candidate" -dumpversion | awk -F. '{ exit !($1 >= 19) }' &&
      CXX=$candidate is_there compiler:c++20; then
      echo "$candidate"
      return
    fi
  done
}

find_clang_tidy() {
  local candidate
  for candidate in clang-tidy-19 clang-tidy-20 clang-tidy-21 clang-tidy /opt/homebrew/opt/llvm/bin/clang-tidy; do
    if has_tool "$candidate" && "$candidate" --version | grep -qE 'version (19|[2-9][0-9])'; then
      echo "$candidate"
      return
    fi
  done
}

# Version 19 alone: another formats differently.
find_clang_format() {
  local candidate
  for candidate in clang-format-19 clang-format /opt/homebrew/opt/llvm@19/bin/clang-format; do
    if has_tool "$candidate" && "$candidate" --version | grep -q 'version 19\.'; then
      echo "$candidate"
      return
    fi
  done
}

# ---- what is needed ---------------------------------------------------------
# One line each: what to look for | why | Debian and Ubuntu | Fedora | Homebrew.

needs_build='
compiler:c++20|the C++20 compiler (GCC 12 or newer)|g++|gcc-c++|gcc
tool:meson|meson, the build system|meson|meson|meson
tool:ninja|ninja, runs the build|ninja-build|ninja-build|ninja
tool:pkg-config|pkg-config, finds libraries|pkg-config|pkgconf-pkg-config|pkgconf
tool:python3|Python, runs meson and the tests|python3|python3|python3
header:boost/hana.hpp|Boost.Hana, work on types|libboost-dev|boost-devel|boost
header:xsimd/xsimd.hpp|xsimd, SIMD registers|libxsimd-dev|xsimd-devel|xsimd
header:libdeflate.h|libdeflate, reads .gz files|libdeflate-dev|libdeflate-devel|libdeflate'

needs_programs='
header:CLI/CLI.hpp|CLI11, command lines of the programs|libcli11-dev|cli11-devel|cli11
header:fmt/format.h|fmt, output of the programs|libfmt-dev|fmt-devel|fmt'

needs_tests='
header:doctest/doctest.h|doctest, the tests|doctest-dev|doctest-devel|doctest
tool:git|git, lists the files of the project|git|git|git'

needs_format='
clang-format:19|clang-format 19, formats the code|clang-format-19|clang-tools-extra|llvm@19
tool:git|git, lists the files of the project|git|git|git
tool:python3|Python, runs meson and the tests|python3|python3|python3'

needs_benchmarks='
header:benchmark/benchmark.h|Google Benchmark|libbenchmark-dev|google-benchmark-devel|google-benchmark'

needs_all="$needs_format
clang:19|Clang, the second compiler|clang-19|clang|llvm
clang-tidy:19|clang-tidy, static analysis|clang-tidy-19|clang-tools-extra|llvm
clang-links:-fsanitize=address,undefined|the libraries of the sanitizers|libclang-rt-19-dev|compiler-rt|llvm
python:ensurepip|venv, fetches the headers of xsimd 14|python3-venv|python3|python3
tool:shellcheck|shellcheck, checks these scripts|shellcheck|ShellCheck|shellcheck"

needs_firmware='
arm-header:array|the cross compiler for Cortex-M|gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib|arm-none-eabi-gcc-cs-c++ arm-none-eabi-newlib|gcc-arm-embedded
tool:qemu-system-arm|QEMU, which runs the firmware|qemu-system-arm|qemu-system-arm-core|qemu'

needs_cross='
tool:aarch64-linux-gnu-g++|the cross compiler for 64-bit Arm|g++-aarch64-linux-gnu|gcc-c++-aarch64-linux-gnu sysroot-aarch64-fc-glibc|
tool:arm-linux-gnueabihf-g++|the cross compiler for 32-bit Arm|g++-arm-linux-gnueabihf||
tool:qemu-aarch64|QEMU, which runs their programs|qemu-user|qemu-user|'

package_manager() {
  local tool
  for tool in apt-get dnf brew; do
    if has_tool "$tool"; then
      echo "$tool"
      return
    fi
  done
  echo none
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o Acquire::http::Timeout=20 -o Acquire::Retries=2 -o DPkg::Lock::Timeout=300 "$@"
}

install_packages() { # install_packages MANAGER PACKAGE...
  local manager=$1
  shift
  case $manager in
    apt-get)
      apt update >/dev/null 2>&1 || say "apt-get update failed; going on with the package lists that are here"
      apt install --no-install-recommends "$@" >"$install_log" 2>&1
      ;;
    dnf) as_root dnf install -y --setopt=install_weak_deps=False "$@" >"$install_log" 2>&1 ;;
    brew) brew install --quiet "$@" >"$install_log" 2>&1 ;;
    *) return 1 ;;
  esac
}

# missing_of LIST: those of its lines that are not there.
missing_of() {
  local line
  printf '%s\n' "$1" | while IFS= read -r line; do
    if [ -n "$line" ] && ! is_there "${line%%|*}"; then
      printf '%s\n' "$line"
    fi
  done
}

# need LIST...: installs what is missing of the lists and says so; silent when everything is there.
need() {
  local list missing='' manager packages='' check why apt dnf brew package
  for list in "$@"; do
    missing="$missing$(missing_of "$list")"$'\n'
  done
  [ -n "${missing//[[:space:]]/}" ] || return 0
  manager=$(package_manager)
  while IFS='|' read -r check why apt dnf brew; do
    [ -n "$check" ] || continue
    case $manager in
      apt-get) package=$apt ;;
      dnf) package=$dnf ;;
      brew) package=$brew ;;
      *) fail "$check is missing ($why) and there is no apt-get, dnf or brew here; install it by hand and run this again." ;;
    esac
    say "missing: $why; installing the package $package"
    packages="$packages $package"
  done <<<"$missing"
  if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ] && ! has_tool sudo; then
    fail "installing$packages needs root and there is no sudo here; install them as root, then run this again."
  fi
  install_log=$(mktemp)
  # shellcheck disable=SC2086 # one word per package
  if ! install_packages "$manager" $packages; then
    tail -n 15 "$install_log" >&2
    fail "$manager could not install$packages; install them by hand and run this again."
  fi
  rm -f "$install_log"
  hash -r
}

# A distribution's default g++ can be too old while a newer one has a name with a number.
choose_compiler() {
  local candidate
  is_there compiler:c++20 && return
  for candidate in g++-12 g++-13 g++-14 g++-15 clang++-19; do
    if has_tool "$candidate" && CXX=$candidate is_there compiler:c++20; then
      say "using $candidate: ${CXX:-c++} is missing or too old"
      export CXX=$candidate
      return
    fi
  done
  if has_tool "${CXX:-c++}" && [ "$(package_manager)" = apt-get ]; then
    need 'tool:g++-12|the default compiler is too old|g++-12||'
    export CXX=g++-12
  fi
}

choose_meson() {
  if meson --version | awk -F. '{ exit !($1 >= 1) }'; then return; fi
  if [ ! -x "$root/build/tools/bin/meson" ]; then
    say "meson $(meson --version) is too old; a newer one goes to build/tools"
    need 'python:ensurepip|venv, installs meson|python3-venv|python3|python3'
    { python3 -m venv "$root/build/tools" && "$root/build/tools/bin/pip" install -q 'meson>=1.0'; } ||
      fail "meson 1.0 or newer is needed and pip could not install it; install it and run this again."
  fi
  PATH=$root/build/tools/bin:$PATH
}

# set_up LIST...: everything that a build with these needs.
set_up() {
  use_homebrew_paths
  choose_compiler
  need "$@"
  is_there compiler:c++20 ||
    fail "${CXX:-c++} does not compile the C++20 that GCC 12 does; install GCC 12 or newer and name it in CXX."
  choose_meson
}

# run_python COMMAND ARGUMENT...: scripts/runner takes the place of this process.
run_python() { exec python3 -B "$root/scripts/runner" "$@"; }
