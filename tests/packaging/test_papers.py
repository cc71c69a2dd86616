"""The README and the pages it leads to: short, with true counts, and without a link that leads nowhere."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from pathlib import Path

import pytest

from paragon_tui.engine.runner.selection import all_cases
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.inference import SUITE as INFERENCE

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "shaders" / "NUMERICS.md"]
NUMBERS = {"five": 5, "six": 6, "seven": 7, "ten": 10}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def picture(name: str) -> str:
    """Return the characters of a picture of the screen, line by line."""
    rows: defaultdict[float, list[tuple[float, str]]] = defaultdict(list)
    svg = (ROOT / "screenshots" / name).read_text(encoding="utf-8")
    for x, y, text in re.findall(r'<text[^>]*x="([\d.]+)"[^>]*y="([\d.]+)"[^>]*>(.*?)</text>', svg):
        rows[float(y)].append((float(x), html.unescape(text).replace("\xa0", " ")))
    return "\n".join("".join(text for _, text in sorted(rows[y])) for y in sorted(rows))


def count(pattern: str, text: str) -> list[int]:
    """Return the numbers, in digits or as a word, that ``pattern`` captures at the first place it matches."""
    match = re.search(pattern, text)
    assert match, f"{pattern!r} is nowhere in it"
    return [NUMBERS.get(word.lower()) or int(word.replace(",", "")) for word in match.groups()]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150
    assert len(re.findall(r"!\[", README)) <= 3


def test_the_readme_counts_what_there_is() -> None:
    assert count(r"(\d+) cases", README) == [len(all_cases())]
    assert count(r"in (\w+) suites", README) == [len(SUITES)]
    assert count(r"[Tt]he (\w+) networks", README) == [len(INFERENCE.cases)]


def test_the_picture_of_a_finished_run_counts_what_the_readme_does() -> None:
    shown = picture("finished-120x36.svg")
    assert count(r"Cases (\d+)/(\d+)", shown) == [len(INFERENCE.cases), len(all_cases())]
    rows = [case.id for case in INFERENCE.cases if re.search(rf"│{case.id} .*\d+\.\d+", shown)]
    assert rows == [case.id for case in INFERENCE.cases]
    adapters = {name for name in ("numpy", "reference", "opencl:0", "vulkan:0", "gl:0") if name in shown}
    words = re.search(r"!\[Ten networks on (\w+) adapters", README)
    assert words and NUMBERS[words[1]] == len(adapters)


def test_the_picture_of_a_verification_has_every_suite_and_nothing_wrong() -> None:
    shown = picture("verify-120x36.svg")
    held, whole = count(r"([\d,]+) of ([\d,]+) results have the shipped bits", shown)
    assert held == whole > len(all_cases())
    assert "≠" not in shown
    for suite in SUITES:
        assert re.search(rf"{suite.name} *f32 *✓ \d+ .*✓ \d+", shown), suite.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{link}: there is no {target.name}"
        if anchor:
            assert anchor in anchors(target), f"{link}: {target.name} has no such heading"


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_scripts_that_pages_name_are_there(page: Path) -> None:
    named = set(re.findall(r"(?:benchmarks|tests|screenshots)/[\w/]+\.py", page.read_text(encoding="utf-8")))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
