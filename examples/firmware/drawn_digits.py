#!/usr/bin/env python3
"""Writes ten hand-drawn digits in the format of images.bin, for machines without MNIST.

usage: drawn_digits.py FILE
"""

import sys

DIGITS = """
..####..
.##..##.
##....##
##....##
##....##
##....##
##....##
##....##
.##..##.
..####..

....##..
...###..
...###..
...##...
...##...
...##...
..##....
..##....
..##....
..##....

.#####..
##...##.
.....##.
.....##.
....##..
...##...
..##....
.##.....
##......
########

.#####..
#....##.
.....##.
....##..
..####..
....###.
......##
......##
##...##.
.#####..

.##...##
.##...##
.##...##
##....##
##....##
########
......##
......##
......##
......##

.#######
.##.....
.##.....
.##.....
.#####..
.....##.
......##
......##
##...##.
.#####..

....##..
...##...
..##....
.##.....
.#####..
##...##.
##....##
##....##
.##..##.
..####..

.######.
##....##
......##
......##
.....##.
.....##.
....##..
....##..
...##...
...##...

..####..
.##..##.
.##..##.
.##..##.
..####..
.##..##.
##....##
##....##
.##..##.
..####..

..####..
.##..##.
##....##
##....##
.##..###
..#####.
.....##.
....##..
...##...
...##...
"""
SIZE = 28
TIMES = 2  # enlargement to MNIST's size, where a digit is 20 pixels high


def image(rows):
    """The drawing enlarged, with blurred edges, in the middle of an image."""
    height, width = len(rows), len(rows[0])
    top, left = (SIZE - TIMES * height) // 2, (SIZE - TIMES * width) // 2

    def ink(y, x):
        row, column = (y - top) // TIMES, (x - left) // TIMES
        return 0 <= row < height and 0 <= column < width and rows[row][column] == "#"

    weights = [(-1, 1), (0, 2), (1, 1)]
    return bytes(
        min(255, 255 * sum(a * b * ink(y + dy, x + dx) for dy, a in weights for dx, b in weights) // 14)
        for y in range(SIZE) for x in range(SIZE))


with open(sys.argv[1], "wb") as file:
    for label, drawing in enumerate(DIGITS.strip().split("\n\n")):
        file.write(bytes([label]) + image(drawing.split("\n")))
