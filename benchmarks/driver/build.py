"""Build folders: one for the compiler of this machine, one for Clang, and what meson knows about them."""

import json
import os
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(command, **options):
    """Runs a command; its output is shown only when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")
    return done.stdout


def find_clang():
    """Clang 19 or newer, by any of its usual names; None where there is none."""
    for name in ("clang++-19", "clang++-20", "clang++-21", "clang++"):
        path = shutil.which(name)
        if path and int(run([path, "-dumpversion"]).split(".")[0]) >= 19:
            return path
    return None


class Folder:
    """A configured build folder of the project in `root`."""

    def __init__(self, path, compiler, examples, benchmarks=True, root=ROOT):
        self.path = path
        self.compiler = compiler
        if not os.path.exists(os.path.join(path, "build.ninja")):
            options = ["--buildtype=release", "-Dtests=false", f"-Dexamples={str(examples).lower()}",
                       f"-Dbenchmarks={str(benchmarks).lower()}"]
            run(["meson", "setup", path, root, *options], env={**os.environ, "CXX": compiler})
        targets = json.loads(run(["meson", "introspect", path, "--targets"]))
        self.targets = {target["name"]: target for target in targets}

    def has(self, name):
        return name in self.targets

    def build(self, name):
        """Builds a target and returns the path of its program."""
        run(["meson", "compile", "-C", self.path, name])
        return self.targets[name]["filename"][0]

    def compile_command(self, source):
        """The compiler, include paths, definitions and language of a source file, without the optimisation; or None."""
        for target in self.targets.values():
            for group in target["target_sources"]:
                if os.path.join(ROOT, source) in group.get("sources", []):
                    kept = [a for a in group["parameters"] if a.startswith(("-I", "-isystem", "-D", "-std", "-ffp", "-fconstexpr"))]
                    return [*(word for word in group["compiler"] if os.path.basename(word) != "ccache"), *kept]
        return None
