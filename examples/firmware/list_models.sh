#!/bin/sh
# usage: list_models.sh FOLDER: the networks that have a digits.hpp there, one a line.
cd "$1" || exit
for header in */digits.hpp; do
  [ ! -e "$header" ] || printf '%s\n' "${header%/*}"
done
