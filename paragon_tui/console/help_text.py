"""How the parser's help looks: filled to the terminal's width, with lines of commands as they are."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterator
from itertools import groupby

_WIDEST = 100  # longer lines are hard to read


class Help(argparse.HelpFormatter):
    """Fills paragraphs; lines that begin with a space are examples, and stay as they are."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(shutil.get_terminal_size().columns, _WIDEST) - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(line for paragraph in paragraphs(text) for line in _filled(paragraph, width, indent))


def paragraphs(text: str) -> Iterator[list[str]]:
    """Yield the paragraphs of a description as lists of lines; an empty line between two is a paragraph of its own.

    Every line that begins with ``- `` begins a paragraph. Lines that begin with a space belong together.
    """
    for indented, lines in groupby(text.strip("\n").splitlines(), key=lambda line: line[:1] == " "):
        if indented:
            yield list(lines)
            continue
        paragraph: list[str] = []
        for line in lines:
            if paragraph and (not line or line.startswith("- ")):
                yield paragraph
                paragraph = []
            if line:
                paragraph.append(line)
            else:
                yield [""]
        if paragraph:
            yield paragraph


def _filled(lines: list[str], width: int, indent: str) -> list[str]:
    if lines[0][:1] in ("", " "):
        return [indent + line if line else "" for line in lines]
    hanging = "  " if lines[0].startswith("- ") else ""
    return textwrap.wrap(
        " ".join(lines), width, initial_indent=indent, subsequent_indent=indent + hanging, break_on_hyphens=False
    )


TOP = """\
examples:
  paragon-tui                          the terminal interface
  paragon-tui run                      the ten networks on every adapter
  paragon-tui verify                   this machine's bits
  paragon-tui compare previous last    the last two sessions side by side
  paragon-tui doctor                   why a device is not found

exit status: 0 everything ran and every claimed identity holds; 1 something failed or differs; 2 usage error;
3 unknown case, suite, operation, size, adapter or session; 130 interrupted
"""

ADAPTERS = """\
examples:
  paragon-tui adapters
  paragon-tui adapters --json > adapters.json
"""

CASES = """\
examples:
  paragon-tui cases
  paragon-tui cases --suite layers --op matmul
  paragon-tui cases --op softmax --size 1M --json
"""

RUN = """\
examples:
  paragon-tui run                          the ten networks everywhere
  paragon-tui run S1 'XL*' --adapter nvidia
  paragon-tui run --suite layers --fast    another suite, in minutes
  paragon-tui run --shape 784,300,10       a network of your own
  paragon-tui run S1 --batch-size 1,8,64 --dtype f16
  paragon-tui run XL1 --threads 1,2        on one thread and on two
  paragon-tui run --repeat 3 --json main.json    for compare
  paragon-tui run --html result.html       a page to send somebody

exit status: 0 everything ran and every claimed identity holds; 1 something failed or differs; 2 usage error;
3 unknown case, suite, operation, size or adapter; 130 interrupted
"""

VERIFY = """\
examples:
  paragon-tui verify
  paragon-tui verify --op matmul --adapter vulkan:0 --dtype f16
  paragon-tui verify --all --suite vector
  paragon-tui verify --json > my-machine.json

exit status: 0 all bits are as shipped; 1 something failed or differs; 2 usage error; 3 unknown case, suite,
operation, size or adapter; 130 interrupted
"""

COMPARE = """\
A and B: a file written by `run --json`; a session id or its beginning; or `last` and `previous`, the sessions that
finished most recently. A ratio is A's median over B's: above 1, B is faster. The verdict is faster or slower only if
the whole 95 % interval is on that side of 1, and same only if all of it is close to 1.

With --fail-above 5%, a result of two sessions is a regression if
- it is clearly slower and its end-to-end median is more than 5 % above A's; this needs at least three processes on both
sides (`run --repeat 3`), since fewer do not show how much processes differ;
- its bits have changed and A claimed the reference's bits (unless A's were wrong and B's are right);
- it was measured in A, and in B it failed, timed out, was stopped or was not reached. What B was not asked for, and
devices that it does not have, are no regressions.

`compare B --against last:20` takes the series of each result's medians: of the last 20 finished sessions before B in
the store that measured it in the same way on the same device, and of B. With --fail-above 5%, a result is a regression
if its series has a step of more than 5 % upward at its end (B, or B and up to four sessions before it) that the scatter
of the sessions does not explain, or if its bits, its claim or its status are worse than in the latest of them.

examples:
  paragon-tui compare previous last --fail-above 5%
  paragon-tui compare main.json branch.json --json
  paragon-tui compare last --against last:20 --fail-above 5%

exit status: 0 no regression, or no limit given; 1 regression; 2 usage error, or a file that is not a session;
3 unknown session
"""

REPORT = """\
SESSION: a file written by `run --json`; a session id or its beginning; or `last` and `previous`, the sessions that
finished most recently. The report depends on nothing but the session, so it can be committed and diffed.

examples:
  paragon-tui report last > report.md
  paragon-tui report last --format html --output report.html
  paragon-tui report session.json --baseline torch --format json
  paragon-tui report last --gate > report.md

exit status: 0 reported; 1 with --gate, the criterion is missed; 2 usage error, or a file that is not a session;
3 unknown session
"""

SESSIONS = """\
SESSION: a session id or its beginning, the name that `rename` gave it, or `last` and `previous`, the sessions that
finished most recently.

examples:
  paragon-tui sessions
  paragon-tui sessions show last
  paragon-tui sessions export last > last.json
  paragon-tui sessions rename last 'before the fix'
  paragon-tui sessions prune --keep 100

exit status: 0 done; 2 usage error, or a file that is not a session; 3 unknown session
"""

DOCTOR = """\
examples:
  paragon-tui doctor
  paragon-tui doctor --json > doctor.json

exit status: 0 no problem; 1 problems
"""

CACHE = """\
examples:
  paragon-tui cache
  paragon-tui cache clear
"""

COMPLETION = """\
examples:
  eval "$(paragon-tui completion bash)"    in ~/.bashrc
  eval "$(paragon-tui completion zsh)"     in ~/.zshrc, after compinit
  paragon-tui completion fish | source     in config.fish
"""

MAN = """\
examples:
  paragon-tui man | man -l -
"""

SERVE = """\
Each page is an interface of its own, which ends with its tab; while one measures, the runs of others wait.

Beyond loopback, every page needs the token in the address that is printed at the start. PARAGON_TOKEN or --token-file
give one of your own. Nothing is encrypted: from a laptop, let SSH carry it, and open http://localhost:8000/ there.

examples:
  paragon-tui serve
  ssh -t -L 8000:localhost:8000 SERVER paragon-tui serve

exit status: 0 ended by ctrl+c or SIGTERM; 2 usage error, the port is in use, or the extra web is missing
"""
