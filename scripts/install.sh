#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Installs what `make install` has built, or removes it: scripts/install.sh [-u]. Everything comes from the
# environment: DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR DATADIR, BUILT (build folder), COMMAND, SOVERSION.
set -eu
cd "$(dirname "$0")/.."
remove=
[ "${1:-}" = -u ] && remove=1
version=$(cat VERSION)
major=${version%%.*} rest=${version#*.}
minor=${rest%%.*}
private=$(make -s --no-print-directory print-PUBLIBS)
for place in "$PREFIX" "$BINDIR" "$LIBDIR" "$INCLUDEDIR" "$DATADIR"; do
    case $place in
    /*) ;;
    *) echo "install: $place is not an absolute path" >&2; exit 2 ;;
    esac
done
new=$(mktemp)
trap 'rm -f "$new"' EXIT

# A file to a place: put MODE FROM TO.
put() {
    if [ -n "$remove" ]; then
        rm -f "$DESTDIR$3"
    else
        mkdir -p "$(dirname "$DESTDIR$3")"
        rm -f "$DESTDIR$3" # a program that runs keeps what it has
        install -m "$1" "$2" "$DESTDIR$3"
    fi
}
point() { # TARGET NAME
    if [ -n "$remove" ]; then
        rm -f "$DESTDIR$2"
    else
        ln -sf "$1" "$DESTDIR$2"
    fi
}
fill() { # TEMPLATE LIBRARIES TO
    include=$(realpath -m --relative-to="$LIBDIR" "$INCLUDEDIR")
    sed -e "s|@PREFIX@|$PREFIX|; s|@LIBDIR@|$LIBDIR|; s|@INCLUDEDIR@|$INCLUDEDIR|; s|@VERSION@|$version|" \
        -e "s|@SOVERSION@|$SOVERSION|; s|@MAJOR@|$major|; s|@MINOR@|$minor|; s|@TO_INCLUDE@|$include|" \
        -e "s|@PRIVATE@|$2|" "$1" > "$new"
    put 644 "$new" "$3"
}

put 755 "$COMMAND" "$BINDIR/l2tlb"
put 644 "$BUILT/pic/public/libl2tlb.so.$version" "$LIBDIR/libl2tlb.so.$version"
point "libl2tlb.so.$version" "$LIBDIR/libl2tlb.so.$SOVERSION"
point "libl2tlb.so.$SOVERSION" "$LIBDIR/libl2tlb.so"
put 644 "$BUILT/pic/public/libl2tlb.a" "$LIBDIR/libl2tlb.a"
for h in include/l2tlb/*.h; do
    put 644 "$h" "$INCLUDEDIR/l2tlb/${h##*/}"
done
fill lib/l2tlb.pc.in "$private" "$LIBDIR/pkgconfig/l2tlb.pc"
fill lib/l2tlb-config.cmake.in "$(echo "$private" | tr ' ' ';')" "$LIBDIR/cmake/l2tlb/l2tlb-config.cmake"
fill lib/l2tlb-config-version.cmake.in "" "$LIBDIR/cmake/l2tlb/l2tlb-config-version.cmake"
if [ -n "$remove" ]; then
    rm -f "$DESTDIR$DATADIR"/man/man1/l2tlb.1 "$DESTDIR$DATADIR"/man/man1/l2tlb-*.1
else
    for page in "$BUILT"/man/man1/*.1; do
        put 644 "$page" "$DATADIR/man/man1/${page##*/}"
    done
fi
put 644 "$BUILT/completion/bash/l2tlb" "$DATADIR/bash-completion/completions/l2tlb"
put 644 "$BUILT/completion/zsh/_l2tlb" "$DATADIR/zsh/site-functions/_l2tlb"
for t in traces/captures/*; do
    put 644 "$t" "$DATADIR/l2tlbsim/traces/${t##*/}"
done
[ -z "$remove" ] || for d in "$INCLUDEDIR/l2tlb" "$LIBDIR/cmake/l2tlb" "$DATADIR/l2tlbsim/traces" "$DATADIR/l2tlbsim"; do
    rmdir "$DESTDIR$d" 2> /dev/null || true
done
