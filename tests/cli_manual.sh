#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Manual pages and completion: tests/cli_manual.sh [COMMAND], default build/l2tlb. Every option of
# the help text is in the manual page and in the completion and vice versa; groff accepts the pages
# without a warning; completion offers what it should in a real bash (and zsh is asked for syntax).
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

equal() { # NAME WANT GOT
    if [ -n "$2" ] && [ "$2" = "$3" ]; then pass; else
        diff <(echo "$2") <(echo "$3") >out
        : >err
        fail "$1" "they differ:"
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
[ -n "$have_groff" ] || skip "manual pages, no groff here"

forms() { # NAME [COMMAND]: all forms name the same options
    local name=$1 want
    shift
    "$L2TLB" "$@" --help > help || fail "$name" "--help: status $?"
    "$L2TLB" "$@" --help=man > page || fail "$name" "--help=man: status $?"
    want=$(in_help < help)
    equal "$name: manual page" "$want" "$(in_man < page)"
    equal "$name: bash" "$want" "$(in_bash "$@")"
    if [ $# -eq 0 ]; then
        equal "$name: zsh" "$want" "$(sed '/case .words/q' zsh | in_zsh)"
    else
        equal "$name: zsh" "$want" "$(sed -n "/^    $1)\$/,/;;/p" zsh | in_zsh)"
    fi
    [ -z "$have_groff" ] || clean "$name: page without warnings" page
}
forms l2tlb
for c in $commands; do forms "$c" "$c"; done
if [ "$(echo "$commands" | wc -l)" -ge 9 ]; then pass; else fail commands "only $commands"; fi

# --- bash ----------------------------------------------------------------------------------------
good "bash reads the completion" bash -n bash
if command -v shellcheck > /dev/null; then good "shellcheck" shellcheck -s bash bash; else skip "shellcheck, not here"; fi
touch trace.gvt 'with blank.gvt'
equal "commands" "$commands" "$(offer '' | grep -v '^-')"
equal "start of a command" $'check\ncompare\nconfig\nconvert' "$(offer c | sort)"
equal "choices of an option" $'riscv64\naarch64' "$(offer replay --arch '')"
equal "start of a choice" aarch64 "$(offer replay --arch a)"
equal "choice behind an equals sign" aarch64 "$(offer replay --arch = a)"
equal "choices behind an equals sign" $'riscv64\naarch64' "$(offer replay --arch =)"
equal "start of an option" $'--window-load\n--window-store\n--window-prefetch\n--window-fetch' "$(offer replay --win)"
equal "file of an option" trace.gvt "$(offer replay -o tr)"
equal "file" trace.gvt "$(offer replay tr)"
equal "file with a blank" 'with blank.gvt' "$(offer replay with)"
equal "operands and files" $'stride\nswitch' "$(offer gen s | sort | grep -v seq)"
equal "nothing to offer" none "$(offer replay --set '' | grep . || echo none)"
equal "no such command" none "$(offer nonsense '' | grep . || echo none)"

# --- zsh -----------------------------------------------------------------------------------------
if command -v zsh > /dev/null; then good "zsh reads the completion" zsh -n zsh; else skip "zsh, not here"; fi

# --- every choice is one that the command knows ---------------------------------------------------
choices() { offer "$@" ''; }
for p in $(choices config --preset); do good "preset $p" "$L2TLB" config --preset "$p"; done
for r in $(choices config --revision); do good "revision $r" "$L2TLB" config --revision "$r"; done
for k in $(mkdir none && cd none && choices gen); do good "kind $k" "$L2TLB" gen -q "$k" --count 10 --footprint 64K out.gz; done
for f in $(choices gen --fence); do good "fence $f" "$L2TLB" gen -q switch --fence "$f" --count 10 out.gz; done
for m in $(choices gen --mode); do good "mode $m" "$L2TLB" gen -q seq --mode "$m" --count 10 out.gz; done
for a in $(choices walk --arch); do good "arch $a" "$L2TLB" walk --arch "$a" 1000; done
for a in $(choices walk --access); do good "access $a" "$L2TLB" walk --access "$a" --reg msse=1 --reg hsse=1 --expect any 1000; done
for f in $(choices convert --from); do
    "$L2TLB" convert --from "$f" missing out.gz > out 2>&1
    equal "format $f" "2 l2tlb convert: missing" "$? $(sed -n 's/^\(l2tlb convert: missing\).*/\1/p' out)"
done
"$L2TLB" convert --from nothing missing out.gz > out 2>&1
equal "no such format" "2 1" "$? $(grep -c 'from nothing: not one of' out)"

# --- these comparisons can fail -------------------------------------------------------------------
"$L2TLB" replay --help=man > page
equal "an option missing in a page is seen" '> oracle' "$(diff <(grep -v 'oracle' page | in_man) <(in_man < page) | grep '^>')"
printf '.TH A 1\n.SH NAME\n.UNKNOWN\na \\- b\n' > broken
[ -z "$have_groff" ] || if [ -n "$(lint broken)" ]; then pass; else fail "lint" "accepts a page with an unknown macro"; fi

finish
