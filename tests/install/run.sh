#!/bin/sh
# Installs into an empty folder and builds a project that knows only pkg-config's answer.
# usage: run.sh SOURCE_ROOT
set -eu
source_root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

meson setup "$work/build" "$source_root" --prefix "$work/prefix" --libdir lib \
  -Dtests=false -Dexamples=false -Dbenchmarks=false >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
meson install -C "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

cp "$source_root/tests/install/outside_project.cpp" "$work/main.cpp"
cd "$work"
PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
pkg-config --cflags cortexpr | grep -q -- -ffp-contract=off || { echo "cortexpr.pc does not hand on -ffp-contract=off"; exit 1; }
# shellcheck disable=SC2046 # one word per flag
${CXX:-c++} -std=c++20 main.cpp $(pkg-config --cflags --libs cortexpr) -o outside_project
./outside_project | grep '^17 parameters'
