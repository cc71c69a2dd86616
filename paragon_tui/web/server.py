"""The web server: a page, its parts, its downloads, and a websocket on which it shows an interface of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import WSCloseCode, web
from textual_serve.server import Server

from paragon_tui.web.access import Access
from paragon_tui.web.interface import END_S, PageInterface

_PAGE = Path(__file__).parent / "page"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Nothing comes from elsewhere, and nothing is shown elsewhere. The terminal's own script has styles inline."""
_PLACE_S = END_S  # for a page that was loaded anew, whose old process has to end first
_HEARTBEAT_S = 60.0  # a laptop that is asleep, or out of reach for longer, has gone
_CLOSE_S = 3.0
_MESSAGE_BYTES = 256 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BrowserServer:
    """A server for those whom ``access`` lets in, at most ``places`` pages at once.

    ``arguments`` are those of each interface, which is a process of its own.
    """

    def __init__(self, access: Access, places: int, arguments: Sequence[str] = ()) -> None:
        self._access = access
        self._places = places
        self._free = asyncio.Semaphore(places)
        self._arguments = arguments
        self._sockets: set[web.WebSocketResponse] = set()
        library = Server("")
        self._downloads = library.download_manager
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._page)
        app.router.add_get("/ws", self._websocket)
        app.router.add_get("/download/{key}", library.handle_download)
        app.router.add_static("/static", library.statics_path)
        app.router.add_static("/page", _PAGE)
        app.on_response_prepare.append(_harden)
        app.on_shutdown.append(self._close_pages)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=END_S + _CLOSE_S)

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port, which the system chooses if it is 0. Raises ``OSError``."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound: int = self._runner.addresses[0][1]
        return bound

    async def end(self) -> None:
        """Close all pages, and wait for their processes to end."""
        await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may come in; the others get a plain page with one sentence."""
        tokens = [request.query.get("token", ""), request.cookies.get(self._access.cookie, "")]
        refusal = self._access.refusal(request.headers.get("Host", ""), request.headers.get("Origin"), tokens)
        if refusal is not None:
            return web.Response(text=f"{refusal.reason}\n", status=refusal.status)
        return await handler(request)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        """Return the page; its cookie brings the token on all other requests of its own."""
        response = web.FileResponse(_PAGE / "index.html", headers={"Cache-Control": "no-store"})
        if self._access.token is not None:
            response.set_cookie(self._access.cookie, self._access.token, path="/", httponly=True, samesite="Strict")
        return response

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        """Show an interface on a page, as soon as there is a place for it."""
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, timeout=_CLOSE_S, max_msg_size=_MESSAGE_BYTES)
        await socket.prepare(request)
        try:
            async with asyncio.timeout(_PLACE_S):
                await self._free.acquire()
        except TimeoutError:
            why = f"{self._places} pages are open, as many as this server shows at once: close one."
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=why.encode())
            return socket
        self._sockets.add(socket)
        try:
            width, height = (_number(request.query.get(name)) for name in ("width", "height"))
            await PageInterface(socket, self._downloads, self._arguments).show(width or 80, height or 24)
        finally:
            self._sockets.discard(socket)
            self._free.release()
        return socket

    async def _close_pages(self, app: web.Application) -> None:
        why = b"The server has ended."
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY, message=why) for socket in self._sockets))


async def _harden(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    response.headers.setdefault("Cache-Control", "private, no-cache")


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 6 else 0
