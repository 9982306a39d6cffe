// SPDX-License-Identifier: MulanPSL-2.0
// Draws the charts of a report. Each stands behind the table it shows, and its data is in the page as JSON:
// {"kind", "title", "columns": [[id, label]...], "rows": [[...]...]}. Without scripts the tables are all there.
"use strict";
(function () {
  // Okabe and Ito's colours, then Tol's muted ones: the colour-blind can tell them apart; patterns come on top in stacks.
  var COLOURS = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#8c8c8c", "#f0e442",
    "#332288", "#ddcc77", "#882255", "#44aa99", "#aa4499", "#117733", "#999933", "#661100"];
  var ON_DARK = { "#332288": "#8a80dd", "#882255": "#c9598f", "#aa4499": "#cf7cc0", "#117733": "#43b06c", "#661100": "#bf5a40" };
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var drawn = [];

  function text(value) {
    return typeof value === "number" ? value.toLocaleString("en").replace(/,/g, "\u202f") : value;
  }

  function base(spec, ink) {
    return {
      color: COLOURS.map(function (c) { return dark.matches && ON_DARK[c] || c; }), animation: false, textStyle: { color: ink.text, fontFamily: ink.font },
      aria: { enabled: true, label: { description: spec.title } },
      grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
      legend: { type: "scroll", top: 0, textStyle: { color: ink.text }, pageTextStyle: { color: ink.text } },
      tooltip: { trigger: "axis", confine: true, valueFormatter: text, backgroundColor: ink.back,
        textStyle: { color: ink.text } }
    };
  }

  // Many names stand beside the chart, all to be seen, where there is room; else above it, to be leafed through.
  function legend(o, ink) {
    var names = o.series.map(function (s) { return s.name; });
    var widest = names.reduce(function (w, n) { return Math.max(w, n.length); }, 0);
    var room = Math.min(Math.round(widest * 6.5) + 48, Math.round(ink.width * 0.38));
    if (names.length < 6 || ink.width < 500)
      return o;
    o.legend = { type: "scroll", orient: "vertical", right: 0, top: 8, bottom: 8, itemGap: 4, itemHeight: 11, data: names,
      textStyle: { color: ink.text, fontSize: 11, width: room - 40, overflow: "truncate" },
      pageTextStyle: { color: ink.text }, tooltip: { show: true } };
    o.grid.right = room + 8;
    o.grid.top = 16;
    return o;
  }

  function axis(ink, more) {
    return Object.assign({ nameLocation: "middle", nameGap: 28, axisLabel: { color: ink.text, formatter: more.type === "category" ? undefined : text },
      nameTextStyle: { color: ink.text }, splitLine: { lineStyle: { color: ink.line } },
      axisLine: { lineStyle: { color: ink.line } } }, more);
  }

  // Whole powers of ten on the left, the data's end on the right.
  function logarithmic(ink, name) {
    return axis(ink, { type: "log", name: name, max: "dataMax",
      min: function (v) { return Math.pow(10, Math.floor(Math.log10(v.min))); },
      axisLabel: { color: ink.text, formatter: text, showMaxLabel: false } });
  }

  function column(spec, id) {
    return spec.columns.findIndex(function (c) { return c[0] === id; });
  }

  // The first column against the bar column.
  function bars(spec, ink) {
    var o = base(spec, ink);
    var numeric = spec.columns.map(function (c, i) { return i; }).filter(function (i) {
      return i > 0 && spec.rows.some(function (r) { return typeof r[i] === "number"; });
    });
    if (spec.bar >= 0)
      numeric = [spec.bar];
    o.xAxis = axis(ink, { type: "category", data: spec.rows.map(function (r) { return String(r[0]); }), name: spec.columns[0][1] });
    o.yAxis = axis(ink, { type: "value" });
    o.grid.bottom = 28;
    o.series = numeric.map(function (i) {
      return { type: "bar", name: spec.columns[i][1], data: spec.rows.map(function (r) { return r[i]; }) };
    });
    return o;
  }

  // The first column against all others, stacked: bars for names, areas for cycles.
  function stack(spec, ink) {
    var o = base(spec, ink), time = spec.rows.length && typeof spec.rows[0][0] === "number";
    o.aria.decal = { show: true };
    o.tooltip.order = "valueDesc";
    var used = spec.columns.map(function (c, i) { return i; }).slice(1).filter(function (i) {
      return spec.rows.some(function (r) { return r[i] > 0; });
    });
    var names = axis(ink, { type: "category", data: spec.rows.map(function (r) { return text(r[0]); }), name: time ? spec.columns[0][1] : "" });
    o.xAxis = time ? names : axis(ink, spec.title.indexOf("%") < 0 ? { type: "value" } : { type: "value", max: 100, name: "%" });
    o.yAxis = time ? axis(ink, { type: "value" }) : Object.assign(names, { inverse: true });
    o.grid.bottom = 28;
    o.grid.top = time ? 40 : 64;
    o.series = used.map(function (i) {
      var s = { type: time ? "line" : "bar", stack: "all", name: spec.columns[i][1],
        data: spec.rows.map(function (r) { return r[i]; }) };
      return time ? Object.assign(s, { areaStyle: {}, symbol: "none", lineStyle: { width: 1 } }) : s;
    });
    return legend(o, ink);
  }

  // Curves over the run, those of one kind in one picture.
  var PANELS = [
    ["Latency of requests, cycles", ["latency_mean", "latency_p50", "latency_p99"]],
    ["Requests and memory reads", ["requests", "reads", "faults", "flushed"]],
    ["Hits in the PageCache and misses in L1, %", ["hit_rate", "g_hit_rate", "l1_miss_rate"]],
    ["Busy, % of the cycles", ["ptw_share", "hptw_share"]],
    ["In use, mean", ["llptw_mean", "missq_mean", "outstanding_mean"]],
    ["Pages touched for the first time", ["new_pages"]]
  ];
  function panel(spec, ink, which) {
    var o = base(spec, ink), x = 0;
    o.xAxis = axis(ink, { type: "value", name: spec.columns[0][1], min: "dataMin", max: "dataMax" });
    o.yAxis = axis(ink, { type: "value" });
    o.grid.bottom = 28;
    o.series = which.map(function (id) { return column(spec, id); }).filter(function (i) {
      return i > 0 && spec.rows.some(function (r) { return r[i] > 0; });
    }).map(function (i) {
      return { type: "line", symbol: "none", connectNulls: true, name: spec.columns[i][1],
        data: spec.rows.map(function (r) { return [r[x], r[i]]; }) };
    });
    return o;
  }

  // Counts of buckets by their true widths: height is the share per doubling of the latency.
  function histogram(spec, ink) {
    var o = base(spec, ink), density = [], below = [];
    spec.rows.forEach(function (r) {
      var from = Math.max(r[0], 0.5), to = r[1] + 1;
      var height = r[3] / (Math.log2(to) - Math.log2(from));
      density.push([from, height], [to, height]);
      below.push([to, r[4]]);
    });
    o.xAxis = logarithmic(ink, "cycles");
    o.yAxis = [axis(ink, { type: "value", name: "% per doubling", nameGap: 36 }),
      axis(ink, { type: "value", name: "% up to here", max: 100, nameGap: 36, splitLine: { show: false } })];
    o.grid.bottom = 28; o.grid.left = o.grid.right = 28;
    o.series = [
      { type: "line", name: "share", symbol: "none", data: density, areaStyle: { opacity: 0.35 }, lineStyle: { width: 1 } },
      { type: "line", name: "up to here", symbol: "none", yAxisIndex: 1, data: below }];
    return o;
  }

  // series, value, share up to here.
  function cumulated(spec, ink) {
    var o = base(spec, ink), names = [], curves = {};
    spec.rows.forEach(function (r) {
      if (!curves[r[0]]) { curves[r[0]] = [[Math.max(r[1], 1), 0]]; names.push(r[0]); }
      curves[r[0]].push([Math.max(r[1], 1), r[2]]);
    });
    o.tooltip.trigger = "item";
    o.xAxis = logarithmic(ink, spec.columns[1][1]);
    o.yAxis = axis(ink, { type: "value", max: 100, name: spec.columns[2][1], nameGap: 36 });
    o.grid.bottom = 28; o.grid.left = 28;
    o.series = names.map(function (n, i) {
      return { type: "line", name: n, step: "end", symbol: "none", data: curves[n],
        lineStyle: { type: ["solid", "dashed", "dotted"][Math.floor(i / COLOURS.length) % 3] } };
    });
    legend(o, ink);
    if (spec.marks.length && o.series.length) {
      o.grid.top += 16;
      o.series[0].markLine = { symbol: "none", silent: true, lineStyle: { color: ink.text, type: "dashed" },
        data: spec.marks.map(function (m) {
          return { xAxis: m[0], label: { formatter: m[1] + " " + text(m[0]), color: ink.text } };
        }) };
    }
    return o;
  }

  // series, x, y, name: dots; those of the series `front` are joined.
  function scatter(spec, ink) {
    var o = base(spec, ink), names = [];
    spec.rows.forEach(function (r) { if (names.indexOf(r[0]) < 0) names.push(r[0]); });
    o.tooltip.trigger = "item";
    o.tooltip.formatter = function (p) {
      return [p.data[2], spec.columns[1][1] + " " + text(p.data[0]), spec.columns[2][1] + " " + text(p.data[1])]
        .map(echarts.format.encodeHTML).join("<br>");
    };
    o.xAxis = axis(ink, { type: "value", scale: true, name: spec.columns[1][1] });
    o.yAxis = axis(ink, { type: "value", scale: true, name: spec.columns[2][1], nameGap: 44 });
    o.grid.bottom = 28; o.grid.left = 36;
    o.series = names.map(function (n) {
      return { type: n === "front" ? "line" : "scatter", name: n, symbolSize: n === "front" ? 9 : 6, z: n === "front" ? 3 : 2,
        symbol: n === "front" ? "diamond" : "circle",
        data: spec.rows.filter(function (r) { return r[0] === n; }).map(function (r) { return [r[1], r[2], r[3]]; }) };
    });
    return o;
  }

  function bytes(kib) {
    return kib < 1024 ? text(kib) + " KiB" : kib < 1048576 ? text(+(kib / 1024).toPrecision(3)) + " MiB" : text(+(kib / 1048576).toPrecision(3)) + " GiB";
  }

  // What the tables cover beside what was touched, in their blocks.
  function reach(spec, ink) {
    var o = base(spec, ink);
    o.xAxis = axis(ink, { type: "category", data: spec.rows.map(function (r) { return r[0]; }) });
    o.yAxis = axis(ink, { type: "log", logBase: 32, axisLabel: { color: ink.text, formatter: bytes } });
    o.tooltip.valueFormatter = bytes;
    o.series = ["reach_kib", "footprint_kib"].map(function (id) {
      var i = column(spec, id);
      return { type: "bar", name: spec.columns[i][1].replace(" KiB", ""), data: spec.rows.map(function (r) { return r[i]; }) };
    });
    return o;
  }

  var KINDS = { bars: bars, stack: stack, hist: histogram, cdf: cumulated, scatter: scatter, reach: reach };

  function ink(box) {
    var s = getComputedStyle(document.documentElement);
    return { width: box.clientWidth, font: getComputedStyle(document.body).fontFamily, text: s.getPropertyValue("--ink").trim(), line: s.getPropertyValue("--line").trim(), back: s.getPropertyValue("--card").trim() };
  }

  function place(after, label, option) {
    var box = document.createElement("div");
    box.className = "chart";
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", label + ". The table below holds the numbers.");
    after.appendChild(box);
    var chart = echarts.init(box, null, { renderer: "svg" });
    chart.setOption(option(ink(box)));
    drawn.push({ chart: chart, box: box, option: option });
  }

  function draw(script) {
    var spec = JSON.parse(script.textContent), figure = script.parentNode, to = figure.querySelector(".charts");
    if (!spec.rows.length)
      return;
    if (spec.kind === "time") {
      to.className += " pair";
      PANELS.forEach(function (p) {
        var part = document.createElement("div"), head = document.createElement("h3");
        if (!panel(spec, ink(to), p[1]).series.length)
          return;
        head.textContent = p[0];
        part.appendChild(head);
        to.appendChild(part);
        place(part, p[0], function (ink) { return panel(spec, ink, p[1]); });
      });
    } else if (KINDS[spec.kind]) {
      place(to, spec.title, function (ink) { return KINDS[spec.kind](spec, ink); });
    }
  }

  document.querySelectorAll("script.chart-data").forEach(draw);
  function again() {
    drawn.forEach(function (d) { d.chart.resize(); d.chart.setOption(d.option(ink(d.box)), true); });
  }
  window.addEventListener("resize", again);
  dark.addEventListener("change", again);
  window.addEventListener("beforeprint", again);
  document.documentElement.dataset.charts = String(drawn.length);
})();
