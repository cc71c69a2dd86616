"""What decides, beside adapter and kernel, which code a driver makes: environment, processor, libraries, settings.

Nobody can list all variables that a driver reads. So all of them count but those that are known to belong to a
terminal, a login or this program: one too many costs a probing, one too few could cost a claim its ground.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path

_OF_A_SESSION = (
    *("_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "TERM", "TERM_*", "COLORTERM", "COLORFGBG", "WINDOWID"),
    *("TMUX", "TMUX_*", "STY", "WINDOW", "KITTY_*", "WEZTERM_*", "ALACRITTY_*", "KONSOLE_*", "GNOME_TERMINAL_*"),
    *("VTE_VERSION", "ITERM_*", "LC_TERMINAL*", "WT_SESSION", "WT_PROFILE_ID", "VSCODE_*", "TILIX_ID"),
    *("SSH_*", "GPG_TTY", "GPG_AGENT_INFO", "XDG_SESSION_ID", "XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"),
    *("DBUS_SESSION_BUS_ADDRESS", "SESSION_MANAGER", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID"),
    *("MEMORY_PRESSURE_*", "PS1", "HISTFILE", "NO_COLOR", "FORCE_COLOR", "PARAGON_*", "PYTEST_*"),
)
"""Variables, as globs, that differ from one terminal or login to the next and that no driver reads."""
_PROCESSOR = ("model name", "flags", "Features", "microcode", "cpu family", "model", "stepping", "CPU part")
_SETTINGS = ("/etc/drirc", "~/.drirc", "/usr/share/drirc.d/*", "/etc/amd/*", "~/.nv/nvidia-application-profiles-rc")
"""Files, as globs, in which drivers are told how to compile: Mesa's, AMD's and NVIDIA's."""


def compiler_state() -> str:
    """Return SHA-256 (hex) of all that is the same while drivers compile alike in this process.

    It is to be called when the driver has been loaded: its libraries count, by their files, where the system tells
    which a process has (Linux).
    """
    system = (sys.version, platform.system(), platform.release(), platform.version(), platform.machine())
    facts = [*system, *_variables(os.environ), *_processor(), *_libraries(), *_settings()]
    return hashlib.sha256(chr(0).join(facts).encode("utf-8", "surrogateescape")).hexdigest()


def _variables(environ: Mapping[str, str]) -> list[str]:
    names = sorted(name for name in environ if not any(fnmatchcase(name, glob) for glob in _OF_A_SESSION))
    return [f"{name}={environ[name]}" for name in names]


def _processor(file: str = "/proc/cpuinfo") -> list[str]:
    """Return what the system tells of the first processor; elsewhere than on Linux ``platform`` has it."""
    found: list[str] = []
    with suppress(OSError), Path(file).open(encoding="utf-8", errors="replace") as lines:
        for line in takewhile(str.strip, lines):  # an empty line ends it
            name, _, value = line.partition(":")
            if name.strip() in _PROCESSOR:
                found.append(f"{name.strip()}: {value.strip()}")
    return found


def _libraries(maps: str = "/proc/self/maps") -> list[str]:
    """Return the files whose code this process has, each with size, time and number; none where nothing tells them."""
    try:
        lines = Path(maps).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    fields = (line.split(maxsplit=5) for line in lines)
    code = {each[5] for each in fields if len(each) == 6 and "x" in each[1] and each[5].startswith("/")}
    return list(_described(sorted(code)))


def _described(files: Iterable[str]) -> Iterator[str]:
    for file in files:
        try:
            facts = Path(file).stat()
        except OSError:  # deleted since, as by an update
            yield file
        else:
            yield f"{file} {facts.st_size} {facts.st_mtime_ns} {facts.st_ino}"


def _settings() -> Iterator[str]:
    """Yield the contents of drivers' settings, each with its file."""
    for glob in _SETTINGS:
        with suppress(RuntimeError):  # a user without a home folder
            place = Path(glob).expanduser()
            for file in sorted(place.parent.glob(place.name)):
                with suppress(OSError):
                    yield f"{file} {hashlib.sha256(file.read_bytes()).hexdigest()}"
