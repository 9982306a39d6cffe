# SPDX-License-Identifier: MulanPSL-2.0
# cost.csv of scripts/bitmap-cost.sh as Markdown: one table of overheads per revision and errata.
BEGIN { FS = "," }
NR == 1 { next }
{
    row = $3 "," $4 "," $5
    group = $1 "," $2
    if (!(group in groups)) { groups[group] = 1; order[++n] = group }
    if (!((group, row) in seen)) { seen[group, row] = 1; rows[group, ++count[group]] = row }
    if (!($6 in words)) { words[$6] = 1; list[++w] = $6 }
    over[group, row, $6] = $8
    check[group, row, $6] = $12
    rate[group, row, $6] = $13
    cycles[group, row, $6] = $7
}
END {
    for (g = 1; g <= n; g++) {
        split(order[g], p, ",")
        printf "\n### %s, errata %s\n\n| stages | pages | trace | cycles off |", p[1], p[2]
        for (i = 2; i <= w; i++)
            printf " %s words |", list[i]
        printf "\n|---|---|---|---|"
        for (i = 2; i <= w; i++)
            printf "---|"
        print ""
        for (r = 1; r <= count[order[g]]; r++) {
            row = rows[order[g], r]
            split(row, q, ",")
            printf "| %s | %s | %s | %d |", q[1], q[2], q[3], cycles[order[g], row, "off"]
            for (i = 2; i <= w; i++)
                printf " %s %% / %s / %s %% |", over[order[g], row, list[i]],
                       check[order[g], row, list[i]], rate[order[g], row, list[i]]
            print ""
        }
    }
}
