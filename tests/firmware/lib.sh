# shellcheck shell=bash
# How the scripts here build firmware and run it in QEMU. Source it; what it makes lies in $work and goes in the end.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
firmware=$root/examples/firmware
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# Boost.Hana alone: the rest of the host's headers are not for these targets.
mkdir "$work/include"
ln -s "${BOOST_INCLUDE:-/usr/include}/boost" "$work/include/boost"

m0='-mcpu=cortex-m0'
m3='-mcpu=cortex-m3'
m4='-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16'
m7='-mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16'
m33='-mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16'
m55='-mcpu=cortex-m55 -mfloat-abi=hard'
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'
freestanding='-ffp-contract=off -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics'

# link BOARD 'SOURCES' 'CORE' FLAG...: to $work/a.elf
link() {
  local board=$1 sources=$2 core=$3 source
  shift 3
  for source in startup semihosting; do
    # shellcheck disable=SC2086 # several words
    arm-none-eabi-gcc -std=c17 -Os -mthumb $core -ffreestanding -Wall -Wextra -Werror -c "$firmware/$source.c" \
      -o "$work/$source.o" || return
  done
  # shellcheck disable=SC2086
  arm-none-eabi-g++ -std=gnu++20 -O2 -mthumb $core $freestanding $warnings -fno-asynchronous-unwind-tables \
    -ffunction-sections -fdata-sections -I"$root/include" -isystem "$work/include" -I"$firmware" "$@" $sources \
    "$work/startup.o" "$work/semihosting.o" -nostartfiles --specs=nano.specs -Wl,--gc-sections -L"$firmware" \
    -T "$firmware/boards/$board.ld" -o "$work/a.elf"
}

# emulate BOARD: an instruction takes 64 ns of QEMU's time.
emulate() {
  timeout 60 qemu-system-arm -M "$1" -nographic -monitor none -serial null -icount shift=6 \
    -semihosting-config enable=on,target=native -kernel "$work/a.elf" 2>&1
}

# report NAME COMMAND...: one test, and the last line of its output.
report() {
  local name=$1
  shift
  if "$@" >"$work/log" 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)) && tail -n 20 "$work/log"; fi
  echo "$name: $(tail -n 1 "$work/log")"
}
