"""The command line: parse the arguments, run the command, report errors in plain words with an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from paragon_tui import __version__
from paragon_tui.console import help_text, option_types
from paragon_tui.console.streams import fitting, lost_output, notice, outlive_listeners
from paragon_tui.engine.runner.timeouts import MEASURE_TIMEOUT_S, VERIFY_TIMEOUT_S
from paragon_tui.exit_status import FAILED, INTERRUPTED, OK, UNKNOWN, USAGE, UsageError
from paragon_tui.printable import printable
from paragon_tui.suites.case import DTYPES, VARIANTS

if TYPE_CHECKING:
    from paragon_tui.engine.messages.job import Sampling
    from paragon_tui.engine.runner.selection import CaseFilter
    from paragon_tui.sessions.settings import Settings

BACKEND_CHOICES = ("vulkan", "gl", "metal", "dx12", "opencl", "numpy", "reference", "torch")


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are printable, whatever was typed: a shell puts names of files there too."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"formatter_class": help_text.Help, **options})

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{fitting(f'{self.prog}: error: {printable(message)}')}\n")


def parser() -> argparse.ArgumentParser:
    """Build the parser of the whole command line; without a command the terminal interface starts."""
    top = _Parser(
        prog="paragon-tui",
        description="Run neural-network arithmetic on every compute adapter of this machine, compare every bit, and\n"
        "measure it. Without a command, start the terminal interface.",
        epilog=help_text.TOP,
    )
    top.add_argument("--version", action="version", version=f"paragon-tui {__version__}")
    top.add_argument(
        "--threads",
        type=option_types.thread_counts,
        default=(),
        metavar="N,N,…",
        dest="screen_threads",
        help="CPU threads for NumPy and PyTorch, in the terminal interface; of several, such as 1,2, each adapter on "
        "the processor is there once for each",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    adapters = commands.add_parser(
        "adapters",
        help="list the adapters of this machine",
        description="List every adapter of this machine: device, driver, memory and limits, how it rounds, and what "
        "that means for its bits. For an API without an adapter, say what to install.",
        epilog=help_text.ADAPTERS,
    )
    adapters.add_argument("--json", action="store_true", help="print one JSON document")
    cases = commands.add_parser(
        "cases",
        help="list the benchmark cases",
        description="List what can be measured: networks a line each, other operations with their sizes.",
        epilog=help_text.CASES,
    )
    _add_filters(cases)
    cases.add_argument("--json", action="store_true", help="print one JSON document")
    _add_run(commands)
    _add_verify(commands)
    _add_compare(commands)
    _add_report(commands)
    _add_sessions(commands)
    doctor = commands.add_parser(
        "doctor",
        help="say what is wrong with this machine's drivers, rights and folders",
        description="Look at drivers, loaders, device nodes and rights, variables, folders and the store of sessions,\n"
        "and say what is wrong and which command mends it.",
        epilog=help_text.DOCTOR,
    )
    doctor.add_argument("--json", action="store_true", help="print one JSON document; nothing in it is personal")
    _add_cache(commands)
    _add_shell(commands)
    _add_serve(commands)
    return top


def _add_verify(commands: Any) -> None:
    verify = commands.add_parser(
        "verify",
        help="check this machine's bits against the shipped digests",
        description="Run every operation in every dtype on every adapter, in all shapes of its kernels and at sizes "
        "that show every path of them, and compare each result with the digests that ship with the program; probe how "
        "each adapter rounds. Nothing is timed.",
        epilog=help_text.VERIFY,
    )
    verify.add_argument(
        "cases", nargs="*", metavar="CASE", help="case names or globs such as 'S*' (default: some of every operation)"
    )
    verify.add_argument("--all", action="store_true", help="every case at every size: this can take hours")
    _add_filters(verify)
    _add_adapter(verify, "verify only this adapter")
    _add_dtype(verify, "verify only this dtype (repeatable; default: all)")
    verify.add_argument("--batch-size", help=argparse.SUPPRESS)  # accepted only to explain why it is refused
    verify.add_argument(
        "--timeout",
        type=option_types.seconds,
        default=VERIFY_TIMEOUT_S,
        metavar="S",
        help=f"time limit for checking one result, in seconds (default: {VERIFY_TIMEOUT_S:g})",
    )
    verify.add_argument("--json", action="store_true", help="print one JSON document (attach it to a report)")


def _add_compare(commands: Any) -> None:
    compare = commands.add_parser(
        "compare",
        help="compare two sessions, or one with those before it: times, verdicts, bits",
        description="Compare two sessions result by result, on the same device whatever its number: the ratio of the\n"
        "times with its interval, the verdict, and whether the bits are the same. Or compare one with the sessions\n"
        "before it.",
        epilog=help_text.COMPARE,
    )
    compare.add_argument("a", metavar="A", help="baseline session: a file, an id, last or previous")
    compare.add_argument("b", nargs="?", metavar="B", help="session to compare with A: a file, an id, last or previous")
    compare.add_argument(
        "--against",
        type=option_types.history,
        metavar="last:N",
        help="compare one session with the last N before it in the store (at least 3), and look for a step upward",
    )
    compare.add_argument(
        "--fail-above",
        type=option_types.percent,
        metavar="P%",
        help="exit with status 1 on a regression of more than this, such as 5%%",
    )
    compare.add_argument("--json", action="store_true", help="print one JSON document")


def _add_report(commands: Any) -> None:
    report = commands.add_parser(
        "report",
        help="compare a session with a baseline, as Markdown or HTML",
        description="Report a session against a baseline: a table for each operation, the share within 20 %,\n"
        "the fastest adapter for each size, the ten slowest results, and red flags.",
        epilog=help_text.REPORT,
    )
    report.add_argument("session", metavar="SESSION", help="a file, an id, last or previous")
    report.add_argument(
        "--baseline", choices=("numpy", "torch"), default="numpy", help="baseline of the ratios (default: numpy)"
    )
    report.add_argument(
        "--format",
        choices=("md", "html", "json"),
        default="md",
        help="Markdown, one HTML page with plots, or one JSON document (default: md)",
    )
    report.add_argument("--output", "-o", metavar="PATH", help="the file to write (default: stdout)")
    report.add_argument(
        "--spread",
        action="store_true",
        help="add a table with the mean and standard deviation, minimum, maximum and total of each result's samples "
        "(JSON has them always)",
    )
    report.add_argument(
        "--gate",
        action="store_true",
        help="exit with status 1 unless at least 80%% of the operations are within 20%% of the baseline, on every "
        "adapter and in every dtype; the last line says so",
    )


def _add_sessions(commands: Any) -> None:
    sessions = commands.add_parser(
        "sessions",
        help="list, export, import, name or delete the saved sessions",
        description="List the saved sessions, also those of runs that were killed, or do something with some of them.",
        epilog=help_text.SESSIONS,
    )
    sessions.add_argument("--json", action="store_true", help="print the list as one JSON document")
    nothing = {"names": (), "text": None, "format": "json", "output": None, "keep": None, "older_than": None}
    sessions.set_defaults(**nothing)
    actions = sessions.add_subparsers(dest="action", metavar="ACTION")

    def add(name: str, words: str, names: str | None = None, metavar: str = "SESSION") -> Any:
        action = actions.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
        if names == "one":
            action.add_argument("names", nargs=1, metavar=metavar)
        elif names == "some":
            action.add_argument("names", nargs="+", metavar=metavar)
        return action

    add("list", "list the sessions, the latest first").add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document"
    )
    add("show", "show the results of sessions", "some")
    export = add("export", "write a session to stdout or a file", "one")
    export.add_argument(
        "--format",
        choices=("json", "csv", "samples"),
        default="json",
        help="json, which `import` takes without loss (default); csv, all columns; samples, a row for each raw sample",
    )
    export.add_argument("--output", "-o", metavar="PATH", help="the file to write (default: stdout)")
    add("import", "add sessions from JSON documents to the store", "some", "FILE")
    add("rename", "give a session a name; an empty one takes it away", "one").add_argument("text", metavar="NAME")
    add("note", "add a remark to a session; an empty one takes it away", "one").add_argument("text", metavar="TEXT")
    add("delete", "delete sessions with all their samples", "some")
    prune = add("prune", "delete old sessions; those with a name or a note stay")
    prune.add_argument(
        "--keep", type=option_types.at_least(0), metavar="N", help="delete all but the latest N sessions"
    )
    prune.add_argument(
        "--older-than", type=option_types.at_least(0), metavar="DAYS", help="delete sessions that began longer ago"
    )


def _add_cache(commands: Any) -> None:
    cache = commands.add_parser(
        "cache",
        help="show or clear the cache",
        description="Show the folder of cached reference answers, fastest plans, peaks and probes, or delete them all.",
        epilog=help_text.CACHE,
    )
    cache.add_argument("action", nargs="?", choices=("clear",), help="delete everything in the cache")
    cache.add_argument("--json", action="store_true", help="print one JSON document")


def _add_shell(commands: Any) -> None:
    completion = commands.add_parser(
        "completion",
        help="print a script with which a shell completes this command",
        description="Print a script with which bash, zsh or fish completes commands, options, cases, suites, "
        "operations, sizes, sessions, and the adapters of recent sessions.",
        epilog=help_text.COMPLETION,
    )
    completion.add_argument("shell", nargs="?", choices=("bash", "zsh", "fish"), help="the shell")
    completion.add_argument("--words", help=argparse.SUPPRESS)  # what the scripts ask for
    commands.add_parser(
        "man", help="print the manual page", description="Print the manual page as roff.", epilog=help_text.MAN
    )


def _add_serve(commands: Any) -> None:
    serve = commands.add_parser(
        "serve",
        help="serve the interface to browsers",
        description="Serve the interface to browsers, so that the devices of this machine can be used from another.",
        epilog=help_text.SERVE,
    )
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen on (default: 127.0.0.1, this machine alone; 0.0.0.0: all its addresses)",
    )
    serve.add_argument(
        "--port", type=option_types.port, default=8000, help="the port to listen on (default: 8000; 0: any free one)"
    )
    serve.add_argument("--token", action="store_true", help="ask for a token on loopback, too; it is made at the start")
    serve.add_argument("--token-file", metavar="PATH", help="ask for the token that this file holds")
    serve.add_argument(
        "--name",
        action="append",
        default=[],
        help="a further name that browsers use for this server (repeatable), such as that of a reverse proxy; "
        "asks for a token",
    )
    serve.add_argument(
        "--pages",
        type=option_types.at_least(1),
        default=4,
        metavar="N",
        help="show at most N pages at once (default: 4)",
    )


def _add_adapter(command: Any, words: str) -> None:
    command.add_argument(
        "--adapter",
        action="append",
        default=[],
        metavar="NAME",
        help=f"{words} (repeatable): an id such as opencl:0, or a glob; or words of its name, vendor or driver, such "
        "as nvidia or 'PoCL*'; or its UUID or PCI address",
    )


def _add_dtype(command: Any, words: str) -> None:
    command.add_argument("--dtype", action="append", default=[], choices=DTYPES, help=words)


def _add_filters(command: Any) -> None:
    filters = (
        ("--suite", "NAME", "only cases of this suite (repeatable); all: of every suite"),
        ("--op", "PART", "only operations with PART in their name (repeatable)"),
        ("--size", "SIZE", "only this size (repeatable): 1M, 1024x1024, or small, medium, large"),
    )
    for name, metavar, words in filters:
        command.add_argument(name, action="append", default=[], metavar=metavar, help=words)


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="measure without the terminal interface",
        description="Measure cases on adapters, compare every bit with the reference, and report.",
        epilog=help_text.RUN,
    )
    run.add_argument(
        "cases", nargs="*", metavar="CASE", help="case names or globs such as 'S*' (default: the inference suite)"
    )
    _add_filters(run)
    run.add_argument(
        "--choice",
        metavar="NAME",
        help="what was saved under this name in the interface (C): cases, adapters, arithmetic, batch, learning rate; "
        "options replace its parts",
    )
    run.add_argument("--list-ops", action="store_true", help="list the operations of all suites, or of --suite")
    run.add_argument("--list-sizes", action="store_true", help="list the sizes of all suites, or of --suite")
    run.add_argument(
        "--shape",
        action="append",
        default=[],
        metavar="W,W,…",
        help="run a network with these layer widths (repeatable), such as 784,300,10",
    )
    _add_adapter(run, "run only on this adapter")
    run.add_argument(
        "--backend",
        action="append",
        default=[],
        choices=BACKEND_CHOICES,
        metavar="NAME",
        help=f"run only on the adapters of this backend (repeatable): {', '.join(BACKEND_CHOICES)}",
    )
    _add_dtype(run, "compute in this dtype (repeatable; default: f32)")
    run.add_argument(
        "--variant",
        action="append",
        default=[],
        choices=VARIANTS,
        metavar="V",
        help="kernel variant (repeatable): default is the usual one of each operation; single networks also have plain "
        "(naive, claims no identity) and barriers (a barrier at each level of the tree); mlp has tiled (its default), "
        "vector (cooperating lanes) and for-loop (one thread per sample)",
    )
    run.add_argument(
        "--sweep", action="store_true", help="measure every kernel variant and compare it with the default"
    )
    run.add_argument(
        "--batch-size",
        type=option_types.batches,
        metavar="N,N,…",
        help="samples per run of networks and trainings, or several such as 1,8,64, each case at each of them "
        "(default: that of the case)",
    )
    run.add_argument(
        "--learning-rate",
        type=option_types.millionths,
        metavar="R",
        help="learning rate of trainings, such as 0.05 (default: that of the case)",
    )
    run.add_argument(
        "--repeat",
        type=option_types.processes,
        default=1,
        metavar="N",
        help="measure in N fresh processes, at least 3 (default: 1)",
    )
    run.add_argument(
        "--fast", action="store_true", help="sample each result for at most 0.2 s; prints what is left out"
    )
    run.add_argument(
        "--iterations", type=option_types.at_least(1), metavar="N", help="samples per result (default: adaptive)"
    )
    run.add_argument(
        "--min-time",
        type=option_types.seconds,
        metavar="S",
        help="minimum sampling time per result in seconds (default: that of the settings, or 0.3)",
    )
    run.add_argument(
        "--precision",
        type=option_types.percent,
        metavar="P%",
        help="sample until half the 95 %% interval is within P%% of the median, for up to 30 s per result "
        "(default: that of the settings, or 2%%, in at most 40 visits)",
    )
    run.add_argument(
        "--warmup",
        type=option_types.at_least(0),
        metavar="N",
        help="warm-up runs before the samples of a visit (default: 3)",
    )
    run.add_argument(
        "--timeout",
        type=option_types.seconds,
        default=MEASURE_TIMEOUT_S,
        metavar="S",
        help=f"time limit for a command to a worker, and for a result in one process, in seconds "
        f"(default: {MEASURE_TIMEOUT_S:g})",
    )
    run.add_argument(
        "--threads",
        type=option_types.thread_counts,
        default=(),
        metavar="N,N,…",
        help="CPU threads for NumPy and PyTorch (default: chosen by the libraries); of several, such as 1,2, each "
        "adapter on the processor is measured on each, PoCL and llvmpipe too",
    )
    run.add_argument(
        "--spread",
        action="store_true",
        help="add a table with mean and standard deviation, minimum, maximum and total of each result's samples",
    )
    run.add_argument(
        "--explain", action="store_true", help="show the harness's own overhead per sample, and what sensors told"
    )
    run.add_argument(
        "--wait", action="store_true", help="wait until no other paragon-tui measures on this machine, then begin"
    )
    detail = run.add_mutually_exclusive_group()
    detail.add_argument(
        "--quiet",
        action="store_const",
        const="summary",
        default="table",
        dest="detail",
        help="print nothing before the end, then a line for each result",
    )
    detail.add_argument(
        "--verbose",
        action="store_const",
        const="blocks",
        dest="detail",
        help="print all figures, values and differences of each result, as Paragon-Py does",
    )
    run.add_argument(
        "--csv",
        metavar="PATH",
        help="append the results as Paragon-Py's ten columns; - is stdout, where nothing else is printed then",
    )
    run.add_argument(
        "--json", metavar="PATH", help="write one JSON document; - is stdout, where nothing else is printed then"
    )
    run.add_argument(
        "--html", metavar="PATH", help="write the report as one HTML page with tables and plots, to send to somebody"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return the exit status."""
    if sys.stdout is None:
        notice("standard output is closed; send it to a file, or to /dev/null")
        return USAGE
    outlive_listeners()
    try:
        status = _dispatch(_parse(argv))
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.stdout.flush()
    if (reason := lost_output()) is not None:
        notice(f"the output could not be written: {reason}; send it to where there is room, and run the command again")
        return status or FAILED
    return status


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the arguments; cases may come before and after options, which argparse alone does not support."""
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

            return _with_error_report(lambda: list_cases(_case_filter(options), options.json))
        case "run" if options.list_ops or options.list_sizes:
            from paragon_tui.console.listings import list_operations, list_sizes

            list_command = list_operations if options.list_ops else list_sizes
            return _with_error_report(lambda: list_command(_case_filter(options)))
        case "run":
            return _with_error_report(lambda: _run(options))
        case "verify":
            return _with_error_report(lambda: _verify(options))
        case "compare":
            return _with_error_report(lambda: _compare(options))
        case "report":
            return _with_error_report(lambda: _report(options))
        case "doctor":
            from paragon_tui.console.doctor_command import doctor_command

            return doctor_command(options.json)
        case "sessions":
            return _with_error_report(lambda: _sessions(options))
        case "cache":
            from paragon_tui.console.cache_command import cache_command

            return cache_command(options.action == "clear", options.json)
        case "completion":
            return _with_error_report(lambda: _completion(options))
        case "man":
            from paragon_tui.console.man_page import man_page

            sys.stdout.write(man_page(parser()))
            return OK
        case "serve":
            return _with_error_report(lambda: _serve(options))
        case _:
            return _with_error_report(lambda: _run_tui(options.screen_threads))


def _check_threads(threads: tuple[int, ...]) -> None:
    """Raise ``UsageError`` for numbers that cannot be an axis."""
    if len(threads) > 1:
        from paragon_tui.engine.runner.thread_axis import check_counts

        check_counts(threads)


def _run_tui(threads: tuple[int, ...]) -> int:
    _check_threads(threads)
    try:
        columns, lines = os.get_terminal_size(sys.__stderr__.fileno()) if sys.__stderr__ else (0, 0)
    except OSError:
        columns, lines = 0, 0
    if not (columns and lines and sys.stdin.isatty()):
        notice("the interface needs a terminal with a known size; `paragon-tui run` works without one")
        return USAGE
    if os.environ.get("TERM") == "dumb":
        notice("the interface needs a terminal that can move its cursor, and TERM says dumb; use `paragon-tui run`")
        return USAGE
    from paragon_tui.tui.launch import run_app

    return run_app(threads)


def _case_filter(options: argparse.Namespace) -> CaseFilter:
    """Return the filter of the cases to list."""
    from paragon_tui.engine.runner.selection import CaseFilter

    return CaseFilter(suites=tuple(options.suite), operations=tuple(options.op), sizes=tuple(options.size))


def _run(options: argparse.Namespace) -> int:
    from paragon_tui.console.run_command import RunOptions, run_command
    from paragon_tui.console.user_settings import user_settings
    from paragon_tui.suites.overrides import Overrides

    settings = user_settings()
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
            overrides=Overrides(options.batch_size or (), options.learning_rate),
            sampling=_sampling(options, settings),
            timeout_s=options.timeout,
            threads=options.threads,
            explain=options.explain,
            spread=options.spread,
            detail=options.detail,
            wait=options.wait,
            csv=options.csv,
            json=options.json,
            dialect=settings.dialect,
            html=options.html,
            choice=options.choice,
        )
    )


def _sampling(options: argparse.Namespace, settings: Settings) -> Sampling:
    """Return the sampling settings as typed; everything else is the user's default, or that of a fast run."""
    from paragon_tui.engine.messages.job import FAST, Sampling
    from paragon_tui.sessions.settings import Settings

    own = Settings() if options.fast or options.iterations else settings  # defaults never stretch what is to be short
    sampling = replace(
        own,
        min_time_s=own.min_time_s if options.min_time is None else options.min_time,
        precision_percent=own.precision_percent if options.precision is None else options.precision,
    ).sampling(FAST if options.fast else Sampling())
    return replace(
        sampling,
        warmup=sampling.warmup if options.warmup is None else options.warmup,
        iterations=options.iterations,
        repeat=options.repeat,
        examine=sampling.examine or options.explain,
    )


def _verify(options: argparse.Namespace) -> int:
    from paragon_tui.console.verify_command import VerifyOptions, verify_command

    if options.batch_size is not None:
        raise UsageError(
            "verify checks the shipped digests, which are those of its own batches; "
            "`paragon-tui run --batch-size N` compares any batch with the reference"
        )
    return verify_command(
        VerifyOptions(
            cases=replace(_case_filter(options), cases=tuple(options.cases), fast=not options.all),
            adapters=tuple(options.adapter),
            dtypes=tuple(options.dtype),
            timeout_s=options.timeout,
            json=options.json,
        )
    )


def _compare(options: argparse.Namespace) -> int:
    from paragon_tui.console.compare_command import CompareOptions, compare_command
    from paragon_tui.console.history_command import HistoryOptions, history_command

    if (options.against is None) == (options.b is None):
        raise UsageError("compare takes two sessions, or one and --against last:N")
    if options.against is not None:
        return history_command(HistoryOptions(options.a, options.against, options.fail_above, options.json))
    return compare_command(CompareOptions(options.a, options.b, options.fail_above, options.json))


def _report(options: argparse.Namespace) -> int:
    from paragon_tui.console.report_command import ReportOptions, report_command

    return report_command(
        ReportOptions(options.session, options.baseline, options.format, options.spread, options.gate, options.output)
    )


def _sessions(options: argparse.Namespace) -> int:
    from paragon_tui.console.sessions_command import SessionsOptions, sessions_command

    return sessions_command(
        SessionsOptions(
            options.action or "list",
            tuple(options.names),
            options.text,
            options.format,
            options.output,
            options.keep,
            options.older_than,
            options.json,
        )
    )


def _completion(options: argparse.Namespace) -> int:
    from paragon_tui.console.completion import completion_script, print_words

    if options.words is not None:
        return print_words(options.words)
    if options.shell is None:
        raise UsageError("completion takes the name of a shell: bash, zsh or fish")
    sys.stdout.write(completion_script(parser(), options.shell))
    return OK


def _serve(options: argparse.Namespace) -> int:
    from paragon_tui.console.serve_command import ServeOptions, serve_command

    _check_threads(options.screen_threads)
    return serve_command(
        ServeOptions(
            options.host,
            options.port,
            options.token,
            options.token_file,
            tuple(options.name),
            options.pages,
            options.screen_threads,
        )
    )


def _with_error_report(command: Callable[[], int]) -> int:
    """Run a command; report a user's mistake in words and as an exit status."""
    from paragon_tui.engine.runner.selection import BadShape, UnknownName

    try:
        return command()
    except (UsageError, BadShape) as error:
        notice(str(error))
        return USAGE
    except UnknownName as error:
        notice(str(error))
        return UNKNOWN
