# SPDX-License-Identifier: MulanPSL-2.0
"""Builds the extension module of the Python package; everything else about it is in pyproject.toml.

The C library is built by its own Makefile, which also says what belongs to it: no list of sources is kept here.
L2TLBSIM_SHARED=1 links with the shared library instead of putting it into the module (Debian packages).
"""
import os
import subprocess
import sys

from setuptools import setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

ROOT = os.path.dirname(os.path.abspath(__file__))
# Without GNU make's variables of a make that runs us.
ENV = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


def make(*words):
    """Output of make in the root, as words."""
    done = subprocess.run(
        ["make", "-s", "--no-print-directory", *words],
        cwd=ROOT,
        env=ENV,
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    if done.returncode:
        sys.exit(
            "l2tlbsim: the C library could not be built: make, a C compiler, and the development files of zlib, "
            "liblzma, libzstd, cJSON and inih are needed (on Debian: scripts/setup.sh build)"
        )
    return done.stdout.split()


class Build(build_ext):
    """First the library, by make; then the module."""

    def run(self):
        make("-j2", "lib")
        super().run()


class Source(sdist):
    """What make needs goes in: its files, and every folder that holds parts of the library."""

    def make_distribution(self):
        files = make("print-MAKEFILE_LIST", "B=build/none") + make("print-PAGE") + ["lib/libl2tlb.map"]
        for room in make("print-LIBDIRS") + ["include/l2tlb", "report/page", "third_party/echarts"]:
            files += [f.path for f in os.scandir(room) if f.is_file() and not f.name.endswith((".o", ".d"))]
        files += ["scripts/version.sh", "VERSION", "python/ffi_build.py"]
        files += ["python/l2tlbsim/_batch.h", "python/l2tlbsim/_batch.c"]
        self.filelist.extend(sorted({os.path.relpath(f) for f in files} - set(self.filelist.files)))
        super().make_distribution()

    def make_release_tree(self, base_dir, files):
        """With the commit, as `git archive` does it."""
        super().make_release_tree(base_dir, files)
        version = subprocess.run(
            ["scripts/version.sh"], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
        ).stdout
        if "(" in version:
            with open(os.path.join(base_dir, "scripts", "commit.txt"), "w", encoding="utf-8") as f:
                f.write(version.split("(")[1].split(")")[0].split(",")[0] + "\n")


os.chdir(ROOT)
setup(
    cmdclass={"build_ext": Build, "sdist": Source},
    cffi_modules=["python/ffi_build.py:ffi"],
    options={"bdist_wheel": {"py_limited_api": "cp39"}},
)
