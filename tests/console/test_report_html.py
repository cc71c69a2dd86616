"""The report as one HTML page: whole in itself, true to the session, and harmless whatever a driver says."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.cli import main
from paragon_tui.console.svg_plot import HEIGHT, WIDTH, Curve, Point, plot
from paragon_tui.sessions import paths
from paragon_tui.sessions.session_lookup import open_session
from tests.console.conftest import QUICK
from tests.support.documents import Document, failed, numpy, rated, result, times, write_session

pytestmark = pytest.mark.usefixtures("folder")

_EMPTY = {"meta", "path", "rect", "br", "circle"}
_EVIL = "<script>alert(1)</script> & \"GPU\" 'x' </td>"


class Page(HTMLParser):
    """A page: its elements, the texts of its cells by row, and whether every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.rows and self.open and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def count(self, tag: str, **attributes: str) -> int:
        return sum(name == tag and attributes.items() <= found.items() for name, found in self.elements)


def told(capsys: pytest.CaptureFixture[str], *results: Document) -> tuple[str, Page]:
    """Return the page of a session with these results, as text and taken apart."""
    assert main(["report", write_session("a.json", *results), "--format", "html"]) == 0
    text = capsys.readouterr().out
    return text, Page(text)


def sized(case: str, operations: int, adapter: str, ms: float, width: float | None = 0.002) -> Document:
    facts: dict[str, Any] = {"operation": "network", "operations": operations, "latency_ms": times(ms, width)}
    return numpy(case, **facts) if adapter == "numpy" else result(case, adapter, **facts)


def test_a_session_stands_there_in_the_cells_of_the_interface(capsys: pytest.CaptureFixture[str]) -> None:
    _, page = told(capsys, numpy("S1"), rated(2.0, "S1"), numpy("S2"), failed("S2"))
    assert ["case", "numpy", "opencl:0"] in page.rows
    cells = [[" ".join(cell.split()) for cell in row] for row in page.rows]
    assert ["S1", "1.00 ms ≠", "500 µs 2.0×↑★✓"] in cells
    assert ["S2", "1.00 ms ≠", "✗ failed"] in cells
    assert "3 of 4 results measured on Example CPU, " in page.text
    assert "1 of 1 that claim the reference’s bits have them." in page.text
    assert "the driver said no" in page.text
    assert all(mark in page.text for mark in ("What the marks mean", "half of the 95 % interval of the median"))
    assert "Conditions" in page.text and "paragon-tui 0.1.0" in page.text


def test_ratios_have_intervals_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    _, page = told(capsys, numpy("S1"), rated(2.0, "S1"))
    (row,) = [row for row in page.rows if row[0] == "S1" and "faster" in row[2]]
    assert "2.00× [2, 2]" in row[2] and "±0.2 %" in row[2] and "500 µs" in row[2]


def test_bits_that_break_a_claim_are_said_first(capsys: pytest.CaptureFixture[str]) -> None:
    text, page = told(capsys, numpy("S1"), rated(2.0, "S1", bit_identical=False))
    assert "<strong class='wrong'>2 of 2 results measured" in text and "0 of 1 that claim" in text
    assert "2.0×" not in page.text  # what is wrong is not fast


def test_time_against_size_is_a_curve_for_each_adapter(capsys: pytest.CaptureFixture[str]) -> None:
    adapters = ("numpy", "opencl:0", "vulkan:0")
    sizes = (("S1", 10**5), ("M1", 10**6), ("XL1", 10**8))
    results = [sized(case, size, adapter, size / 1e6, 0.3) for case, size in sizes for adapter in adapters]
    _, page = told(capsys, *results)
    assert page.count("svg", **{"class": "plot"}) == 1 and page.count("figure") == 1
    assert page.count("path", **{"class": "line"}) == 2 * len(adapters)  # and in the legend
    assert page.count("path", **{"class": "bar"}) == page.count("title") - 1 == len(results)
    assert page.text.count("S1 on opencl:0: 100 µs ±30.0 %") == 1


def test_one_size_has_no_plot(capsys: pytest.CaptureFixture[str]) -> None:
    _, page = told(capsys, numpy("S1"), rated(2.0, "S1"))
    assert page.count("svg") == 0


def test_many_sections_have_links_to_them(capsys: pytest.CaptureFixture[str]) -> None:
    _, page = told(capsys, numpy("S1"), rated(2.0, "S1"))
    assert page.count("nav") == 0
    operations = [rated(2.0, f"{name}-1k", operation=name, size="1k") for name in ("add", "dot", "exp", "ln", "sum")]
    _, page = told(capsys, *operations)
    targets = [found["id"] for name, found in page.elements if name == "section" and "id" in found]
    assert [found["href"] for name, found in page.elements if name == "a"] == [f"#{target}" for target in targets]
    assert len(targets) == len(set(targets)) >= 10


def test_what_drivers_say_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    changes: dict[str, Any] = {"adapter_name": _EVIL, "driver": _EVIL, "size": _EVIL, "operation": "network"}
    one, other = result("S1", **changes), result("S2", **changes, operations=10**9, status="failed", error=_EVIL)
    text, page = told(capsys, one, other | {"latency_ms": None})
    assert "<script" not in text and page.count("script") == 0
    assert page.text.count("<script>alert(1)</script>") >= 3


def test_the_page_needs_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    text, page = told(capsys, numpy("S1"), rated(2.0, "S1"))
    assert not re.search(r"https?:|url\(|@import|<link|<img|<script", text)
    assert {name for _, found in page.elements for name in found} & {"src", "href", "onclick", "onload"} == set()
    assert "prefers-color-scheme: dark" in text and "default-src 'none'" in text


def test_every_figure_of_a_plot_is_within_it_and_its_labels_are_round() -> None:
    points = tuple(Point(10.0**n, 10.0 ** (n - 4), 0.5 * 10 ** (n - 4), 2 * 10.0 ** (n - 4), "") for n in range(2, 9))
    text = plot((Curve("a", points),), "what", "sizes")
    for x, y in re.findall(r'translate\(([\d.]+) ([\d.]+)\)">', text):
        assert 0 < float(x) < WIDTH and 0 < float(y) < HEIGHT
    labels = re.findall(r">([^<]+)</text>", text)
    assert "100k" in labels and "10 ms" in labels and len(labels) <= 2 * 8 + 2


@pytest.mark.parametrize("ratio", [1.0, 1.01, 1.5, 3.0, 1e9])
def test_axes_of_any_length_have_labels(ratio: float) -> None:
    points = (Point(1000.0, 1.0, 1.0, 1.0, ""), Point(1000.0 * ratio + 1, 1.0 * ratio, 1.0, ratio, ""))
    labels = re.findall(r">([^<]+)</text>", plot((Curve("a", points),), "", ""))
    assert len(labels) >= 2 and not any("nan" in label or "e+" in label for label in labels)
    assert math.isfinite(ratio)


@pytest.mark.usefixtures("fakes")
def test_a_run_writes_the_page_that_a_report_of_its_document_is(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["run", "S1", "S2", *QUICK, "--adapter", "numpy", "--adapter", "gl:0"]
    assert main([*argv, "--html", "run.html", "--json", "run.json"]) == 0
    capsys.readouterr()
    assert main(["report", "run.json", "--format", "html", "--output", "report.html"]) == 0
    assert capsys.readouterr() == ("", "")
    written = Path("run.html").read_text(encoding="utf-8")
    assert written == Path("report.html").read_text(encoding="utf-8")
    assert open_session("last", paths.database()).session in Page(written).text


@pytest.mark.usefixtures("fakes")
def test_the_page_may_be_all_that_is_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "S1", *QUICK, "--adapter", "reference", "--html", "-"]) == 0
    assert capsys.readouterr().out.startswith("<!DOCTYPE html>")
    assert main(["run", "S1", *QUICK, "--html", "-", "--json", "-"]) == 2
    assert "--json and --html both write to -" in capsys.readouterr().err


@pytest.mark.parametrize("format", ["md", "html", "json"])
def test_a_report_goes_into_a_file(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    session = write_session("a.json", numpy("S1"), rated(2.0, "S1"))
    assert main(["report", session, "--format", format]) == 0
    printed = capsys.readouterr().out
    assert main(["report", session, "--format", format, "--output", "report"]) == 0
    assert (capsys.readouterr().out, Path("report").read_text(encoding="utf-8")) == ("", printed)
    assert main(["report", session, "--output", "missing/report"]) == 2
    assert "--output missing/report cannot be written" in capsys.readouterr().err


CHROMIUM = shutil.which("chromium")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no browser here: apt-get install chromium")
def test_a_browser_paints_it_light_and_dark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page says its colours and how wide it is; a script of the test's own asks for them."""
    sizes = (("S1", 10**5), ("M1", 10**6))
    text, _ = told(capsys, *(sized(case, size, name, 1.0) for case, size in sizes for name in ("numpy", "opencl:0")))
    probe = (
        "<script>const s = getComputedStyle(document.body), root = document.documentElement;"
        "document.title = JSON.stringify({ground: s.backgroundColor, text: s.color, width: root.scrollWidth,"
        "view: root.clientWidth, plot: document.querySelector('.plot').getBoundingClientRect().height})</script>"
    )
    open_text = re.sub(r"<meta http-equiv.*\n", "", text).replace("</body>", probe + "</body>")
    (tmp_path / "page.html").write_text(open_text, encoding="utf-8")
    seen = {}
    for name, scheme in (("dark", 0), ("light", 1)):
        command = [
            str(CHROMIUM),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / name}",
        ]
        command += ["--window-size=600,900", f"--blink-settings=preferredColorScheme={scheme}", "--dump-dom"]
        url = (tmp_path / "page.html").as_uri()
        done = subprocess.run([*command, "--dump-dom", url], capture_output=True, text=True, check=True, timeout=120)
        found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
        assert found
        seen[name] = json.loads(found[1])
        assert (
            seen[name]["width"] == seen[name]["view"] and seen[name]["plot"] > 100
        )  # tables scroll, the page does not
    assert seen["light"]["ground"] == "rgb(255, 255, 255)" == "rgb(255, 255, 255)"
    assert seen["dark"]["ground"] != seen["light"]["ground"] and seen["dark"]["text"] != seen["light"]["text"]
