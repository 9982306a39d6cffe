#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Builds the site: scripts/docs.sh [FOLDER], default build/docs; pages in FOLDER/html. Doxygen reads
# the headers, Sphinx the pages, a warning of either is an error, and every link is followed.
# Needs scripts/setup.sh docs. Status: 0 fine, 1 warnings or dead links, 2 a tool is missing.
set -u
cd "$(dirname "$0")/.." || exit 2
OUT=${1:-build/docs}
for tool in doxygen sphinx-build; do
    command -v $tool > /dev/null || { echo "docs: no $tool here; scripts/setup.sh docs installs it" >&2; exit 2; }
done
mkdir -p "$OUT" || exit 2
OUT=$(cd "$OUT" && pwd) || exit 2
{ cat docs/Doxyfile && echo "OUTPUT_DIRECTORY = \"$OUT\""; } | doxygen - || exit 1
L2TLB_DOXYGEN=$OUT/xml sphinx-build -q -E -a -W --keep-going -j auto -b html -d "$OUT/doctrees" docs "$OUT/html" || exit 1
scripts/links.py "$OUT/html"
