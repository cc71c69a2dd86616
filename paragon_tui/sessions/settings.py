"""The settings of a user: a TOML file in the platform's folder for them, which people may edit as well."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paragon_tui.atomic_write import write_atomically
from paragon_tui.sessions.csv_dialect import Dialect, Separator
from paragon_tui.sessions.setting_kinds import Choice, Folder, Kind, Number, Switch, Words

if TYPE_CHECKING:
    from paragon_tui.engine.messages.job import Sampling

_SEPARATORS: dict[str, Separator] = {",": ",", ";": ";", "tab": "\t"}
_KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. ``DECLARED`` says what each means; ``None`` is as usual.

    ``keys`` are those of bindings, by their ids: ``{"figures": ("f", "ctrl+f")}``. Whether there is such a binding,
    only the interface knows.
    """

    theme: str = "paragon"
    bell: bool = True
    ask_above_minutes: float = 5.0
    min_time_s: float | None = None
    precision_percent: float | None = None
    export_folder: str | None = None
    csv_separator: str = ","
    csv_decimal_comma: bool = False
    characters: str = "auto"
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def dialect(self) -> Dialect:
        """How CSV files are written."""
        return Dialect(_SEPARATORS[self.csv_separator], self.csv_decimal_comma)

    def sampling(self, usual: Sampling) -> Sampling:
        """Return ``usual`` with the least time and the precision that are set."""
        longer = usual if self.min_time_s is None else usual.for_at_least(self.min_time_s)
        return longer if self.precision_percent is None else longer.to_precision(self.precision_percent / 100)

    def exports(self, usual: Path) -> Path:
        """Return the folder of exports, ``usual`` where none is set."""
        return usual if self.export_folder is None else Path(self.export_folder).expanduser()


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as people see it: its name in the file, a heading, what it means, and what it takes."""

    name: str
    label: str
    words: str
    kind: Kind

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with a value; ``None`` for a sound one."""
        return None if self.kind.takes(value) else f"{self.name} is {value!r}, and should be {self.kind.expects}"


DECLARED = (
    Setting("theme", "Theme", "Colours; ctrl+p lists them too", Words("a text")),
    Setting("bell", "Bell", "Ring at the end of a run of more than half a minute", Switch()),
    Setting(
        "ask_above_minutes",
        "Ask above",
        "Ask before a run that is expected to take more minutes than this",
        Number("minutes", 0, 1e9),
    ),
    Setting(
        "min_time_s",
        "Least time",
        "Sample each result for at least so many seconds, as run --min-time does; usually 0.3, F and --fast less",
        Number("seconds", 0, 1e9, above=True),
    ),
    Setting(
        "precision_percent",
        "Precision",
        "Sample until half the 95 % interval is within so many percent of the median, as run --precision does, for up "
        "to 30 s a result; usually 2, in at most 40 visits",
        Number("percent", 0, 100, above=True),
    ),
    Setting("export_folder", "Export folder", "Where e writes; usually exports in the data folder", Folder()),
    Setting("csv_separator", "CSV separator", "What separates the cells of CSV files", Choice(tuple(_SEPARATORS))),
    Setting("csv_decimal_comma", "Decimal comma", "Numbers in CSV files have a comma for the decimal point", Switch()),
    Setting(
        "characters",
        "Characters",
        "auto: ASCII marks and rules where the locale is not UTF-8",
        Choice(("auto", "unicode", "ascii")),
    ),
)
_BY_NAME = {setting.name: setting for setting in DECLARED}


def load(path: Path) -> tuple[Settings, list[str]]:
    """Return the settings in a file, and what is wrong with it: a line each. What is wrong has its default."""
    try:
        text = path.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except FileNotFoundError:
        return Settings(), []
    except OSError as error:
        return Settings(), [f"{path} cannot be read: {error.strerror}"]
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return Settings(), [f"{path} is no TOML: {error}; until that is mended, the settings are the usual ones"]
    keys, told = _read_keys(given.pop(_KEYS, {}))
    wrong = {name: words for name, value in given.items() if (words := _problem(name, value))}
    sound = {name: value for name, value in given.items() if name not in wrong}
    told = [*(((name,), words) for name, words in wrong.items()), *told]
    return replace(Settings(keys=keys), **sound), [
        f"{path}, line {_line(text, *name)}: {words}" for name, words in told
    ]


def _read_keys(table: Any) -> tuple[dict[str, tuple[str, ...]], list[tuple[tuple[str, ...], str]]]:
    """Return what is sound in the table of keys, and what is not: its name, and words."""
    if not isinstance(table, dict):
        return {}, [((_KEYS,), f"keys is {table!r}, and should be a table of the ids of actions and their keys")]
    read = {id_: _keys(value) for id_, value in table.items()}
    wrong = [id_ for id_, keys in read.items() if keys is None]
    told = [((_KEYS, id_), f"keys.{id_} is {table[id_]!r}, and should be {_KEYS_EXPECTED}") for id_ in wrong]
    return {id_: keys for id_, keys in read.items() if keys is not None}, list[tuple[tuple[str, ...], str]](told)


_KEYS_EXPECTED = "a key such as 'ctrl+f', or a list of keys such as ['f', 'ctrl+f']"


def _keys(value: Any) -> tuple[str, ...] | None:
    """Return the keys that a value of ``[keys]`` names; ``None`` where it names none."""
    keys = [value] if isinstance(value, str) else value
    if not (isinstance(keys, list) and keys and all(isinstance(key, str) and key.strip() for key in keys)):
        return None
    stripped = tuple(key.strip() for key in keys)
    return None if any("," in key and key != "," for key in stripped) else stripped


def _problem(name: str, value: Any) -> str | None:
    """Return what is wrong with a setting; ``None`` for a sound one."""
    if name in _BY_NAME:
        return _BY_NAME[name].problem(value)
    near = get_close_matches(name, [*_BY_NAME, _KEYS], n=1)
    return f"there is no setting {name!r}" + (f"; did you mean {near[0]}?" if near else "")


def place(path: Path, id_: str) -> str:
    """Return where a file sets the keys of ``id_``, for what is wrong with them: ``settings.toml, line 3``."""
    try:
        return f"{path}, line {_line(path.read_text(encoding='utf-8'), _KEYS, id_)}"
    except (OSError, UnicodeDecodeError):
        return str(path)


def _line(text: str, *name: str) -> int:
    """Return the number of the line that sets ``name``, which is in a table where it has two parts."""
    return next((number for number, found in enumerate(_names(text), start=1) if found == name), 1)


def _names(text: str) -> Iterator[tuple[str, ...]]:
    """Yield for each line the name that it sets."""
    table: tuple[str, ...] = ()
    for line in text.splitlines():
        begin = line.split("=")[0].strip()
        if begin.startswith("["):
            table = _parts(begin.split("]")[0].strip("[ "))
            yield table
        else:
            yield (*table, *_parts(begin))


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip(" \t\"'") for part in name.split("."))


def save(path: Path, before: Settings, after: Settings) -> None:
    """Write what was changed into the file; comments stay, and what others have written. Raises ``OSError``."""
    import tomlkit  # late: a program that changes no setting does without

    if before == after:
        return
    known, problems = load(path)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomlkit.exceptions.ParseError):
        if problems:
            raise OSError(0, "the file is damaged; mend it or move it away", str(path)) from None
        document = tomlkit.document()
    changed = {name: getattr(after, name) for name in _BY_NAME if getattr(after, name) != getattr(before, name)}
    _update(document, {name: getattr(known, name) for name in changed}, changed)
    ids = [id_ for id_ in {**before.keys, **after.keys} if before.keys.get(id_) != after.keys.get(id_)]
    if ids:
        if not isinstance(document.get(_KEYS), Mapping):
            document[_KEYS] = tomlkit.table()
        written = {id_: list(keys) if len(keys) > 1 else keys[0] for id_, keys in after.keys.items()}
        _update(document[_KEYS], {}, {id_: written.get(id_) for id_ in ids})
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path.resolve(), tomlkit.dumps(document).encode())  # a link to the file stays one


def _update(table: Any, known: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Set what differs; what is wanted as ``None`` goes from the table."""
    for name, value in wanted.items():
        if value is None:
            table.pop(name, None)
        elif value != known.get(name):
            table[name] = value
