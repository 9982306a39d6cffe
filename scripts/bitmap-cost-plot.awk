# SPDX-License-Identifier: MulanPSL-2.0
# cost.csv of scripts/bitmap-cost.sh as a picture (SVG): overhead over the words of the BitmapCache,
# 4-KiB pages, errata as in the RTL; one panel per revision and number of stages.
BEGIN { FS = ","; split("#1b6ca8 #d1495b #3a7d44 #8d5a97 #b8860b", colour, " ") }
NR == 1 || $2 != "as-rtl" || $4 != "4k" || $6 == "off" { next }
{
    panel = $1 ", " ($3 == "one" ? "one stage" : "two stages")
    if (!(panel in panels)) { panels[panel] = ++np; title[np] = panel }
    if (!($5 in traces)) { traces[$5] = ++nt; name[nt] = $5 }
    if (!($6 in words)) { words[$6] = ++nw; label[nw] = $6 }
    v[panels[panel], traces[$5], words[$6]] = $8
    if ($8 > top[panels[panel]]) top[panels[panel]] = $8
    if ($8 < bottom[panels[panel]]) bottom[panels[panel]] = $8
}
function x(i) { return 60 + (nw > 1 ? (i - 1) * 250 / (nw - 1) : 0) }
function y(p, value) { return 190 - 150 * (value - bottom[p]) / (top[p] - bottom[p]) }
END {
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 500\" font-family=\"sans-serif\" font-size=\"11\">"
    for (p = 1; p <= np; p++) {
        if (top[p] <= bottom[p]) top[p] = bottom[p] + 1
        printf "<g transform=\"translate(%d %d)\">\n", (p - 1) % 2 * 360, int((p - 1) / 2) * 230
        printf "<text x=\"60\" y=\"24\" font-size=\"13\">%s</text>\n", title[p]
        for (t = 0; t <= 4; t++) {
            value = bottom[p] + t * (top[p] - bottom[p]) / 4
            printf "<path d=\"M60 %.1fH310\" stroke=\"#ddd\"/><text x=\"54\" y=\"%.1f\" text-anchor=\"end\">%.1f %%</text>\n", y(p, value), y(p, value) + 4, value
        }
        for (i = 1; i <= nw; i++)
            printf "<text x=\"%.1f\" y=\"206\" text-anchor=\"middle\">%s</text>\n", x(i), label[i]
        for (t = 1; t <= nt; t++) {
            printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour[t]
            for (i = 1; i <= nw; i++)
                printf "%.1f,%.1f ", x(i), y(p, v[p, t, i])
            print "\"/>"
        }
        print "</g>"
    }
    for (t = 1; t <= nt; t++)
        printf "<text x=\"%d\" y=\"490\" fill=\"%s\">%s</text>\n", 60 + (t - 1) * 110, colour[t], name[t]
    print "<text x=\"60\" y=\"472\">overhead in cycles over words of the BitmapCache; each panel has its own scale</text></svg>"
}
