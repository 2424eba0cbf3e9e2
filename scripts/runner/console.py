"""Where the project lies, what the scripts print, and how they stop."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


class Problem(Exception):
    """What is wrong and what to do about it, as a sentence. It ends the script with exit status 1."""


def say(text):
    print(f"-- {text}", flush=True)


def cores():
    return os.cpu_count() or 2
