"""``python -m paragon_tui``."""

import sys

from paragon_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
