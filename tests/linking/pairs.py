"""Programs of two files that are compiled with different flags: each file has the results of its own flags, and a program
that passes a network from one to the other either works or does not link, with the flags in the message.

usage: pairs.py SOURCE_ROOT BUILD_ROOT [OTHER_COMPILER]

With another compiler, its files are linked with those of the build's compiler, and there are more flags.
"""

import itertools
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "hygiene"), str(HERE.parent.parent / "scripts")]
from compiler import Compiler, check_all  # noqa: E402
from runner.instruction_sets import runs_level  # noqa: E402

LEVELS = ["v2", "v3"]
MORE_LEVELS = ["v4"]
MACROS = ["-DCORTEXPR_NO_SIMD", "-DCORTEXPR_NO_FMA"]
MORE = [["-march=x86-64-v3", "-O0"], ["-march=x86-64-v3", "-O2", "-ffp-contract=fast"], ["-march=x86-64-v3", "-mno-fma"]]


class Side:
    """One compiler with flags, and the object files that it makes."""

    def __init__(self, command, flags, runs):
        self.command = command
        self.flags = flags
        self.runs = runs
        self.name = " ".join([os.path.basename(command[0]), *flags])

    def compile(self, source, to, *flags):
        words = [*self.command, "-O1", *self.flags, *flags, "-c", str(HERE / source), "-o", str(to)]
        done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {source} must compile, but:\n{done.stdout[:3000]}")
        return to


def sides_of(compiler, other):
    flag_sets = [[flag] for flag in MACROS]
    if platform.machine() == "x86_64":
        levels = LEVELS + (MORE_LEVELS if other else [])
        flag_sets += [[f"-march=x86-64-{level}"] for level in levels] + (MORE if other else [])

    def runs(flags):
        return all(not flag.startswith("-march=x86-64-") or runs_level(flag[-2:]) for flag in flags)

    commands = [compiler.command]
    if other:
        commands.append([other, *compiler.command[1:]])
    return [Side(command, flags, runs(flags)) for flags in flag_sets for command in commands]


def link(objects, program):
    return subprocess.run(["c++", *map(str, objects), "-o", str(program)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def main(_source_root, build_root, other=None):
    compiler = Compiler(build_root)
    os.chdir(build_root)  # its include paths are relative
    sides = sides_of(compiler, other)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)

        def objects_of(side):
            stem = folder / str(sides.index(side))
            return {"first": side.compile("part.cpp", f"{stem}-first.o", "-DPART=first"),
                    "second": side.compile("part.cpp", f"{stem}-second.o", "-DPART=second"),
                    "passing": side.compile("passing.cpp", f"{stem}-passing.o")}

        objects = {}

        def compile_side(side):
            try:
                objects[side.name] = objects_of(side)
            except RuntimeError as error:
                return str(error)
            return None

        main_object = sides[0].compile("main.cpp", folder / "main.o")
        failed = check_named({f"compile: {side.name}": side for side in sides}, compile_side)
        if failed:
            return failed

        def run(program, side, another):
            if not (side.runs and another.runs):
                return None
            done = subprocess.run([program], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            return f"exit status {done.returncode}\n{done.stdout}" if done.returncode != 0 else None

        def check_pair(pair):
            side, another = pair
            program = folder / f"{sides.index(side)}-{sides.index(another)}"
            done = link([main_object, objects[side.name]["first"], objects[another.name]["second"]], program)
            if done.returncode != 0:
                return "must link, but:\n" + done.stdout[:3000]
            return run(program, side, another)

        def check_passing(pair):
            side, another = pair
            program = folder / f"{sides.index(side)}-{sides.index(another)}-passing"
            done = link([objects[side.name]["first"], objects[another.name]["passing"]], program)
            if done.returncode == 0:
                return run(program, side, another)
            return None if "undefined reference" in done.stdout and "[abi:" in done.stdout else done.stdout[:3000]

        pairs = list(itertools.permutations(sides, 2)) if other else list(itertools.combinations(sides, 2))
        names = [(f"{a.name} with {b.name}", (a, b)) for a, b in pairs]
        return check_named(dict(names), check_pair) | check_named(
            {"passing networks: " + name: pair for name, pair in names}, check_passing)


def check_named(cases, check):
    return check_all(list(cases), lambda name: check(cases[name]))


sys.exit(main(*sys.argv[1:]))
