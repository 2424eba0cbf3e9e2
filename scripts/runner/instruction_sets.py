"""The levels of x86-64 that this machine can run."""

import pathlib
import re

FLAGS = {
    "v2": {"sse4_2", "ssse3", "popcnt", "cx16"},
    "v3": {"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"},
    "v4": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
}
CPUINFO = pathlib.Path("/proc/cpuinfo")


def runs_level(level, text=None):
    """Whether the processor of /proc/cpuinfo, or of `text`, has all instructions of the level."""
    if text is None:
        text = CPUINFO.read_text(errors="replace") if CPUINFO.exists() else ""
    return FLAGS[level] <= set(re.findall(r"\w+", text))
