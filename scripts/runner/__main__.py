"""What the scripts start once a machine has what they need; each of them documents its options in --help.

usage: runner test|firmware|mnist|mutate|format OPTION...
"""

import argparse
import pathlib
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

from runner import firmware, formatting, mnist, mutation  # noqa: E402
from runner.console import Problem, say  # noqa: E402
from runner.everything import Everything  # noqa: E402
from runner.tally import Tally  # noqa: E402
from runner.variant import Variant  # noqa: E402


def test_command(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--clang", default="")
    parser.add_argument("--clang-format", default="")
    parser.add_argument("--clang-tidy", default="")
    parser.add_argument("--without", action="append", default=[])
    options = parser.parse_args(arguments)
    began, tally = time.monotonic(), Tally()
    if options.all:
        say("building and running the tests, with all that is said in scripts/test --help")
        Everything(tally, options.clang, options.clang_format, options.clang_tidy, options.without).run()
    else:
        say("building and running the tests, barely optimised (build/test)")
        barely = ("-Dexamples=false", "-Dbenchmarks=false", "-Dlong_tests=false", "-Doptimization=1")
        Variant("test", barely, ["unit", "compiler", "tree"]).run(tally)
    return tally.finish(began)


def firmware_command(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--data")
    parser.add_argument("--images")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args(arguments)
    return firmware.main(options.data, options.images, options.update)


def format_command(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("tool")
    options = parser.parse_args(arguments)
    return formatting.main(options.tool, options.check)


def mutate_command(arguments):
    parser = argparse.ArgumentParser(prog="scripts/mutate")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    return mutation.main(options.compiler, options.few, options.check, options.jobs, options.names)


COMMANDS = {"test": test_command, "firmware": firmware_command, "mnist": mnist.main, "mutate": mutate_command,
            "format": format_command}


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return COMMANDS[sys.argv[1]](sys.argv[2:])
    except Problem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


sys.exit(main())
