"""Every header compiles on its own, without a warning; the freestanding ones also without exceptions and RTTI.
strict_warnings.cpp instantiates what is in them.

usage: headers_alone.py SOURCE_ROOT BUILD_ROOT
"""

import pathlib
import platform
import sys

from compiler import Compiler, check_all
from layering import is_for_processor, is_hosted

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wsign-conversion",
            "-Wold-style-cast", "-Wdouble-promotion", "-Werror"]


def main(source_root, build_root):
    compiler = Compiler(build_root)
    include = pathlib.Path(source_root, "include", "cortexpr")
    headers = sorted(p.relative_to(include).as_posix() for p in include.rglob("*.hpp"))
    headers = [name for name in headers if is_for_processor(name, platform.machine()) and not name.startswith("core/macros_")]

    freestanding = "all freestanding headers, with -ffreestanding -fno-exceptions -fno-rtti"

    program = pathlib.Path(__file__).with_name("strict_warnings.cpp")

    def check(case):
        if case == program.name:
            lines = [program.read_text()]
            options = []
        elif case == freestanding:
            lines = [f"#include <cortexpr/{h}>\n" for h in headers if not is_hosted(h)]
            options = ["-ffreestanding", "-fno-exceptions", "-fno-rtti"]
        else:
            lines = [f"#include <cortexpr/{case}>\n"] * 2  # the second time must add nothing
            options = []
        status, output = compiler.check("".join(lines), *WARNINGS, *options)
        return output[:3000] if status != 0 else None

    return check_all([*headers, freestanding, program.name], check)


sys.exit(main(*sys.argv[1:]))
