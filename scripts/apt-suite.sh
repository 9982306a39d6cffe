#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Entries of apt for another suite, from those of this machine: scripts/apt-suite.sh SUITE also|only ARCHITECTURE FOLDER
# also: this machine's own suite stays beside it. ARCHITECTURE: - for this machine's. Files go to FOLDER.
# Status: 0 there is one, 1 there is none, 2 bad usage.
set -eu
[ $# -eq 4 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
now=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
[ -n "$now" ] || { echo "apt-suite: this machine's suite is not known (/etc/os-release)" >&2; exit 1; }
for f in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$f" ] || sed '/^#/d' "$f" | awk -v now="$now" -v suite="$1" -v how="$2" -v arch="$3" '
        BEGIN { RS = ""; FS = "\n"; ORS = "\n\n" }
        $0 ~ "(^|\n)Suites:([^\n]* )?" now "( |\n|$)" && /(^|\n)Types:[^\n]*deb( |\n|$)/ {
            text = "Types: deb"
            for (i = 1; i <= NF; i++)
                if ($i ~ /^Suites:/) text = text "\nSuites: " suite (how == "also" ? substr($i, 8) : "")
                else if ($i !~ /^(Types|Architectures):/) text = text "\n" $i
            print text (arch == "-" ? "" : "\nArchitectures: " arch) }' > "$4/$(basename "$f")"
done
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -f "$f" ] || awk -v now="$now" -v suite="$1" -v how="$2" -v arch="$3" '
        $1 == "deb" { line = $0
            if (!sub(" " now " ", " " suite " ", line)) next
            if (arch != "-") { if (!sub(/^deb +\[/, "deb [arch=" arch " ", line)) sub(/^deb /, "deb [arch=" arch "] ", line) }
            print line
            if (how == "also") print }' "$f" > "$4/$(basename "$f" .list).list"
done
find "$4" -type f -size 0 -delete
[ -n "$(find "$4" -type f)" ]
