#!/usr/bin/env bash
# usage: run.sh FUSED SEPARATE: builds the test programs of tests/firmware for 64-bit and 32-bit Arm under Linux, runs them
# in QEMU, and compares what they calculate with the host, bit for bit. FUSED is the build folder of a host with fused
# multiply-add, SEPARATE that of one without. Ends with 'N passed, N failed'.
set -eu
# shellcheck source=../firmware/lib.sh
. "$(dirname "$0")/../firmware/lib.sh"
ln -s "${XSIMD_INCLUDE:-/usr/include}/xsimd" "$work/include/xsimd"

# target NAME HOST 'COMPILER' 'EMULATOR' FLAG...: networks that were written as headers, one that learns, and all layers
target() {
  local name=$1 host=$2 compiler=$3 emulator=$4
  shift 4
  # shellcheck disable=SC2086 # several words
  build() { # build PROGRAM SOURCE...
    local program=$1
    shift
    $compiler -std=gnu++20 -O1 -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wno-psabi -Werror -I"$root/include" \
      -isystem "$work/include" -I"$host/tests" "${flags[@]}" "$@" -o "$work/$program"
  }
  local flags=("$@")
  if build header "$root/tests/io/header/program.cpp" "$root/tests/io/header/main.cpp" && $emulator "$work/header" &&
    build layers "$root/tests/firmware/layers.cpp" "$root/tests/firmware/print_hash.cpp" &&
    [ "$($emulator "$work/layers")" = "$("$host/tests/print_hash")" ]; then
    passed=$((passed + 1))
    echo "$name: the bits of the host"
  else
    failed=$((failed + 1))
    echo "$name: OTHER BITS THAN THE HOST"
  fi
}

meson compile -C "$1" print_hash >/dev/null
meson compile -C "$2" print_hash >/dev/null
aarch64='qemu-aarch64 -L /usr/aarch64-linux-gnu'
armhf='qemu-arm -L /usr/arm-linux-gnueabihf'
target 'aarch64' "$1" "aarch64-linux-gnu-g++ $freestanding" "$aarch64"
target 'aarch64, NEON' "$1" aarch64-linux-gnu-g++ "$aarch64"
target 'armhf' "$2" "arm-linux-gnueabihf-g++ $freestanding" "$armhf"
target 'armhf, fused' "$1" "arm-linux-gnueabihf-g++ $freestanding" "$armhf" -mfpu=vfpv4
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
