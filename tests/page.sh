#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# HTML reports in a real browser (Debian's chromium, headless): every chart is drawn, nothing complains, nothing
# is loaded from outside. tests/page.sh [COMMAND]; status 77 where there is no browser.
command -v chromium >/dev/null || { echo "page: there is no chromium" >&2; exit 77; }
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

# page FILE WIDTH: dom and console
page() {
    timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$DIR/profile" \
        --window-size="$2",2000 --virtual-time-budget=20000 --enable-logging=stderr --dump-dom "file://$DIR/$1" \
        >dom 2>console
    grep 'CONSOLE' console >err
    cp dom out
}
quiet() { if [ -s err ]; then fail "$1" "the console complains"; else pass; fi; }
# charts NAME LEAST: so many pictures with something in them
charts() {
    n=$(grep -o 'data-charts="[0-9]*"' dom | tr -dc 0-9)
    drawn=$(grep -o '<svg' dom | wc -l)
    if [ "${n:-0}" -ge "$2" ] && [ "$drawn" -ge "$2" ]; then pass; else fail "$1" "${n:-no} charts, $drawn pictures"; fi
}

capture=$ROOT/traces/captures/database.gvt.gz
good html "$L2TLB" replay --world stages=two --report html -o two.html "$capture"
page two.html 1280
quiet 'two stages'
charts 'two stages' 10
has 'chart for screen readers' 'role="img" aria-label="[A-Z]'
has 'numbers below each chart' '<summary>The numbers</summary>'
has 'heat map' 'background:rgba\(var\(--heat\)'
page two.html 380
quiet 'a telephone'
charts 'a telephone' 10
good 'reuse' "$L2TLB" replay --world stages=two --reuse --report html -o reuse.html "$capture"
page reuse.html 1280
quiet 'reuse'
charts 'reuse' 13
has 'the reach is marked' '>L0 128<'
good 'runs compared' "$L2TLB" diff-revisions --world stages=two --report html -o diff.html "$capture"
page diff.html 1280
quiet 'runs compared'
charts 'runs compared' 2
good 'two reports' "$L2TLB" replay --report html --world stages=one -o both.html "$capture" "$capture"
page both.html 1280
quiet 'two reports'
charts 'two reports' 18

printf '[study]\ntraces = t.gvt\n[vary]\nllptw.size = 2, 4, 6\nmem.lat = 100, 200\n' >s.ini
{
    printf 'GVT 1\nisa riscv64\nkind port\naddress virtual\ntables built\nrun\n'
    i=0
    while [ $i -lt 200 ]; do
        printf 'q %d %x %d @%d +7\n' $((i % 2)) $((4096 + i * i % 977)) $((i % 4)) $((100 + 61 * i))
        i=$((i + 1))
    done
} >t.gvt
good study "$L2TLB" study s.ini
good 'study: html' "$L2TLB" study report s.ini --report html -o s.html
page s.html 1280
quiet study
charts study 2
has 'study: heat map' 'background:rgba\(var\(--heat\)'

# what is in the page stays in the page: outside of the library no address, no source of anything
if sed 's/<script>.*//' two.html | grep -nE '(src|href)="?(https?:)?//' >err; then fail 'from outside' "something is loaded"; else pass; fi

# the checks can fail: a chart without its data, a script that breaks
sed 's/{"kind":"hist"/{"kind":hist/' two.html >broken.html
page broken.html 1280
if [ -s err ]; then pass; else fail 'broken data' "the console says nothing"; fi
sed 's/class=chart-data/class=gone/' two.html >empty.html
page empty.html 1280
if grep -q 'data-charts="0"' dom; then pass; else fail 'no data' "charts all the same"; fi

# the library is the one that its page names
if (cd "$ROOT/third_party/echarts" && sha256sum -c --quiet SHA256SUMS) >out 2>err; then pass; else fail library "its checksum differs"; fi
sed 's/./x/' "$ROOT/third_party/echarts/echarts.common.min.js" >echarts.common.min.js
if sha256sum -c --quiet "$ROOT/third_party/echarts/SHA256SUMS" >out 2>err; then fail library "a change is not noticed"; else pass; fi
finish
