#!/usr/bin/env python3
"""measure.py finds each kind of mistake: a run with just that one makes it say just that sentence."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "firmware"))
import measure  # noqa: E402

GOOD = {"parameter_bytes": 51512, "activation_bytes": 1648, "input_bytes": 0, "ticks": 96001, "ticks_of_input": 1,
        "ticks_of_known": 160001, "ticks_of_nothing": 1, "stack_bytes": 152, "fused": 1, "images": 100, "right": 98,
        "outputs": "beecaa9a", "class": 7, "scores": "00000000"}
RECORD = {"int8_dense": {"mps2-an386": {"instructions": 60000}}}
FLASH, STATIC_RAM = 53328, 2432


def said(flash=FLASH, static_ram=STATIC_RAM, record=RECORD, computer=None, **changed):
    """The sentences about one run."""
    run = measure.Run("mps2-an386", "int8_dense", {**GOOD, **changed}, flash, static_ram)
    reference = measure.Run("this computer", "int8_dense", {**GOOD, **(computer or {})})
    references = {(reference.network, reference.values["fused"], reference.values["images"]): reference}
    return [*measure.problems_of(run, references, record), *measure.accuracy_problems(references)]


def refused(printed):
    """What is said of a board that prints this."""
    try:
        measure.values_of(printed)
        return []
    except measure.Problem as problem:
        return [str(problem)]


COMPLETE = "".join(f"{key}={value}\n" for key, value in GOOD.items())
CASES = {
    "a run as it should be": (said(), None),
    "1 % more instructions": (said(ticks=96961), None),
    "2 % more instructions": (said(ticks=97921), "2.0 % over the 60000 on record"),
    "no record": (said(record={}, ticks=97921), None),
    "other outputs": (said(outputs="beecaa9b"), "the outputs are not the bits of this computer"),
    "another class": (said(**{"class": 3}), "the outputs are not the bits of this computer"),
    "more code": (said(flash=GOOD["parameter_bytes"] + 2001), "2001 bytes of flash besides the parameters"),
    "less flash than parameters": (said(flash=GOOD["parameter_bytes"] - 1), "bytes of flash besides the parameters"),
    "more stack": (said(stack_bytes=161), "161 bytes of RAM besides what cx::memory plans"),
    "more static memory": (said(static_ram=STATIC_RAM + 64), "bytes of RAM besides what cx::memory plans"),
    "more activations": (said(activation_bytes=2448, static_ram=STATIC_RAM + 800), "bytes of RAM; 3000 is the most"),
    "less accuracy": (said(images=10000, right=9700, computer={"images": 10000, "right": 9700}), "97.00 % of the images"),
    "all that a board prints": (refused(COMPLETE), None),
    "half of it": (refused(COMPLETE[: len(COMPLETE) // 2]), "something else than results"),
    "no number": (refused(COMPLETE.replace("class=7", "class=x")), "something else than results"),
}

failed = 0
for name, (sentences, expected) in CASES.items():
    right = not sentences if expected is None else len(sentences) == 1 and expected in sentences[0]
    failed += not right
    print(f"ok      {name}" if right else f"FAILED  {name}: {sentences}")
print(f"{len(CASES) - failed} passed, {failed} failed")
sys.exit(failed > 0)
