"""Who may come in: requests under a name of this server, from its own pages, with its token if it has one."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address

from paragon_tui.printable import printable

NO_TOKEN = "The token is missing or wrong: open the address that `paragon-tui serve` printed when it started."
OTHER_ORIGIN = "A page of another site asked for this, and only this server's own page may."
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The HTTP status of a request that is refused, and one sentence that says why."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Access:
    """What a request needs.

    ``names``: the names that the server answers to, in lower case, without a port; ``localhost`` and the addresses of
    loopback are among them by themselves. ``everywhere``: it also answers to any address, as one that listens beyond
    loopback does. ``token``: the secret that every request has to bring; ``None`` where none is needed.
    """

    names: frozenset[str] = frozenset()
    everywhere: bool = False
    token: str | None = None

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds the token: browsers keep cookies for a host, whatever the port."""
        return f"paragon-tui-{sha256((self.token or '').encode()).hexdigest()[:8]}"

    def refusal(self, host: str, origin: str | None, tokens: Iterable[str]) -> Refusal | None:
        """Return why a request may not come in, from its headers ``Host`` and ``Origin`` and the tokens it brings.

        A page whose own name was made to lead here (DNS rebinding) sends that name as the host.
        """
        if not self._answers_to(host):
            return Refusal(403, f"This server does not answer to the name {printable(host)!r}; `--name` adds names.")
        if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
            return Refusal(403, OTHER_ORIGIN)
        if self.token is not None and not any(self._is_token(text) for text in tokens):
            return Refusal(401, NO_TOKEN)
        return None

    def _answers_to(self, host: str) -> bool:
        if (match := _HOST.fullmatch(host.lower())) is None:
            return False
        name = match["name"].strip("[]").removesuffix(".")
        if (address := address_of(name)) is not None and (self.everywhere or address.is_loopback):
            return True
        return name == "localhost" or name in self.names

    def _is_token(self, text: str) -> bool:
        """Compare in a time that tells nothing of where they differ."""
        return hmac.compare_digest(text.encode("utf-8", "replace"), (self.token or "").encode())


def address_of(name: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that a host's name is; ``None`` for a name that has to be looked up."""
    try:
        return ip_address(name)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a server that listens on ``host``."""
    address = address_of(host)
    return address.is_loopback if address is not None else host.lower() == "localhost"
