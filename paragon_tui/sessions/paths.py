"""The folders and files of the program, in the platform's usual places."""

from pathlib import Path

from platformdirs import user_cache_path, user_data_path

_APP = "paragon-tui"


def data_dir() -> Path:
    """Return the folder of sessions and exports."""
    return user_data_path(_APP, appauthor=False)


def database() -> Path:
    """Return the SQLite file that holds all sessions."""
    return data_dir() / "sessions.sqlite3"


def exports_dir() -> Path:
    """Return the folder of CSV files exported from the screen."""
    return data_dir() / "exports"


def reference_cache() -> Path:
    """Return the cache folder of reference results, which can be computed again at any time."""
    return user_cache_path(_APP, appauthor=False) / "reference"
