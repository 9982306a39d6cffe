# SPDX-License-Identifier: MulanPSL-2.0
# cost.csv of scripts/mpt-cost.sh as a table (form=md) or a picture (form=svg): means over the seeds.
BEGIN {
    FS = ","
    split("added latency_mean requests reads faulting", figure, " ")
    split("none bitmap mpt-4k mpt-64k mpt-2m mpt-1g", kinds, " ")
    split("#7f7f7f #b8860b #d1495b #1b6ca8 #3a7d44 #8d5a97", colour, " ")
}
NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
{
    name = $column["trace"]
    gsub(/.*\/|\.gvt.*/, "", name)
    if (!(name in seen)) { seen[name] = 1; trace[++traces] = name }
    key = name SUBSEP $column["errata"] SUBSEP $column["isolation"]
    n[key]++
    for (f = 1; f <= 5; f++) sum[key, f] += $column[figure[f]]
}
function mean(key, f) { return sum[key, f] / n[key] }
function table(errata,    t, k, key, none) {
    print "| trace | isolation | cycles added per access | against none | mean latency | requests | reads | refused |"
    print "|---|---|---|---|---|---|---|---|"
    for (t = 1; t <= traces; t++)
        for (k = 1; k <= 6; k++) {
            key = trace[t] SUBSEP errata SUBSEP kinds[k]
            if (!n[key]) continue
            none = mean(trace[t] SUBSEP errata SUBSEP "none", 1)
            printf "| %s | %s | %.2f | %+.0f %% | %.1f | %.0f | %.0f | %.0f |\n", trace[t], kinds[k], mean(key, 1), \
                100 * (mean(key, 1) / none - 1), mean(key, 2), mean(key, 3), mean(key, 4), mean(key, 5)
        }
}
function bars(    t, k, key, none, value, y) {
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 " 40 + 110 * traces "\" font-family=\"sans-serif\" font-size=\"11\">"
    print "<text x=\"20\" y=\"18\" font-size=\"13\">Cycles that translation adds per access, against no isolation; all errata fixed</text>"
    for (t = 1; t <= traces; t++) {
        y = 45 + (t - 1) * 110
        none = mean(trace[t] SUBSEP "fixed" SUBSEP "none", 1)
        printf "<text x=\"20\" y=\"%d\" font-size=\"12\">%s</text>\n", y, trace[t]
        for (k = 1; k <= 6; k++) {
            key = trace[t] SUBSEP "fixed" SUBSEP kinds[k]
            if (!n[key]) continue
            value = mean(key, 1) / none
            y += 14
            printf "<text x=\"80\" y=\"%d\" text-anchor=\"end\">%s</text>", y, kinds[k]
            printf "<rect x=\"86\" y=\"%d\" width=\"%.1f\" height=\"11\" fill=\"%s\"/>", y - 9, 240 * value, colour[k]
            printf "<text x=\"%.1f\" y=\"%d\">%.2f (%.2f)</text>\n", 91 + 240 * value, y, value, mean(key, 1)
        }
    }
    print "</svg>"
}
END {
    if (form == "svg") { bars(); exit }
    print "All errata fixed:\n"
    table("fixed")
    print "\nAs in the RTL:\n"
    table("as-rtl")
}
