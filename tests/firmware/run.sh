#!/usr/bin/env bash
# usage: run.sh FUSED SEPARATE: builds the networks that tests/io/header/generate.cpp wrote for each board, runs them in
# QEMU, and compares their parameters and outputs with the host's, bit for bit. FUSED is the build folder of a host with
# fused multiply-add, SEPARATE that of one without, as the two smallest cores are. Ends with 'N passed, N failed'.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# Boost.Hana alone: the rest of the host's headers are not for these targets.
ln -s "${BOOST_INCLUDE:-/usr/include}/boost" "$work/boost"

board() { # board NAME HEADERS FLAG...
  local name=$1 headers=$2/tests firmware=$root/examples/firmware log=$work/log
  shift 2
  if for source in startup semihosting; do
    arm-none-eabi-gcc -std=c17 -Os -mthumb -ffreestanding -Wall -Wextra -Werror "$@" -c "$firmware/$source.c" -o "$work/$source.o"
  done &&
    arm-none-eabi-g++ -std=gnu++20 -O2 -mthumb "$@" -ffp-contract=off -ffreestanding -fno-exceptions -fno-rtti \
      -fno-threadsafe-statics -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -Wall -Wextra -Wpedantic \
      -Wconversion -Wshadow -Werror -I"$root/include" -isystem "$work" -I"$headers" -I"$firmware" \
      "$root/tests/io/header/program.cpp" "$root/tests/firmware/main.cpp" "$work/startup.o" "$work/semihosting.o" \
      -nostartfiles --specs=nano.specs -Wl,--gc-sections,--defsym=doubles_are_wanted=1 -L"$firmware" -T "$firmware/boards/$name.ld" -o "$work/a.elf" &&
    timeout 60 qemu-system-arm -M "$name" -nographic -monitor none -serial null \
      -semihosting-config enable=on,target=native -kernel "$work/a.elf"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi >"$log" 2>&1
  echo "$name: $(tail -n 1 "$log"), $(arm-none-eabi-size "$work/a.elf" | awk 'NR == 2 { print $1 + $2 " bytes of flash" }')"
  rm -f "$work/a.elf"
}

board microbit "$2" -mcpu=cortex-m0
board stm32vldiscovery "$2" -mcpu=cortex-m3
board mps2-an385 "$2" -mcpu=cortex-m3
board netduinoplus2 "$1" -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
board mps2-an386 "$1" -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
board mps2-an500 "$1" -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16
board mps2-an505 "$1" -mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16
board mps3-an547 "$1" -mcpu=cortex-m55 -mfloat-abi=hard
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
