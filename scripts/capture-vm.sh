#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# A whole machine on QEMU, from its start to a trace over its own page tables (docs/real-guest.md):
#   scripts/capture-vm.sh boot DIR QEMU-ARGUMENT...      starts QEMU with our plugin and returns
#   scripts/capture-vm.sh capture DIR NAME [KEY=VALUE...]  records: NAME.gvt.gz and NAME.image, one trace more per hart
#   scripts/capture-vm.sh stop DIR                       ends the recording now
#   scripts/capture-vm.sh quit DIR                       ends QEMU
# The machine runs on after a recording; there may be another one. DIR holds serial.log, the QMP socket and QEMU's messages. KEY=VALUE:
# limit=N accesses (1000000), guests=N, seconds=N, thin=N, ... (scripts/qemu_plugin/gvt_plugin.c). A machine that runs without boot is
# attached: DIR needs `qmp` (QMP socket), and QEMU the option -plugin build/gvt_plugin.so,control=DIR/arm.
# QEMU: the program (default: that of scripts/setup.sh vm, else qemu-system-riscv64).
# Status: 0 fine, 1 our walk of the tables and QEMU's translation differ, 2 anything else.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
usage() { sed -n '4,7s/^#   //p' "$0" >&2; exit 2; }
fail() { echo "capture-vm: $*" >&2; exit 2; }
[ $# -ge 2 ] || usage
what=$1
mkdir -p "$2" 2> /dev/null || fail "cannot make the folder $2"
dir=$(cd "$2" && pwd)
shift 2
case $dir in *,*) fail "a folder with a comma in its name cannot be named to QEMU" ;; esac
qmp() { "$here/scripts/vm.py" qmp "$dir/qmp" "$@"; }

# What our plugin said; else QEMU's last word.
why_it_ended() { sed -n 's/^gvt_plugin: //p' "$dir/qemu.log" | grep . || grep -v -e module -e 'same build' "$dir/qemu.log" | tail -1; }

boot() {
    qemu=${QEMU:-$here/build/vm/qemu/qemu-system-riscv64}
    [ -n "${QEMU:-}" ] || [ -x "$qemu" ] || qemu='qemu-system-riscv64'
    plugin=${GVT_PLUGIN:-$here/build/gvt_plugin.so}
    version=$("$qemu" --version 2> /dev/null | sed -nE '1s/.*version ([0-9]+\.[0-9]+).*/\1/p')
    [ -n "$version" ] || fail "$qemu does not run (scripts/setup.sh vm)"
    [ -e "$plugin" ] || make -s -C "$here" plugin
    [ "$version" != 11.0 ] || export L2TLB_PLUGIN_API=6
    rm -f "$dir/arm" "$dir/arm.done" "$dir/arm.stop" "$dir/qmp"
    "$qemu" "$@" -nodefaults -display none -serial "file:$dir/serial.log" -qmp "unix:$dir/qmp,server,nowait" \
        -plugin "$plugin,control=$dir/arm" < /dev/null > "$dir/qemu.log" 2>&1 &
    pid=$!
    echo "$pid" > "$dir/pid"
    echo "QEMU $version" > "$dir/version"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.3
        kill -0 "$pid" 2> /dev/null || fail "QEMU ended: $(why_it_ended)"
        [ ! -S "$dir/qmp" ] || break
    done
    qmp query-status 2> "$dir/qmp.log" || fail "QEMU ended: $(why_it_ended)" # the socket is there before the plugin is
    echo "capture-vm: QEMU $version runs as $pid, its console is $dir/serial.log"
}

capture() {
    name=$1
    shift
    case $name in /*) ;; *) name=$PWD/$name ;; esac
    case $name in *,*) fail "no comma in the name of a trace, please" ;; esac
    rm -f "$dir/arm.done" "$dir/arm.stop"
    text='a whole machine'
    printf 'out=%s.gvt.gz\nimage=%s.image\nform=binary\nlimit=1000000\n' "$name" "$name" > "$dir/arm.new"
    for option; do
        case $option in
        source=*) text=${option#source=} ;;
        out=* | image=* | form=* | control=*) fail "$option: a capture is NAME.gvt.gz and NAME.image" ;;
        *) printf '%s\n' "$option" >> "$dir/arm.new" ;;
        esac
    done
    mv "$dir/arm.new" "$dir/arm"
    qmp stop cont || { rm -f "$dir/arm"; exit 2; }
    tries=0 slow=
    while [ ! -e "$dir/arm.done" ]; do
        sleep 0.2
        tries=$((tries + 1))
        # One thread for all harts (-icount): new code alone makes the plugin look, so there has to be some. Code in this
        # form is new once.
        if [ -e "$dir/arm" ]; then
            [ $tries -ne 10 ] || { qmp "one-insn-per-tb on" && slow=1; }
            [ $tries -lt 600 ] || { rm -f "$dir/arm"; qmp "one-insn-per-tb off"
                fail "the machine does not run, has another plugin than ours, or (-icount) was captured before"; }
        elif [ -n "$slow" ] && qmp "one-insn-per-tb off"; then
            slow=
        fi
        [ ! -e "$dir/pid" ] || kill -0 "$(cat "$dir/pid")" 2> /dev/null || [ -e "$dir/arm.done" ] ||
            fail "QEMU ended, see $dir/qemu.log"
    done
    [ -z "$slow" ] || qmp "one-insn-per-tb off"
    why=$(sed -n 's/^failed: //p' "$dir/arm.done")
    [ -z "$why" ] || fail "$why"
    walk=$(sed -n 's/^walk: //p' "$dir/arm.done")
    for f in "$name.gvt.gz" "$name".hart*.gvt.gz; do
        [ ! -e "$f" ] || "$here/scripts/vm.py" source \
            "$text, $(cat "$dir/version" 2> /dev/null || echo QEMU); our walk against QEMU's translations: $walk" "$f"
    done
    sed -n 's/^recorded: /capture-vm: /p' "$dir/arm.done"
    echo "capture-vm: our walk against QEMU's translations: $walk"
    [ "${walk%% *}" = 0 ] || exit 1
}

case $what in
boot) [ $# -ge 1 ] || usage; boot "$@" ;;
capture) [ $# -ge 1 ] || usage; capture "$@" ;;
stop) touch "$dir/arm.stop"; qmp stop cont ;;
quit) qmp quit; rm -f "$dir/pid" ;;
*) usage ;;
esac
