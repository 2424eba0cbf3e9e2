"""Every header compiles on its own, without a warning; the freestanding ones also without exceptions and RTTI.

usage: headers_alone.py SOURCE_ROOT BUILD_ROOT
"""

import pathlib
import sys

from compiler import Compiler, check_all

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wsign-conversion", "-Werror"]
HOSTED = ("cortexpr.hpp", "data/", "io/", "parallel/", "train/callbacks/", "quantize/calibration")


def main(source_root, build_root):
    compiler = Compiler(build_root)
    include = pathlib.Path(source_root, "include", "cortexpr")
    headers = sorted(p.relative_to(include).as_posix() for p in include.rglob("*.hpp"))

    def check(header):
        # Included twice: the second time must add nothing.
        source = f"#include <cortexpr/{header}>\n#include <cortexpr/{header}>\n"
        status, output = compiler.check(source, *WARNINGS)
        if status == 0 and not header.startswith(HOSTED):
            status, output = compiler.check(source, *WARNINGS, "-ffreestanding", "-fno-exceptions", "-fno-rtti")
        return output[:3000] if status != 0 else None

    return check_all(headers, check)


sys.exit(main(*sys.argv[1:]))
