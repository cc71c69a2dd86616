"""Where things are kept, by the platform's customs."""

from pathlib import Path

from platformdirs import user_cache_path, user_data_path

_APP = "paragon-tui"


def data_dir() -> Path:
    """Sessions and exports."""
    return user_data_path(_APP, appauthor=False)


def database() -> Path:
    """The one SQLite file of all sessions."""
    return data_dir() / "sessions.sqlite3"


def exports_dir() -> Path:
    """CSV files exported from the screen."""
    return data_dir() / "exports"


def reference_cache() -> Path:
    """Reference results, which can be computed anew at any time."""
    return user_cache_path(_APP, appauthor=False) / "reference"
