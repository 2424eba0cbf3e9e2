#!/usr/bin/env bash
# usage: run.sh FUSED SEPARATE [MNIST]: builds programs for boards with Cortex-M, runs them in QEMU, and compares what they
# calculate with the host, bit for bit. FUSED is the build folder of a host with fused multiply-add, SEPARATE that of one
# without, as the two smallest cores are. With MNIST (there, in MNIST_DIR, or in data/mnist) a board also learns digits. Counts
# instructions, and ends with 'N passed, N failed'.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
doubles=-Wl,--defsym=doubles_are_wanted=1 # which the linker script refuses else
fused=$1
separate=$2
mnist=
for folder in "$root/../shared/data/mnist" "$root/data/mnist" "${MNIST_DIR:-}" "${3:-}"; do
  for file in "$folder"/train-images*; do
    if [ -e "$file" ]; then mnist=$folder; fi
  done
done

header() { # header BOARD HOST 'CORE': networks that were written as headers, and one that learns
  link "$1" "$root/tests/io/header/program.cpp $root/tests/firmware/main.cpp" "$3" -I"$2/tests" $doubles && emulate "$1"
}

layers() { # layers BOARD HOST 'CORE': every layer, activation, loss and optimizer
  local hash wanted=
  if [ "$2" = "$separate" ]; then wanted=$doubles; fi
  hash=$("$2/tests/print_hash") &&
    link "$1" "$root/tests/firmware/layers.cpp $root/tests/firmware/main.cpp" "$3" -O1 -DEXPECTED_HASH="$hash" $wanted &&
    emulate "$1"
}

packs() { link mps3-an547 "$root/tests/firmware/packs.cpp" "$m55" "$@" && emulate mps3-an547; }

subnormal() { link mps3-an547 "$root/tests/firmware/subnormal.cpp" "$1" -O3 && emulate mps3-an547; } # subnormal 'CORE'

products() { # products BOARD 'CORE': of 8-bit integers
  link "$1" "$root/tests/firmware/products.cpp" "$2" && emulate "$1"
}

count() { # count BOARD MHZ LIMIT 'CORE': instructions of float 784-32-10; of an inference no more than LIMIT
  link "$1" "$root/tests/firmware/count.cpp" "$4" -DCLOCK_MHZ="$2" -DLIMIT="$3" && emulate "$1"
}

on_host() { # on_host PROGRAM ARGUMENT...
  local program=$1
  shift
  "${CXX:-g++}" -std=c++20 -O2 -march=native -ffp-contract=off -I"$root/include" -I"$firmware" "$@" -o "$work/$program"
}

learn() { # what the board prints is what the host prints
  local data=$work/data
  mkdir "$data"
  on_host training_data "$firmware/training_data.cpp" -ldeflate && "$work/training_data" "$mnist" "$data" &&
    printf '#include <cstdio>\n#include "semihosting.h"\nvoid semihosting_write(const char* text) { std::fputs(text, stdout); }\n' \
      >"$data/host.cpp" &&
    on_host training "$firmware/training.cpp" "$data/host.cpp" -I"$data" && "$work/training" >"$data/expected" &&
    link netduinoplus2 "$firmware/training.cpp" "$m4" -I"$data" && emulate netduinoplus2 | tee "$data/printed" &&
    cmp "$data/expected" "$data/printed" && cat "$data/printed" >&3
}

report microbit header microbit "$separate" "$m0"
report stm32vldiscovery header stm32vldiscovery "$separate" "$m3"
report mps2-an385 header mps2-an385 "$separate" "$m3"
report netduinoplus2 header netduinoplus2 "$fused" "$m4"
report mps2-an386 header mps2-an386 "$fused" "$m4"
report mps2-an500 header mps2-an500 "$fused" "$m7"
report mps2-an505 header mps2-an505 "$fused" "$m33"
report mps3-an547 header mps3-an547 "$fused" "$m55"

meson compile -C "$fused" print_hash >/dev/null
meson compile -C "$separate" print_hash >/dev/null
report 'all layers, M0' layers mps2-an385 "$separate" "$m0"
report 'all layers, M4F' layers mps2-an386 "$fused" "$m4"
report 'all layers, M33' layers mps2-an505 "$fused" "$m33"
report 'all layers, M55' layers mps3-an547 "$fused" "$m55"
report 'all layers, M55 without vectors' layers mps3-an547 "$fused" '-mcpu=cortex-m55+nomve.fp -mfloat-abi=hard'
report 'packs of MVE' packs
report 'packs of MVE, optimised more' packs -O3
report 'M55 without vectors' subnormal '-mcpu=cortex-m55+nomve.fp -mfloat-abi=hard'

report 'products of integers, M0' products mps2-an385 "$m0"
report 'products of integers, M3' products mps2-an385 "$m3"
report 'products of integers, M4F' products mps2-an386 "$m4"
report 'products of integers, M7' products mps2-an500 "$m7"
report 'products of integers, M33' products mps2-an505 "$m33"
report 'products of integers, M55' products mps3-an547 "$m55"

echo 'float 784-32-10, instructions:'
report 'M4F' count mps2-an386 25 68000 "$m4"
report 'M7' count mps2-an500 25 68000 "$m7"
report 'M55' count mps3-an547 32 23000 "$m55"

if [ -n "$mnist" ]; then
  exec 3>&1
  report 'netduinoplus2 learns' learn
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
