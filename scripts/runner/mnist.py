"""What scripts/mnist does once everything is installed: builds the program, finds the data, and starts it."""

import os

from runner import mnist_files
from runner.build import Folder, explained
from runner.console import BUILD, Problem, say

OPTIONS = ("-Dbuildtype=release", "-Dnative=true", "-Dtests=false", "-Dbenchmarks=false")


def find_program(folder):
    """The program in a build folder; None where it is not built."""
    for path in sorted((folder / "examples").rglob("mnist")):
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    return None


def names_data(arguments):
    return any(argument == "--data" or argument.startswith("--data=") for argument in arguments)


def main(arguments):
    """Does not return once the program runs: it takes the place of this one."""
    say("building the MNIST program for this machine (build/release)")
    folder = Folder(BUILD / "release")
    with explained("the build cannot be configured"):
        folder.configure(OPTIONS)
    with explained("the MNIST program does not build"):
        folder.compile(["mnist"])
    program = find_program(folder.path)
    if program is None:
        raise Problem("build/release has no program mnist; remove build/release and run this again.")
    if "--build" in arguments:
        return 0
    if not names_data(arguments):
        data = mnist_files.find_or_fetch()
        say(f"data: {data}")
        arguments = ["--data", data, *arguments]
    os.execv(program, [program, *arguments])
