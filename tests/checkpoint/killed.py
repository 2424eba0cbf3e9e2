"""Kills training at random moments, resumes it, and compares the result with that of training that was never stopped.

usage: killed.py PROGRAM [RUNS]

PROGRAM is made of train.cpp. Each of the RUNS (10) is killed until it ends by itself, the kinds of networks in turn. Then
checkpoints are cut, changed in one bit, and written to a full disk.
"""

import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

KINDS = ("dense", "convolutional", "recurrent")
passed, failed = 0, 0


def check(name, right, details=""):
    global passed, failed
    passed, failed = passed + right, failed + (not right)
    print(f"ok      {name}" if right else f"FAILED  {name}\n{details}", flush=True)


def train(program, kind, checkpoint, **options):
    return subprocess.run([program, kind, checkpoint], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, **options)


def killed_until_it_ends(program, kind, checkpoint, seconds, rng):
    """(what the last run printed, how many were killed)"""
    kills = 0
    while True:
        process = subprocess.Popen([program, kind, checkpoint], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            out, err = process.communicate(timeout=rng.uniform(0, seconds))
            return out + err, kills
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1


def main():
    program, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        whole, seconds = {}, {}
        for kind in KINDS:
            began = time.monotonic()
            whole[kind] = train(program, kind, folder / f"{kind}.whole").stdout
            seconds[kind] = time.monotonic() - began
        kills = 0
        for run in range(runs):
            kind = KINDS[run % len(KINDS)]
            text, killed = killed_until_it_ends(program, kind, folder / f"{run}", 0.7 * seconds[kind], rng)
            kills += killed
            check(f"run {run}: {kind}, killed {killed} times", text == whole[kind], f"expected {whole[kind]}found {text}")
        check("some runs were killed", kills > 0)
        damage(program, folder, whole["dense"])
    print(f"{passed} passed, {failed} failed")
    return failed > 0


def damage(program, folder, whole):
    """The call has ended in both files, so that training goes on for no step."""
    path, previous = folder / "dense.whole", folder / "dense.whole.previous"
    good, before = path.read_bytes(), previous.read_bytes()
    for name, bad in {"cut": good[:len(good) // 2], "empty": b"", "changed in one bit": flipped(good),
                      "changed in its header": flipped(good, 40)}.items():
        path.write_bytes(bad)
        previous.write_bytes(before)
        ran = train(program, "dense", path)
        check(f"a checkpoint that is {name}: the one before is taken",
              ran.returncode == 0 and ran.stdout == whole and ran.stderr.count("\n") == 1 and "was taken" in ran.stderr,
              ran.stdout + ran.stderr)
        path.write_bytes(bad)
        previous.write_bytes(bad)
        ran = train(program, "dense", path)
        check(f"two checkpoints that are {name}: a sentence", ran.returncode == 3 and str(path) in ran.stderr, ran.stderr)
    # Killed between the two renames, after the file before was found damaged.
    path.rename(folder / "dense.whole.next")
    (folder / "dense.whole.next").write_bytes(good)
    ran = train(program, "dense", path)
    check("one before that is damaged, and a new one without its name: the new one is taken",
          ran.returncode == 0 and ran.stdout == whole, ran.stdout + ran.stderr)
    path.write_bytes(good)
    previous.write_bytes(before)
    ran = train(program, "recurrent", path)
    check("a checkpoint of another network: all differences",
          ran.returncode == 3 and "network: expected" in ran.stderr and path.read_bytes() == good, ran.stderr)
    link, target = folder / "link", folder / "target"
    link.symlink_to(target)
    ran = train(program, "dense", link)
    check("a symbolic link is followed", ran.stdout == whole and link.is_symlink() and target.is_file(), ran.stderr)
    fresh = folder / "full"
    ran = train(program, "dense", fresh,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
    check("a full disk: a sentence, and no file", ran.returncode == 3 and str(fresh) in ran.stderr and
          not any(folder.glob("full*")), ran.stderr)


def flipped(data, position=None):
    position = len(data) // 2 if position is None else position
    return data[:position] + bytes([data[position] ^ 4]) + data[position + 1:]


sys.exit(main())
