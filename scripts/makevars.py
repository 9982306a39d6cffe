# SPDX-License-Identifier: MulanPSL-2.0
"""Variables of the Makefile, for scripts that build or copy by themselves."""
import os
import subprocess

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


def words(name):
    """The value of a variable, as a list of words."""
    done = subprocess.run(["make", "-s", "--no-print-directory", f"print-{name}"], cwd=ROOT, check=True,
                          stdout=subprocess.PIPE, text=True)
    return done.stdout.split()
