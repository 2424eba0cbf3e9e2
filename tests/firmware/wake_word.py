#!/usr/bin/env python3
"""A .tflite model in 8 bits on boards with Cortex-M: tools/import writes it as a header, whose test must find the integers
of LiteRT's executors.

usage: wake_word.py [MODEL.tflite]

Without a model, it takes the wake-word model of MLPerf Tiny in the folder CORTEXPR_TFLITE_MODELS, or in
../shared/data/mlperf_tiny. It needs arm-none-eabi-g++ and QEMU, which scripts/firmware installs.
Ends with 'N passed, N failed'. tests/firmware/run.py runs it, too.
"""

import os
import pathlib
import sys

sys.dont_write_bytecode = True

from toolchain import M0, M4, ROOT, Failed, emulate, link, run, run_cases  # noqa: E402

SOURCE = ROOT / "tests" / "firmware" / "wake_word.cpp"


def on_board(model, rounding, name, board, core):
    def case(work):
        try:
            run(ROOT / "tools" / "import", model, "--name", "wake_word", "--out", work / "wake_word.hpp", "--rounding", rounding)
        except Failed as failed:
            if "a connection to PyPI" not in str(failed):
                raise
            return "left out: the environment of the importer cannot be set up"
        return emulate(board, link(work, board, [SOURCE], core, f"-I{work}"))
    return f"wake word, {rounding}, {name}", case


def cases(*given):
    """The tests of a model; none if there is no model."""
    folder = os.environ.get("CORTEXPR_TFLITE_MODELS") or ROOT.parent / "shared" / "data" / "mlperf_tiny"
    model = pathlib.Path(given[0] if given else pathlib.Path(folder, "str_ww_ref_model.tflite")).resolve()
    if not given and not model.is_file():
        return []
    return [
        on_board(model, "xnnpack", "M4F", "mps2-an386", M4),
        on_board(model, "tflite_reference", "M4F", "mps2-an386", M4),
        on_board(model, "xnnpack", "M0", "mps2-an385", M0),
    ]


if __name__ == "__main__":
    sys.exit(run_cases(cases(*sys.argv[1:])))
