"""The command line: parse, dispatch, and turn what went wrong into plain words and an exit status."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paragon_tui import __version__
from paragon_tui.console import typed
from paragon_tui.suites.case import DTYPES, VARIANTS

if TYPE_CHECKING:
    from paragon_tui.engine.messages.job import Sampling
    from paragon_tui.engine.runner.selection import CaseFilter

_EPILOG = """\
exit status: 0 everything ran and every claimed identity holds; 1 something failed or differed;
2 usage; 3 unknown case or adapter; 130 interrupted
"""

BACKEND_CHOICES = ("vulkan", "gl", "metal", "dx12", "opencl", "numpy", "reference", "torch")


def parser() -> argparse.ArgumentParser:
    """The whole command line; without a command the terminal interface starts."""
    top = argparse.ArgumentParser(
        prog="paragon-tui",
        description="Neural-network arithmetic on every compute adapter of this machine, to the last bit. "
        "Without a command: the terminal interface.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"paragon-tui {__version__}")
    top.add_argument(
        "--threads",
        type=typed.at_least(1),
        metavar="N",
        dest="screen_threads",
        help="of numpy and torch, in the interface",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    adapters = commands.add_parser("adapters", help="list the adapters of this machine")
    adapters.add_argument("--json", action="store_true", help="as one JSON document")
    cases = commands.add_parser("cases", help="list the benchmark cases")
    _add_filters(cases)
    cases.add_argument("--json", action="store_true", help="as one JSON document")
    _add_run(commands)
    _add_verify(commands)
    _add_compare(commands)
    _add_report(commands)
    return top


def _add_verify(commands: Any) -> None:
    verify = commands.add_parser(
        "verify",
        help="check this machine's bits against the shipped digests",
        description="Run every inference case in f32, f16 and i8 on every adapter, in every shape of its kernels, and "
        "compare logits, outputs and parameters with the digests that ship with the program; probe how each rounds. "
        "Nothing is timed. Exit status 1 on any difference.",
    )
    verify.add_argument("cases", nargs="*", metavar="CASE", help="names or globs such as 'S*'; none: all networks")
    verify.add_argument(
        "--adapter", action="append", default=[], metavar="ID", help="only this adapter, such as opencl:0"
    )
    _add_dtype(verify, "only this dtype; may be given more than once (all)")
    verify.add_argument("--batch-size", help=argparse.SUPPRESS)  # refused in words
    verify.add_argument(
        "--timeout", type=typed.seconds, default=120.0, metavar="S", help="seconds a check may take (120)"
    )
    verify.add_argument("--json", action="store_true", help="as one JSON document: what to send us")


_COMPARE_EPILOG = """\
A and B: a file that `run --json` wrote; a session's id, or its beginning; or `last` and `previous`, the sessions that
finished last. A ratio is A's median over B's: above 1, B is faster. Faster and slower are said only where the whole
95 % interval is on that side of 1, and same only where all of it is close to 1.

A regression, with --fail-above 5%, is a result that
  is slower, its interval leaving no doubt, and whose end-to-end median is more than 5 % above A's: with three
    processes or more on both sides (`run --repeat 3`), since fewer do not show how much processes differ;
  has other bits than in A, where A claimed the reference's (unless A's were wrong and B's are right);
  was measured in A and failed, timed out or was stopped in B, or is not in B at all.

exit status: 0 no regression, or no limit given; 1 a regression; 2 usage, or a file that is no session;
3 unknown session
"""


def _add_compare(commands: Any) -> None:
    compare = commands.add_parser(
        "compare",
        help="compare two sessions: times, judgements, bits",
        description="Compare two sessions result by result: the ratio of the times with its interval,\n"
        "what that allows to be said, and whether the bits are the same.",
        epilog=_COMPARE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare.add_argument("a", metavar="A", help="the session that is compared with: a file, an id, last, previous")
    compare.add_argument("b", metavar="B", help="the session that may be better or worse")
    compare.add_argument(
        "--fail-above", type=typed.percent, metavar="P%", help="exit with 1 on a regression beyond this, such as 5%%"
    )
    compare.add_argument("--json", action="store_true", help="as one JSON document")


_REPORT_EPILOG = """\
SESSION: a file that `run --json` wrote; a session's id, or its beginning; or `last` and `previous`, the sessions that
finished last. The report says the same of a session whenever it is asked, so that it can be committed and diffed.

exit status: 0 reported; 2 usage, or a file that is no session; 3 unknown session
"""


def _add_report(commands: Any) -> None:
    report = commands.add_parser(
        "report",
        help="a session beside a baseline, as Markdown",
        description="Report a session beside a baseline: a table for each operation, how much is within 20 % of it,\n"
        "the fastest adapter of each size, the slowest ten, and what is doubtful.",
        epilog=_REPORT_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    report.add_argument("session", metavar="SESSION", help="the session: a file, an id, last, previous")
    report.add_argument(
        "--baseline", choices=("numpy", "torch"), default="numpy", help="what the others are set beside (numpy)"
    )
    report.add_argument("--format", choices=("md", "json"), default="md", help="Markdown, or one JSON document (md)")


def _add_dtype(command: Any, text: str) -> None:
    command.add_argument("--dtype", action="append", default=[], choices=DTYPES, help=text)


def _add_filters(command: Any) -> None:
    filters = (
        ("--suite", "NAME", "only cases of this suite"),
        ("--op", "PART", "only operations with this in the name"),
        ("--size", "SIZE", "only this size: 1M, 1024x1024, or small, medium, large"),
    )
    for name, metavar, text in filters:
        command.add_argument(name, action="append", default=[], metavar=metavar, help=text)


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="measure without the terminal interface",
        description="Measure cases on adapters, compare every bit with the reference, and report.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument("cases", nargs="*", metavar="CASE", help="names or globs such as 'S*'; none: the inference suite")
    _add_filters(run)
    run.add_argument("--list-ops", action="store_true", help="list the operations of all suites, or of --suite")
    run.add_argument("--list-sizes", action="store_true", help="list the sizes of all suites, or of --suite")
    run.add_argument("--shape", action="append", default=[], metavar="W,W,…", help="a network of one's own: 784,300,10")
    run.add_argument("--adapter", action="append", default=[], metavar="ID", help="list this adapter, such as opencl:0")
    run.add_argument(
        "--backend", action="append", default=[], choices=BACKEND_CHOICES, help="list all adapters under it"
    )
    _add_dtype(run, "compute in f32, f16 or i8; may be given more than once (f32)")
    run.add_argument(
        "--variant",
        action="append",
        default=[],
        choices=VARIANTS,
        help="how the kernels are written; may be given more than once. default: each operation's usual way; of single "
        "networks plain (as one first would: no identity) and barriers (one at each level of the tree); of mlp tiled "
        "(its usual), vector (cooperating lanes) and for-loop (a thread a sample)",
    )
    run.add_argument("--sweep", action="store_true", help="measure every variant that there is, beside the usual one")
    run.add_argument(
        "--batch-size", type=typed.samples, metavar="N", help="samples a run of networks and trainings; default: theirs"
    )
    run.add_argument(
        "--learning-rate", type=typed.millionths, metavar="R", help="of trainings, such as 0.05; default: each its own"
    )
    run.add_argument(
        "--repeat", type=typed.processes, default=1, metavar="N", help="measure in N fresh processes, at least 3 (1)"
    )
    run.add_argument("--fast", action="store_true", help="at most 0.2 s of runs a result; says what it leaves out")
    run.add_argument("--iterations", type=typed.at_least(1), metavar="N", help="samples a result; default: adaptive")
    run.add_argument("--min-time", type=typed.seconds, metavar="S", help="seconds to sample a result at least (0.4)")
    run.add_argument("--warmup", type=typed.at_least(0), metavar="N", help="runs before each visit's samples (3)")
    run.add_argument("--timeout", type=typed.seconds, default=60.0, metavar="S", help="seconds a result may take (60)")
    run.add_argument(
        "--threads", type=typed.at_least(1), metavar="N", help="threads of numpy and torch; default: theirs"
    )
    run.add_argument("--explain", action="store_true", help="show what the harness itself adds to a sample")
    run.add_argument("--quiet", action="store_true", help="print the summary alone")
    run.add_argument("--csv", type=Path, metavar="PATH", help="append Paragon-Py's ten columns")
    run.add_argument(
        "--json", metavar="PATH", help="write one JSON document; - for stdout, which then holds nothing else"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    _make_printable()
    options = _parse(argv)
    try:
        return _dispatch(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the flush at exit is silent
        return 1


def _make_printable() -> None:
    """Output that goes to a file or a pipe is UTF-8 everywhere; a terminal shows ? for what it has no sign for."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace") if stream.isatty() else stream.reconfigure(encoding="utf-8")


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse; cases may stand before and behind options, which argparse by itself does not take."""
    top = parser()
    options, rest = top.parse_known_args(argv)
    if rest and (options.command not in ("run", "verify") or any(word.startswith("-") for word in rest)):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.cases += rest
    return options


def _dispatch(options: argparse.Namespace) -> int:
    match options.command:
        case "adapters":
            from paragon_tui.console.listings import list_adapters

            return list_adapters(options.json)
        case "cases":
            from paragon_tui.console.listings import list_cases

            return _in_words(lambda: list_cases(_named(options), options.json))
        case "run" if options.list_ops or options.list_sizes:
            from paragon_tui.console.listings import list_operations, list_sizes

            return _in_words(lambda: (list_operations if options.list_ops else list_sizes)(_named(options)))
        case "run":
            return _in_words(lambda: _run(options))
        case "verify":
            return _in_words(lambda: _verify(options))
        case "compare":
            return _in_words(lambda: _compare(options))
        case "report":
            return _in_words(lambda: _report(options))
        case _:
            return _run_tui(options.screen_threads)


def _run_tui(threads: int | None) -> int:
    try:
        columns, lines = os.get_terminal_size(sys.__stderr__.fileno()) if sys.__stderr__ else (0, 0)
    except OSError:
        columns, lines = 0, 0
    if not (columns and lines and sys.stdin.isatty()):
        print("paragon-tui: the interface needs a terminal with a size; `paragon-tui run` needs none", file=sys.stderr)
        return 2
    from paragon_tui.tui.app import run_app

    return run_app(threads)


def _named(options: argparse.Namespace) -> CaseFilter:
    """What to list."""
    from paragon_tui.engine.runner.selection import CaseFilter

    return CaseFilter(suites=tuple(options.suite), operations=tuple(options.op), sizes=tuple(options.size))


def _run(options: argparse.Namespace) -> int:
    from paragon_tui.console.run_command import RunOptions, run_command
    from paragon_tui.suites.overrides import Overrides

    return run_command(
        RunOptions(
            cases=tuple(options.cases),
            suites=tuple(options.suite),
            operations=tuple(options.op),
            sizes=tuple(options.size),
            fast=options.fast,
            shapes=tuple(options.shape),
            adapters=tuple(options.adapter),
            backends=tuple(options.backend),
            dtypes=tuple(options.dtype),
            variants=tuple(options.variant),
            sweep=options.sweep,
            changes=Overrides(options.batch_size, options.learning_rate),
            sampling=_sampling(options),
            timeout_s=options.timeout,
            threads=options.threads,
            explain=options.explain,
            quiet=options.quiet,
            csv=options.csv,
            json=options.json,
        )
    )


def _sampling(options: argparse.Namespace) -> Sampling:
    """How to sample, as typed: what is not said is the usual, or the fast one's."""
    from paragon_tui.engine.messages.job import FAST, Sampling

    usual = FAST if options.fast else Sampling()
    if options.min_time:  # asked for, it is not cut short by a number of samples
        longest = max(usual.max_time_s, options.min_time)
        usual = replace(usual, min_time_s=options.min_time, max_time_s=longest, max_samples=sys.maxsize)
    return replace(
        usual,
        warmup=usual.warmup if options.warmup is None else options.warmup,
        iterations=options.iterations,
        repeat=options.repeat,
        examine=usual.examine or options.explain,
    )


def _verify(options: argparse.Namespace) -> int:
    from paragon_tui.console.exits import UsageError
    from paragon_tui.console.verify_command import VerifyOptions, verify_command

    if options.batch_size is not None:
        raise UsageError(
            "verify checks the shipped digests, which are of one sample; "
            "`paragon-tui run --batch-size N` holds a batch against the reference"
        )
    return verify_command(
        VerifyOptions(
            cases=tuple(options.cases),
            adapters=tuple(options.adapter),
            dtypes=tuple(options.dtype),
            timeout_s=options.timeout,
            json=options.json,
        )
    )


def _compare(options: argparse.Namespace) -> int:
    from paragon_tui.console.compare_command import CompareOptions, compare_command

    return compare_command(CompareOptions(options.a, options.b, options.fail_above, options.json))


def _report(options: argparse.Namespace) -> int:
    from paragon_tui.console.report_command import ReportOptions, report_command

    return report_command(ReportOptions(options.session, options.baseline, options.format))


def _in_words(command: Callable[[], int]) -> int:
    """Run a command; what the user mistook is said in words and as an exit status."""
    from paragon_tui.console.exits import UNKNOWN, USAGE, UsageError
    from paragon_tui.engine.runner.selection import BadShape, UnknownName

    try:
        return command()
    except (UsageError, BadShape) as error:
        print(f"paragon-tui: {error}", file=sys.stderr)
        return USAGE
    except UnknownName as error:
        print(f"paragon-tui: {error}", file=sys.stderr)
        return UNKNOWN
