#!/usr/bin/env bash
# usage: products.sh: runs products.cpp on the boards in QEMU that have the memory for it; code for the M0 runs on an M3.
# Ends with 'N passed, N failed'.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
firmware=$root/examples/firmware
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

board() { # board CORE NAME FLAG...
  local core=$1 name=$2
  shift 2
  if for source in startup semihosting; do
    arm-none-eabi-gcc -std=c17 -Os -mthumb -ffreestanding -Wall -Wextra -Werror "$@" -c "$firmware/$source.c" -o "$work/$source.o"
  done &&
    arm-none-eabi-g++ -std=gnu++20 -O2 -mthumb "$@" -ffp-contract=off -ffreestanding -fno-exceptions -fno-rtti \
      -fno-threadsafe-statics -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -Wall -Wextra -Wpedantic \
      -Wconversion -Wshadow -Werror -I"$root/include" -I"$firmware" "$root/tests/firmware/int8/products.cpp" \
      "$work/startup.o" "$work/semihosting.o" -nostartfiles --specs=nano.specs -Wl,--gc-sections -L"$firmware" \
      -T "$firmware/boards/$name.ld" -o "$work/a.elf" &&
    timeout 120 qemu-system-arm -M "$name" -nographic -monitor none -serial null \
      -semihosting-config enable=on,target=native -kernel "$work/a.elf"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi >"$work/log" 2>&1
  echo "$core: $(tail -n 1 "$work/log")"
}

board M0 mps2-an385 -mcpu=cortex-m0
board M3 mps2-an385 -mcpu=cortex-m3
board M4F mps2-an386 -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
board M7 mps2-an500 -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16
board M33 mps2-an505 -mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16
board M55 mps3-an547 -mcpu=cortex-m55 -mfloat-abi=hard
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
