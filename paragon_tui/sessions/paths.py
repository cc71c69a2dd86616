"""The folders and files of the program, in the platform's usual places."""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path

_APP = "paragon-tui"
NOTHING_STAYS = "this user has no home folder: nothing stays when the program ends, unless XDG_DATA_HOME names one"
"""What to tell where ``nothing_stays``."""


def data_dir() -> Path:
    """Return the folder of sessions and exports."""
    return _of_user(user_data_path) or _temporary()


def database() -> Path:
    """Return the SQLite file that holds all sessions."""
    return data_dir() / "sessions.sqlite3"


def choices_beside(database: Path) -> Path:
    """Return the file of saved choices that belongs to a store."""
    return database.parent / "choices.json"


def choices_file() -> Path:
    """Return the file of saved choices."""
    return choices_beside(database())


def exports_dir() -> Path:
    """Return the folder of CSV files exported from the screen."""
    return data_dir() / "exports"


def settings_file() -> Path:
    """Return the file of the user's settings."""
    return (_of_user(user_config_path) or _temporary()) / "settings.toml"


def reference_cache() -> Path:
    """Return the cache folder of reference results, which can be computed again at any time."""
    return (_of_user(user_cache_path) or _temporary()) / "reference"


def nothing_stays() -> bool:
    """Return whether sessions end with the program: its user has no home folder, and no variable names another."""
    return _of_user(user_data_path) is None


def _of_user(find: Callable[..., Path]) -> Path | None:
    """Return a folder of the user's; ``None`` for one without a home, where no variable names it either."""
    try:
        folder = find(_APP, appauthor=False)
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None  # older versions begin it with ~


def _temporary() -> Path:
    return Path(_temporary_folder().name)


@cache
def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=f"{_APP}-")
