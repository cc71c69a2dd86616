"""What a person asks of a run: to stop it, to skip the case being measured, to hold it for a while."""

from __future__ import annotations

import asyncio

STOPPED = "stopped by the user"
SKIPPED = "skipped by the user"


class Steering:
    """The wishes so far. Whoever measures asks between two visits; a wait for a worker ends by itself."""

    def __init__(self) -> None:
        self.stops = False
        self.skips = False
        self.rests = False  # measuring is held, and nothing is measured any more
        self._ends = asyncio.Event()
        self._goes = asyncio.Event()
        self._goes.set()

    def stop(self) -> None:
        """End the run."""
        self.stops = True
        self._ends.set()
        self._goes.set()

    def skip(self) -> None:
        """End the case being measured, and go on with the next one."""
        self.skips = True
        self._ends.set()
        self._goes.set()

    def begin_case(self) -> None:
        """Begin with a case, which nobody wished to skip yet."""
        if not self.stops:
            self.skips = False
            self._ends.clear()

    @property
    def ends(self) -> bool:
        """True if what is measured now shall end."""
        return self._ends.is_set()

    @property
    def words(self) -> str:
        """Why what is measured now ends."""
        return STOPPED if self.stops else SKIPPED

    async def wait(self) -> bool:
        """Wait until what is measured now shall end, and return True."""
        return await self._ends.wait()

    def hold(self, on: bool) -> None:
        """Hold measuring, or let it go on."""
        if on and not self.stops:
            self._goes.clear()
        else:
            self._goes.set()

    async def may_go_on(self) -> None:
        """Wait as long as measuring is held."""
        self.rests = not self._goes.is_set()
        await self._goes.wait()
        self.rests = False
