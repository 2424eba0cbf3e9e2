#!/usr/bin/env bash
# usage: count.sh [-O3] [--convolutional] [BOARD]: what one inference of an int8 classifier takes on each board in QEMU, or
# on one: instructions, stack, and the flash and RAM of an image that does nothing else. The convolutional one needs
# more RAM than the two smallest boards have.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
firmware=$root/examples/firmware
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
level=-O2
defines=()
only=
boards=
while [ $# -gt 0 ]; do
  case $1 in
    -O*) level=$1 ;;
    --convolutional) defines+=(-DCONVOLUTIONAL) boards=mps ;;
    *) only=$1 ;;
  esac
  shift
done
ln -s "${BOOST_INCLUDE:-/usr/include}/boost" "$work/boost"

build() { # build PROGRAM BOARD FLAG...
  local program=$1 name=$2
  shift 2
  for source in startup semihosting; do
    arm-none-eabi-gcc -std=c17 -Os -mthumb -ffreestanding -Wall -Wextra -Werror "$@" -c "$firmware/$source.c" -o "$work/$source.o"
  done
  arm-none-eabi-g++ -std=gnu++20 "$level" -mthumb "$@" ${defines[@]+"${defines[@]}"} -ffp-contract=off -ffreestanding \
    -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I"$root/include" -isystem "$work" -I"$firmware" \
    "$root/tests/firmware/int8/$program.cpp" "$work/startup.o" "$work/semihosting.o" -nostartfiles --specs=nano.specs \
    -Wl,--gc-sections -L"$firmware" -T "$firmware/boards/$name.ld" -o "$work/$program.elf"
}

board() { # board NAME KILOHERTZ FLAG...
  local name=$1 clock=$2
  shift 2
  [ -z "$only" ] || [ "$only" = "$name" ] || return 0
  [[ $name == "$boards"* ]] || return 0
  build count "$name" "$@"
  build minimal "$name" "$@"
  timeout 60 qemu-system-arm -M "$name" -nographic -monitor none -serial null -icount shift=6 \
    -semihosting-config enable=on,target=native -kernel "$work/count.elf" >"$work/log" 2>&1
  read -r _ ticks _ stack _ checksum <"$work/log"
  read -r text data bss _ < <(arm-none-eabi-size "$work/minimal.elf" | tail -n 1)
  [ "${first_checksum:=$checksum}" = "$checksum" ] || { echo "$name: other codes than the board before" >&2; exit 1; }
  printf '%-16s %8d instructions, %4d bytes of stack, %6d of flash, %5d of RAM, codes %s\n' \
    "$name" $((ticks * 15625 / clock)) "$stack" $((text + data)) $((data + bss)) "$checksum"
}

board microbit 16000 -mcpu=cortex-m0
board stm32vldiscovery 24000 -mcpu=cortex-m3
board mps2-an385 25000 -mcpu=cortex-m3
board mps2-an386 25000 -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
board mps2-an500 25000 -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16
board mps2-an505 20000 -mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16
board mps3-an547 32000 -mcpu=cortex-m55 -mfloat-abi=hard
