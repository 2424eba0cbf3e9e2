"""The headers of xsimd 14. They come with a Python package, none of whose code is used."""

import shutil
import subprocess
import sys
import zipfile

from runner.console import BUILD

FOLDER = BUILD / "xsimd-14"
LOG = BUILD / "xsimd-14.log"
PACKAGE = "pythran==0.19.0"


def fetch():
    """Whether FOLDER has the headers; downloads them if not. LOG says why it could not."""
    if not (FOLDER / "xsimd" / "xsimd.hpp").exists():
        work = BUILD / "xsimd-14.part"
        shutil.rmtree(work, ignore_errors=True)
        BUILD.mkdir(exist_ok=True)
        try:
            download_to(work)
        except (OSError, subprocess.CalledProcessError, zipfile.BadZipFile, StopIteration) as error:
            with open(LOG, "a", encoding="utf-8") as log:
                log.write(f"{error!r}\n")
        shutil.rmtree(work, ignore_errors=True)
    config = FOLDER / "xsimd" / "config" / "xsimd_config.hpp"
    return config.exists() and "XSIMD_VERSION_MAJOR 14" in config.read_text(encoding="utf-8")


def download_to(work):
    """With pip of a virtual environment: the system may have none."""
    commands = [[sys.executable, "-m", "venv", work],
                [work / "bin" / "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", work, PACKAGE]]
    with open(LOG, "wb") as log:
        for command in commands:
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=True)
    with zipfile.ZipFile(next(work.glob("pythran-*.whl"))) as wheel:
        wheel.extractall(work / "wheel")
    FOLDER.mkdir(exist_ok=True)
    shutil.move(str(work / "wheel" / "pythran" / "xsimd"), str(FOLDER))
