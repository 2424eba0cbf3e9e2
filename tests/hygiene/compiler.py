"""The compiler of a build folder, with the flags the tests were compiled with."""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess


class Compiler:
    def __init__(self, build_root):
        self.build_root = pathlib.Path(build_root)
        commands = json.loads((self.build_root / "compile_commands.json").read_text())
        entry = next(c for c in commands if c["file"].endswith("tests/main.cpp"))
        words = shlex.split(entry["command"])
        if os.path.basename(words[0]) == "ccache":
            words = words[1:]
        self.command = []  # sentences are looked for in the output: no colours
        position = 0
        while position < len(words):
            word = words[position]
            if word in ("-o", "-MF", "-MQ"):
                position += 1
            elif word not in ("-c", "-MD", entry["file"]) and not word.startswith(("-fsanitize", "-fdiagnostics", "-fcolor", "-g", "-O")):
                self.command.append(word)
            position += 1

    def check(self, source, *options):
        """Compiles without making anything; `source` is a path, or text if it holds a line break."""
        if "\n" in str(source):
            return self.run("-fsyntax-only", "-x", "c++", *options, "-", text=source)
        return self.run("-fsyntax-only", *options, str(source))

    def precompile(self, source_root, header, folder):
        """Compiles a header once, into a folder of the caller's, for the programs whose first #include it is. Only GCC looks
        for such a file."""
        source = pathlib.Path(source_root, "include", header).resolve()
        stand_in = pathlib.Path(folder, header)  # for programs that include something else first
        stand_in.parent.mkdir(parents=True)
        status, _ = self.run("-w", "-x", "c++-header", str(source), "-o", f"{stand_in}.gch")
        if status == 0:
            stand_in.write_text(f'#include "{source}"\n')
            self.command.insert(1, f"-I{folder}")

    def run(self, *arguments, text=None):
        """(exit status, output of the compiler)"""
        done = subprocess.run([*self.command, *arguments], cwd=self.build_root, input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout


def check_all(cases, check):
    """Runs check(case) -> problem or None for every case, as many at once as there are cores; the exit status."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, problem in zip(cases, pool.map(check, cases)):
            failed += problem is not None
            print(f"FAILED  {case}\n{problem}" if problem is not None else f"ok      {case}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return failed > 0
