#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Prints the Python that builds and tests our package: scripts/python.sh [MODULE...]. It is the first of $PYTHON, python3 and
# /usr/bin/python3 that has cffi, NumPy, setuptools, wheel and the modules named. Status 3: there is none (scripts/setup.sh python).
set -u
for python in ${PYTHON:+"$PYTHON"} python3 /usr/bin/python3; do
    command -v "$python" > /dev/null || continue
    "$python" - cffi numpy setuptools wheel "$@" 2> /dev/null << 'END' || continue
import importlib.util, os, sys, sysconfig
head = os.path.join(sysconfig.get_paths()["include"], "Python.h")
sys.exit(not os.path.exists(head) or any(importlib.util.find_spec(m) is None for m in sys.argv[1:]))
END
    command -v "$python"
    exit 0
done
echo "no Python here with cffi, NumPy, setuptools, wheel${*:+, $*} and its headers (scripts/setup.sh python)" >&2
exit 3
