"""The four files of MNIST: where they may lie, and how to get them."""

import gzip
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.request
import zlib

from runner.console import ROOT, Problem, say

# SHA-256 of the unpacked files: the same data can be packed in more than one way.
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MIRRORS = "https://storage.googleapis.com/cvdf-datasets/mnist https://ossci-datasets.s3.amazonaws.com/mnist"
FASHION_PACKAGE = "dataset-fashion-mnist"
FASHION_INSTALLED = pathlib.Path("/usr/share/datasets/fashion-mnist")


def path_in(folder, name):
    """The file, packed or not, with the names and folders that mnist::load knows; None where it is missing."""
    def plain(text):
        return re.sub("[._ ]", "-", text.lower())

    for inner in (pathlib.Path(folder, part) for part in ("", "raw", "MNIST", "MNIST/raw")):
        for path in (*sorted(inner.glob("*")), *sorted(inner.glob("*/*"))):
            in_own_folder = plain(path.parent.name) == name  # as some archives have it
            if plain(path.name) in (name, name + "-gz") and (path.parent == inner or in_own_folder) and path.is_file():
                return path
    return None


def missing_file(folder):
    """The first of the four files that the folder lacks; None if it has all."""
    return next((name + ".gz" for name in SHA256 if path_in(folder, name) is None), None)


def find():
    """The folder with the four files that MNIST_DIR or the usual places name; None if there is none.
    Errors: Problem where MNIST_DIR names another folder."""
    given = os.environ.get("MNIST_DIR")
    if given:
        missing = missing_file(given)
        if missing:
            raise Problem(f"MNIST_DIR is '{given}', which has no {missing}; name a folder with the four MNIST files or unset it.")
        return given
    for folder in (ROOT / "data" / "mnist", ROOT.parent / "shared" / "data" / "mnist"):
        if missing_file(folder) is None:
            return str(folder)
    return None


def find_or_fetch():
    """The same; what is missing comes from a mirror, or else from the package of Fashion-MNIST."""
    folder = find()
    if folder is None and download(ROOT / "data" / "mnist"):
        folder = str(ROOT / "data" / "mnist")
    if folder is None:
        say(f"no mirror can be reached; taking Debian's package {FASHION_PACKAGE}")
        folder = fashion(ROOT / "data" / "fashion-mnist")
        if folder is None:
            raise Problem(f"there are no data: no mirror can be reached and {FASHION_PACKAGE} cannot be had; put the four "
                          "MNIST files into data/mnist.")
        say("NOTE: these are the images of Fashion-MNIST (ten kinds of clothes), not digits: expect about 90 %, not 98 %")
    return folder


# ---- from a mirror ----------------------------------------------------------


def download(folder):
    """Whether one mirror gave all four files. Each gets its name only once its contents are right."""
    for mirror in (os.environ.get("MNIST_MIRRORS") or MIRRORS).split():
        say(f"downloading MNIST from {mirror.split('://')[-1]}")
        if all(download_file(mirror, name, folder) for name in SHA256):
            return True
    try:
        folder.rmdir()  # if it is empty
    except OSError:
        pass
    return False


def download_file(mirror, name, folder):
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (name + ".gz.part")
    try:
        with urllib.request.urlopen(f"{mirror}/{name}.gz", timeout=20) as source, open(part, "wb") as target:
            shutil.copyfileobj(source, target)
    except (OSError, ValueError):
        say("that mirror cannot be reached from here")
        part.unlink(missing_ok=True)
        return False
    if sha256_of_packed(part) != SHA256[name]:
        say(f"{name}.gz from that mirror is not the file it should be (SHA-256 differs); not used")
        part.unlink()
        return False
    part.replace(folder / (name + ".gz"))
    return True


def sha256_of_packed(path):
    """Of what a .gz file contains; None where it is no such file."""
    digest = hashlib.sha256()
    try:
        with gzip.open(path) as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                digest.update(chunk)
    except (OSError, EOFError, zlib.error):
        return None
    return digest.hexdigest()


# ---- from a package ---------------------------------------------------------


def fashion(folder):
    """A folder with the files of the package, unpacked there if it is not installed; None where it cannot be had."""
    if missing_file(FASHION_INSTALLED) is None:
        return str(FASHION_INSTALLED)
    if missing_file(folder) is not None:
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            return None
        with tempfile.TemporaryDirectory() as work:
            os.chmod(work, 0o755)  # apt-get downloads as another user
            if not unpack_package(pathlib.Path(work)):
                return None
            folder.mkdir(parents=True, exist_ok=True)
            for file in pathlib.Path(work, *FASHION_INSTALLED.parts[1:]).glob("*.gz"):
                shutil.move(str(file), str(folder / file.name))
    return str(folder)


def unpack_package(work):
    def succeeds(*command):
        return subprocess.run(command, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0

    download_package = ("apt-get", "download", "-q", FASHION_PACKAGE)
    as_root = () if os.geteuid() == 0 else ("sudo",)
    if not succeeds(*download_package):
        if not (succeeds(*as_root, "apt-get", "-q", "-y", "update") and succeeds(*download_package)):
            return False
    package = next(work.glob(f"{FASHION_PACKAGE}_*.deb"), None)
    return package is not None and succeeds("dpkg-deb", "-x", str(package), ".")
