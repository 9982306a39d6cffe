# SPDX-License-Identifier: MulanPSL-2.0
"""Replays, reports, comparisons: the same as those of the command."""
import gzip
import json
import os
import signal
import subprocess
import threading
import time

import numpy as np
import pytest

import l2tlbsim as l2


@pytest.fixture(scope="module")
def two(capture):
    """A replay with its requests."""
    return l2.replay(capture, world={"stages": "two"}, requests=True, interval=10000)


def test_equals_the_command(command, capture, two, tmp_path):
    """The JSON report, and the rows of --requests."""
    out, rows = tmp_path / "r.json", tmp_path / "rows.csv"
    subprocess.run(
        [
            command,
            "replay",
            "--quiet",
            "--world",
            "stages=two",
            "--interval",
            "10000",
            "--requests",
            rows,
            "--report",
            f"json={out}",
            capture,
        ],
        check=True,
    )
    want = json.loads(out.read_text())
    got = json.loads(two.text("json"))
    for report in (want, got):
        del report["sections"]["run"]["values"]["version"]
    assert got == want and two.data["sections"]["summary"] == want["sections"]["summary"]
    lines = [line.split(",") for line in rows.read_text().splitlines() if not line.startswith("#")]
    head = lines[0]
    latency = [int(line[head.index("latency")]) for line in lines[1:]]
    assert latency == two.request_rows["latency"].tolist()


@pytest.mark.parametrize(
    "name, options, flags",
    [
        ("graph_aarch64", {"arch": "aarch64"}, ["--arch", "aarch64"]),
        ("kvm", {"config": {"revision": "2026-03"}, "oracle": True}, ["--set", "revision=2026-03", "--oracle"]),
    ],
)
def test_other_captures_equal_the_command(command, root, name, options, flags, tmp_path):
    path, out = f"{root}/traces/captures/{name}.gvt.gz", tmp_path / "r.json"
    flags = ["--roi", "0:60000", *flags]
    subprocess.run([command, "replay", "--quiet", *flags, "--report", f"json={out}", path], check=True)
    r = l2.replay(path, roi_from=0, roi_to=60000, **options)
    want = json.loads(out.read_text())
    del want["sections"]["run"]["values"]["version"], r.data["sections"]["run"]["values"]["version"]
    assert r.data == want


def test_figures_and_frames(two):
    f = two.figures
    assert f.whole and f.checks > 20 and f.checks_failed == 0 and f.accesses == 540_000
    assert f.latency.count == sum(f.answered) == len(two.request_rows) == two["summary.answers"]
    assert f.latency.sum == int(two.request_rows["latency"].sum())
    assert round(f.latency.mean, 2) == two["summary.latency_mean"]
    assert sum(f.causes["two-stage"].values()) == f.latency.sum
    assert two.latency.loc["all", "p99"] == f.latency.p99 and two.latency.loc["all", "count"] == f.latency.count
    assert abs(two.causes.iloc[:, 0].sum() - 100) < 0.1
    assert two.walks.iloc[0]["theory"] == 15 and two.histogram["count"].sum() == f.latency.count
    frame = two.requests
    causes = [c for c in l2.causes()]
    assert (frame[causes].sum(axis=1) == frame["latency"]).all()
    assert set(frame["kind"].unique()) == {"two-stage"} and frame["path"].notna().all()
    assert two.table("phases.figures")["accesses"].sum() == 540_000
    assert two.summary["cycles"] == f.cycles and two.unit("summary.latency_mean") == "cycles"
    assert "l2tlb replay of" in two.text() and "<html" in two.text("html") and "latency.by_kind" in two.tables()
    assert "requests" in repr(two)


def test_progress_and_cancel(capture):
    seen = []
    with pytest.raises(l2.CancelledError) as e:
        l2.replay(capture, requests=True, progress=lambda *a: seen.append(a) or len(seen) > 5)
    assert len(seen) >= 6 and 0 < e.value.result.figures.records < 540_000 and e.value.result.partial
    with pytest.raises(ZeroDivisionError):
        l2.replay(capture, progress=lambda *a: 1 / 0)


def test_control_c(capture):
    """An interrupt ends a replay."""
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        l2.replay(capture, "minimal", no_skip=True)
        time.sleep(60)  # where the replay was faster
    timer.join()


def test_bad_replays(capture, tmp_path):
    with pytest.raises(l2.InputError, match="/no/such"):
        l2.replay("/no/such")
    with pytest.raises(l2.InputError):
        l2.replay(tmp_path)
    for options in (
        {"speed": 1},
        {"seed": -1},
        {"oracle": "maybe"},
        {"world": {"stages": "five"}},
        {"memory": {"lat": 0}},
        {"config": "huge"},
        {"config": {"llptw.size": 0}},
        {"roi_from": 9, "roi_to": 9},
    ):
        with pytest.raises(l2.SettingError):
            l2.replay(capture, **options)
    r = l2.replay(capture, "minimal", roi_to=100)
    with pytest.raises(ValueError, match="requests=True"):
        r.requests
    with pytest.raises(l2.SettingError, match="pdf"):
        r.text("pdf")
    with pytest.raises(KeyError):
        r["summary.speed"]
    with pytest.raises(KeyError, match="no section"):
        r["speed.x"]
    with pytest.raises(KeyError, match="no table"):
        r.table("summary.x")


def test_reports_of_files(two, tmp_path):
    plain, packed = tmp_path / "r.json", tmp_path / "r.json.gz"
    plain.write_text(two.text("json"))
    with gzip.open(packed, "wt") as f:
        f.write("[" + two.text("json") + "," + two.text("json") + "]")
    r = l2.open_report(plain)
    assert r.data == two.data and r.latency.equals(two.latency) and r.failed == 0 and r.partial is None
    assert len(l2.open_reports(packed)) == 2 and l2.open_report(two.text("json"))["summary.cycles"] == two.figures.cycles
    with pytest.raises(l2.InputError, match="2 reports"):
        l2.open_report(packed)
    other = dict(two.data, schema_version=2)
    for bad in ("{", "{}", json.dumps(other), {"schema": "l2tlbsim-report", "schema_version": 1}, "[]", "[1]", "/no/such"):
        with pytest.raises(l2.InputError):
            l2.open_report(bad)
    plain.write_bytes(b"\xff\xfe")
    packed.write_bytes(packed.read_bytes()[:50])
    for path in (plain, packed, tmp_path):
        with pytest.raises(l2.InputError):
            l2.open_report(path)


def test_compare(command, two, capture, tmp_path):
    other = l2.replay(capture, {"revision": "2026-03"}, world={"stages": "two"}, interval=10000)
    c = l2.compare(two, other, names=["a", "b"])
    files = []
    for name, r in (("a", two), ("b", other)):
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(r.text("json"))
    done = subprocess.run([command, "compare", "--report", "json", *files], check=True, stdout=subprocess.PIPE)
    assert c.data == json.loads(done.stdout)
    assert "revision" in c.text and "<html" in c.html and "differing" not in c.title
    assert any("revision" in json.dumps(c.rows(t)) for t in c.tables())
    assert l2.compare(files[0], files[1], two).data["schema"] == "l2tlbsim-report"
    with pytest.raises(l2.OrderError, match="one run alone"):
        l2.compare(two)
    with pytest.raises(l2.InputError):
        l2.compare(two, "{}")
    with pytest.raises(ValueError, match="names"):
        l2.compare(two, other, names=["a"])
    with pytest.raises(l2.OrderError, match="too many"):
        l2.compare(*[two.data] * 41)


def test_plot(two):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axes = two.plot_histogram()
    assert len(axes.patches) == len(two.histogram) and axes.get_xscale() == "log"


def test_no_globals(capture):
    """Two replays at once, in threads, are what they are alone."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda p: l2.replay(capture, p, roi_to=20000).figures, ["minimal", "default"]))
    assert both[0] == l2.replay(capture, "minimal", roi_to=20000).figures and both[0] != both[1]
    assert np.uint64(1) == 1
