#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Manual pages and completion: tests/cli_manual.sh [COMMAND], default build/l2tlb. Every option of
# the help text is in the manual page and in the completion and vice versa; groff accepts the pages
# without a warning; completion offers what it should in a real bash (and zsh is asked for syntax).
# Status: 0 all passed, 1 a test failed, 2 it cannot run.
set -u
L2TLB=${1:-build/l2tlb}
case $L2TLB in /*) ;; *) L2TLB=$PWD/$L2TLB ;; esac
[ -x "$L2TLB" ] || { echo "cli_manual: $L2TLB is not there (run make)" >&2; exit 2; }
DIR=$(mktemp -d) || exit 2
trap 'rm -rf "$DIR"' EXIT
cd "$DIR" || exit 2
passed=0 failed=0 skipped=0

pass() { passed=$((passed + 1)); }
fail() { # NAME WHY
    failed=$((failed + 1))
    echo "FAIL $1: $2"
}
same() { # NAME WANT GOT
    if [ -n "$2" ] && [ "$2" = "$3" ]; then pass; else
        fail "$1" "they differ:"
        diff <(echo "$2") <(echo "$3") | sed 's/^/    /' | head -8
    fi
}
check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" > out 2>&1; then pass; else
        fail "$name" "status $?"
        head -5 out | sed 's/^/    /'
    fi
}

# --- the options of each form, one a line, sorted ------------------------------------------------
in_help() { sed -nE 's/^  (-.,|   ) --([a-z0-9-]+)( .*|$)/\2/p' | sort; }
in_man() { sed -nE '/^\.SH OPTIONS/,/^\.SH EXIT/s/^(\\fB.*, )?\\fB\\-\\-(([a-z0-9]|\\-)+)\\fR.*/\2/p' | sed 's/\\-/-/g' | sort; }
in_zsh() { sed -nE "s/^ *'\*?--([a-z0-9-]+)=?\[.*/\1/p" | sort; }
# What bash offers for the last of some words: the words of a line as readline cuts them.
offer() { # word...
    bash -c '. '"$DIR"'/bash; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _l2tlb; printf "%s\n" "${COMPREPLY[@]}"' \
        _ l2tlb "$@"
}
in_bash() { offer "$@" -- | sed -n 's/^--//p' | sort; }
lint() { # manual page: what groff and man say against it
    LC_ALL=C.UTF-8 groff -man -Tutf8 -ww -b -z "$1" 2>&1
    if command -v man > /dev/null; then
        LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 > /dev/null | cat
    fi
}
clean() { # NAME FILE
    local said
    said=$(lint "$2")
    if [ -z "$said" ]; then pass; else fail "$1" "$said"; fi
}

"$L2TLB" --help=bash > bash && "$L2TLB" --help=zsh > zsh
if ! [ -s bash ] || ! [ -s zsh ]; then echo "FAIL no completion"; exit 1; fi
commands=$("$L2TLB" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
have_groff=$(command -v groff)
[ -n "$have_groff" ] || { skipped=$((skipped + 1)); echo "manual pages: skipped, no groff here"; }

forms() { # NAME [COMMAND]: all forms name the same options
    local name=$1 want
    shift
    "$L2TLB" "$@" --help > help || fail "$name" "--help: status $?"
    "$L2TLB" "$@" --help=man > page || fail "$name" "--help=man: status $?"
    want=$(in_help < help)
    same "$name: manual page" "$want" "$(in_man < page)"
    same "$name: bash" "$want" "$(in_bash "$@")"
    if [ $# -eq 0 ]; then
        same "$name: zsh" "$want" "$(sed '/case .words/q' zsh | in_zsh)"
    else
        same "$name: zsh" "$want" "$(sed -n "/^    $1)\$/,/;;/p" zsh | in_zsh)"
    fi
    [ -z "$have_groff" ] || clean "$name: page without warnings" page
}
forms l2tlb
for c in $commands; do forms "$c" "$c"; done
if [ "$(echo "$commands" | wc -l)" -ge 9 ]; then pass; else fail commands "only $commands"; fi

# --- bash ----------------------------------------------------------------------------------------
check "bash reads the completion" bash -n bash
if command -v shellcheck > /dev/null; then check "shellcheck" shellcheck -s bash bash; else
    skipped=$((skipped + 1))
    echo "shellcheck: skipped, not here"
fi
touch trace.gvt 'with blank.gvt'
same "commands" "$commands" "$(offer '' | grep -v '^-')"
same "start of a command" $'check\nconfig\nconvert' "$(offer c | sort)"
same "choices of an option" $'riscv64\naarch64' "$(offer replay --arch '')"
same "start of a choice" aarch64 "$(offer replay --arch a)"
same "choice behind an equals sign" aarch64 "$(offer replay --arch = a)"
same "choices behind an equals sign" $'riscv64\naarch64' "$(offer replay --arch =)"
same "start of an option" $'--window-load\n--window-store\n--window-prefetch\n--window-fetch' "$(offer replay --win)"
same "file of an option" trace.gvt "$(offer replay -o tr)"
same "file" trace.gvt "$(offer replay tr)"
same "file with a blank" 'with blank.gvt' "$(offer replay with)"
same "operands and files" $'stride\nswitch' "$(offer gen s | sort | grep -v seq)"
same "nothing to offer" none "$(offer replay --set '' | grep . || echo none)"
same "no such command" none "$(offer nonsense '' | grep . || echo none)"

# --- zsh -----------------------------------------------------------------------------------------
if command -v zsh > /dev/null; then check "zsh reads the completion" zsh -n zsh; else
    skipped=$((skipped + 1))
    echo "zsh: skipped, not here"
fi

# --- every choice is one that the command knows ---------------------------------------------------
choices() { offer "$@" ''; }
for p in $(choices config --preset); do check "preset $p" "$L2TLB" config --preset "$p"; done
for r in $(choices config --revision); do check "revision $r" "$L2TLB" config --revision "$r"; done
for k in $(mkdir none && cd none && choices gen); do check "kind $k" "$L2TLB" gen -q "$k" --count 10 --footprint 64K out.gz; done
for f in $(choices gen --fence); do check "fence $f" "$L2TLB" gen -q switch --fence "$f" --count 10 out.gz; done
for m in $(choices gen --mode); do check "mode $m" "$L2TLB" gen -q seq --mode "$m" --count 10 out.gz; done
for a in $(choices walk --arch); do check "arch $a" "$L2TLB" walk --arch "$a" 1000; done
for a in $(choices walk --access); do check "access $a" "$L2TLB" walk --access "$a" 1000; done
for f in $(choices convert --from); do
    "$L2TLB" convert --from "$f" missing out.gz > out 2>&1
    same "format $f" "2 l2tlb convert: missing" "$? $(sed -n 's/^\(l2tlb convert: missing\).*/\1/p' out)"
done
"$L2TLB" convert --from nothing missing out.gz > out 2>&1
same "no such format" "2 1" "$? $(grep -c 'from nothing: not one of' out)"

# --- these comparisons can fail -------------------------------------------------------------------
"$L2TLB" replay --help=man > page
same "an option missing in a page is seen" '> oracle' "$(diff <(grep -v 'oracle' page | in_man) <(in_man < page) | grep '^>')"
printf '.TH A 1\n.SH NAME\n.UNKNOWN\na \\- b\n' > broken
[ -z "$have_groff" ] || if [ -n "$(lint broken)" ]; then pass; else fail "lint" "accepts a page with an unknown macro"; fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
