"""The drills: each makes one fault happen once, and returns in words what was lost, nothing where all went well."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import psutil

from paragon_tui.sessions.session_lookup import find_session

Outcome = list[str]
Drill = Callable[[random.Random, Path], Outcome]

RUN = [sys.executable, "-m", "paragon_tui", "run", "S1", "S2", "S3", "--adapter", "opencl:*", "--adapter", "reference"]
FAST = ["--fast", "--iterations", "40"]
LIMIT_S = 120.0
LONGEST_S = 6.0  # from the start to a fault: discovery, preparing, measuring, saving


def started(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a run with a data folder of its own, as a job of its own."""
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data"), "PARAGON_QUIET_CORES": "1000"}
    command = [*RUN, *FAST, "--json", str(folder / "out.json"), *options]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0, cwd=folder
    )


def database(folder: Path) -> Path:
    return folder / "data" / "paragon-tui" / "sessions.sqlite3"


def stored(folder: Path) -> tuple[str | None, dict[tuple[str, str], str]] | None:
    """Return how the session ended, and the status of each result in the store; ``None`` without a session."""
    if not database(folder).exists():
        return None
    with closing(sqlite3.connect(database(folder))) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the store is damaged")
        sessions = connection.execute("SELECT id, ended FROM session").fetchall()
        if not sessions:
            return None
        ((session, ended),) = sessions
    results = find_session(session, database(folder))["results"]
    return ended, {(result["case"], result["adapter"]): result["status"] for result in results}


def shown_results(output: bytes) -> int:
    """Return how many results a run has shown as finished."""
    return output.decode(errors="replace").count("end to end")


def after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait so long, and return whether the process still runs: the moment of the fault is what a drill chooses."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def orphans(workers: list[psutil.Process]) -> Outcome:
    """Return a line if a worker outlives its parent by more than a moment."""
    _, alive = psutil.wait_procs(workers, timeout=10.0)
    for worker in alive:
        worker.kill()
    return ["a worker was left behind"] if alive else []


def killed(chance: random.Random, folder: Path) -> Outcome:
    process = started(folder)
    running = after(process, chance.uniform(0.2, LONGEST_S))
    workers = psutil.Process(process.pid).children(recursive=True) if running else []
    process.kill()
    output, _ = process.communicate()
    lost = orphans(workers)
    try:
        kept = stored(folder)
    except sqlite3.Error as error:
        return [*lost, str(error)]
    measured = sum(status == "ok" for status in kept[1].values()) if kept else 0
    if measured < shown_results(output):
        lost.append("a result that was shown is not in the store")
    return lost


def ended_in_order(number: signal.Signals) -> Drill:
    """Return a drill that ends a run with a signal: whatever was measured is in the store and in the JSON."""

    def drill(chance: random.Random, folder: Path) -> Outcome:
        process = started(folder)
        if after(process, chance.uniform(1.5, LONGEST_S)):
            process.send_signal(number)
        output, errors = process.communicate(timeout=LIMIT_S)
        if process.returncode not in (0, 130, -number):
            return [f"status {process.returncode}: {errors.decode()[-200:]}"]
        if process.returncode == -number:  # before anything was measured
            return ["a result was shown and not kept"] if shown_results(output) else []
        kept = stored(folder)
        document = json.loads((folder / "out.json").read_bytes())
        statuses = {(result["case"], result["adapter"]): result["status"] for result in document["results"]}
        if kept is None or kept[0] is None:
            return ["the session has no end in the store"]
        return [] if statuses.items() <= kept[1].items() else ["the JSON and the store differ"]

    return drill


def locked(chance: random.Random, folder: Path) -> Outcome:
    """Another program holds the store from a random moment on, for as long as a write waits and longer."""
    process = started(folder)
    if not after(process, chance.uniform(1.0, LONGEST_S)) or not database(folder).exists():
        process.communicate(timeout=LIMIT_S)
        return [] if complete(folder) else ["the session is not complete"]
    with closing(sqlite3.connect(database(folder), isolation_level=None, timeout=30.0)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(chance.uniform(0.5, 8.0))  # how long the fault lasts, not a wait for anything
        other.rollback()
    _, errors = process.communicate(timeout=LIMIT_S)
    if process.returncode:
        return [f"status {process.returncode}: {errors.decode()[-200:]}"]
    return [] if complete(folder) else ["the session is not complete"]


def damaged(chance: random.Random, folder: Path) -> Outcome:
    """A run finds a store in which random bytes are others, or whose end is missing."""
    started(folder).communicate(timeout=LIMIT_S)
    content = bytearray(database(folder).read_bytes())
    if chance.random() < 0.3:
        content = content[: chance.randrange(1, len(content))]
    else:
        for _ in range(chance.choice((1, 10, 1000))):
            content[chance.randrange(len(content))] = chance.randrange(256)
    database(folder).write_bytes(content)
    process = started(folder)
    _, errors = process.communicate(timeout=LIMIT_S)
    words = errors.decode()
    if "Traceback" in words:
        return [words[-200:]]
    if process.returncode:
        return [f"status {process.returncode}: {words[-200:]}"]
    document = json.loads((folder / "out.json").read_bytes())
    return [] if len(document["results"]) == 6 else ["a result is missing"]


def reader_gone(chance: random.Random, folder: Path) -> Outcome:
    """Whoever reads stdout or stderr goes away at a random moment."""
    process = started(folder)
    running = after(process, chance.uniform(0.0, LONGEST_S))
    for stream in chance.choice(((process.stdout,), (process.stderr,), (process.stdout, process.stderr))):
        assert stream is not None
        stream.close()
    if running:
        process.wait(LIMIT_S)
    if process.returncode:
        return [f"status {process.returncode}"]
    return [] if complete(folder) else ["the session is not complete"]


def stopped_and_continued(chance: random.Random, folder: Path) -> Outcome:
    process = started(folder)
    if after(process, chance.uniform(0.5, LONGEST_S)):
        process.send_signal(signal.SIGTSTP)
        time.sleep(chance.uniform(0.1, 1.0))  # how long it stands still, not a wait for anything
        process.send_signal(signal.SIGCONT)
    _, errors = process.communicate(timeout=LIMIT_S)
    if process.returncode:
        return [f"status {process.returncode}: {errors.decode()[-200:]}"]
    return [] if complete(folder) else ["the session is not complete"]


def complete(folder: Path) -> bool:
    """Return whether a session that ran to its end is in the store, all its results measured."""
    kept = stored(folder)
    return kept is not None and kept[0] == "finished" and set(kept[1].values()) == {"ok"}


DRILLS: Mapping[str, Drill] = {
    "SIGKILL at a random moment": killed,
    "ctrl+c at a random moment": ended_in_order(signal.SIGINT),
    "SIGTERM at a random moment": ended_in_order(signal.SIGTERM),
    "SIGHUP at a random moment": ended_in_order(signal.SIGHUP),
    "ctrl+z and fg at a random moment": stopped_and_continued,
    "store locked for up to 8 s": locked,
    "store damaged before the run": damaged,
    "reader of stdout or stderr gone": reader_gone,
}
