"""``python -m paragon_tui``."""

import sys

from paragon_tui.cli import main

sys.exit(main())
