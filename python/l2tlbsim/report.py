# SPDX-License-Identifier: MulanPSL-2.0
"""Reports as data: JSON of `l2tlb replay`, `diff`, `compare`, with their tables as DataFrames."""

from __future__ import annotations

import gzip
import json
import lzma
import os
from typing import Any, Mapping, Sequence, Union

from ._core import InputError, Path, c_text, check, ffi, lib, new, pandas

Cell = Union[int, float, str]


class Report:
    """One report (docs/schema/report-1.json).

    >>> r = open_report("run.json")
    >>> r["configuration.preset"]
    'default'
    >>> r.table("latency.by_kind").columns.tolist()[:3]
    ['kind', 'count', 'mean']
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        if not isinstance(data, Mapping) or data.get("schema") != "l2tlbsim-report":
            raise InputError("no report of l2tlb (its schema is not l2tlbsim-report)")
        if data.get("schema_version") != 1:
            raise InputError(f"a report of schema version {data.get('schema_version')}, not 1")
        if not isinstance(data.get("sections"), Mapping):
            raise InputError("a report without sections")
        self.data: dict[str, Any] = dict(data)

    @property
    def title(self) -> str:
        """What the report is of."""
        return str(self.data.get("report", ""))

    @property
    def sections(self) -> dict[str, Any]:
        """Sections by name: title, values, units, tables."""
        return dict(self.data["sections"])

    @property
    def partial(self) -> str | None:
        """Why the run is not whole; None: it is."""
        return self.data.get("partial")

    @property
    def failed(self) -> int:
        """Sums that do not hold."""
        return int(self.data.get("failed", 0))

    def __getitem__(self, name: str) -> Cell:
        """The value "SECTION.KEY", as "summary.latency_mean" or "configuration.llptw.size"."""
        section, _, key = name.partition(".")
        value: Cell = self._section(section)["values"][key]
        return value

    def unit(self, name: str) -> str:
        """The unit of a value, as "cycles"; "": it is a plain number or text."""
        section, _, key = name.partition(".")
        return str(self._section(section)["units"].get(key, ""))

    def _section(self, name: str) -> Any:
        if name not in self.data["sections"]:
            raise KeyError(f"no section {name!r}: {', '.join(self.data['sections'])}")
        return self.data["sections"][name]

    def rows(self, name: str) -> list[dict[str, Cell]]:
        """The table "SECTION.TABLE" as a list of rows."""
        section, _, table = name.partition(".")
        tables = self._section(section)["tables"]
        if table not in tables:
            raise KeyError(f"no table {table!r} in {section!r}: {', '.join(tables) or 'it has none'}")
        return list(tables[table])

    def table(self, name: str) -> Any:
        """The table "SECTION.TABLE" as a DataFrame; empty cells are NaN."""
        return pandas().DataFrame(self.rows(name))

    def tables(self) -> list[str]:
        """Names of all tables."""
        return [f"{s}.{t}" for s, section in self.data["sections"].items() for t in section["tables"]]

    @property
    def summary(self) -> Any:
        """A Series of the values of section "summary": cycles, requests, latency_mean (cycles), refs_per_walk (reads), ..."""
        return pandas().Series(self._section("summary")["values"], dtype=object)

    @property
    def latency(self) -> Any:
        """DataFrame by kind of translation: count, mean, p50, p90, p99, p999, max (cycles from acceptance to answer)."""
        return self.table("latency.by_kind").set_index("kind")

    @property
    def histogram(self) -> Any:
        """DataFrame of the latencies of all requests: from, to (cycles), count, share and below (%)."""
        return self.table("latency.histogram")

    @property
    def causes(self) -> Any:
        """DataFrame of where the cycles of answered requests went, a row per kind of translation and cause: share in %."""
        rows = self.rows("cycles.causes_by_kind")
        return pandas().DataFrame(rows).set_index("kind").T if rows else pandas().DataFrame()

    @property
    def walks(self) -> Any:
        """DataFrame by kind: answers, walks, mean (reads per walk), max_once, theory (reads possible), over, again, max."""
        return self.table("references.per_request").set_index("kind")

    def plot_histogram(self, ax: Any = None) -> Any:
        """Latencies as bars on a logarithmic axis (needs matplotlib); returns the axes."""
        try:
            from matplotlib import pyplot
        except ImportError as e:
            raise ImportError("plots need matplotlib: pip install 'l2tlbsim[plot]'") from e
        ax = ax or pyplot.gca()
        h = self.histogram
        ax.bar(h["from"], h["share"], width=h["to"] - h["from"] + 1, align="edge", edgecolor="white")
        ax.set(xscale="log", xlabel="latency, cycles", ylabel="share of the requests, %", title=self.title)
        return ax

    def __repr__(self) -> str:
        return f"<Report {self.title!r}{', partial' if self.partial else ''}>"


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as e:
        raise InputError(f"{name}: not JSON: {e}") from None


def _read(path: Path) -> str:
    opener: Any = {".gz": gzip.open, ".xz": lzma.open}.get(os.path.splitext(os.fspath(path))[1], open)
    try:
        with opener(path, "rt", encoding="utf-8") as f:
            return str(f.read())
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError) as e:
        raise InputError(f"{os.fspath(path)}: {e}") from e


def open_reports(what: Union[Path, Mapping[str, Any], Sequence[Mapping[str, Any]]]) -> list[Report]:
    """All reports of a file (.json, .json.gz, .json.xz), of a JSON text, or of what json.load() gave."""
    name = "the report"
    if isinstance(what, (str, os.PathLike)):
        if isinstance(what, str) and what.lstrip()[:1] in ("{", "["):
            data = _parse(what, name)
        else:
            name = os.fspath(what)
            data = _parse(_read(what), name)
    else:
        data = what
    many = data if isinstance(data, list) else [data]
    try:
        return [Report(one) for one in many]
    except InputError as e:
        raise InputError(f"{name}: {e}") from None


def open_report(what: Union[Path, Mapping[str, Any]]) -> Report:
    """The only report of a file, a JSON text, or of what json.load() gave."""
    found = open_reports(what)
    if len(found) != 1:
        raise InputError(f"{len(found)} reports, not one: open_reports() reads them")
    return found[0]


class Comparison(Report):
    """Reports side by side, as `l2tlb compare` makes it: which settings differ, by how much the figures do."""

    def __init__(self, data: Mapping[str, Any], texts: Mapping[str, str]) -> None:
        super().__init__(data)
        self._texts = dict(texts)

    @property
    def text(self) -> str:
        """As text."""
        return self._texts["text"]

    @property
    def html(self) -> str:
        """As one HTML page."""
        return self._texts["html"]


def compare(*reports: Any, names: Sequence[str] | None = None) -> Comparison:
    """Compares two or more replays: each a result of replay(), a Report, or what open_report() takes.

    The first is what the others are compared with. Runs that differ in their seeds only are one group: its figures are
    means with the 95 % interval of Student's t, and a difference is called significant by Welch's t test at 5 %.
    """
    c = new(lib.l2tlb_comparison_new, "l2tlb_comparison", lib.l2tlb_comparison_free)
    if names is not None and len(names) != len(reports):
        raise ValueError(f"{len(names)} names for {len(reports)} reports")
    for i, one in enumerate(reports):
        report = one if isinstance(one, Report) else open_report(one)
        name = names[i] if names is not None else chr(ord("a") + i) if i < 26 else f"run {i + 1}"
        status = lib.l2tlb_comparison_add(c, c_text(name), c_text(json.dumps(report.data)))
        check(status, lib.l2tlb_comparison_message(c))
    texts = {}
    for form in ("json", "text", "html"):
        text, length = ffi.new("const char **"), ffi.new("size_t *")
        status = lib.l2tlb_comparison_report(c, form.encode(), text, length)
        check(status, lib.l2tlb_comparison_message(c))
        texts[form] = ffi.buffer(text[0], length[0])[:].decode()
    return Comparison(json.loads(texts.pop("json")), texts)
