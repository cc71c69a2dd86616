"""Who may come in, by the headers of a request."""

from __future__ import annotations

import pytest

from paragon_tui.web.access import Access, is_loopback

TOKEN = "a-token-of-a-test"
ON_LOOPBACK = Access()
BEYOND = Access(frozenset({"gpu.example.org"}), everywhere=True, token=TOKEN)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9000", "localhost.", "127.0.0.1:8000", "127.5.5.5", "[::1]:80"]
)
def test_loopback_answers_to_its_own_names_whatever_the_port(host: str) -> None:
    assert ON_LOOPBACK.refusal(host, None, ()) is None


@pytest.mark.parametrize(
    "host",
    [
        *("", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8000", "192.168.0.1"),
        *(
            "localhost@evil.example",
            "evil.example@localhost",
            "[::1",
            "[::1]x",
            "\u202elocalhost",
            "gpu.example.org",
            "0x7f000001",
            "a b",
        ),
    ],
)
def test_loopback_answers_to_no_other_name(host: str) -> None:
    refusal = ON_LOOPBACK.refusal(host, None, ())
    assert refusal is not None and refusal.status == 403 and refusal.reason.isprintable()


def test_beyond_loopback_it_answers_to_addresses_and_to_the_names_that_it_was_given() -> None:
    for host in ("192.168.0.1:8000", "[fe80::1]", "GPU.example.org", "localhost"):
        assert BEYOND.refusal(host, None, [TOKEN]) is None
    assert BEYOND.refusal("evil.example", None, [TOKEN]).status == 403


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://localhost:3000", "http://localhost:8000.evil.example", "http://["],
)
def test_pages_of_other_origins_are_refused(origin: str) -> None:
    assert ON_LOOPBACK.refusal("localhost:8000", origin, ()).status == 403


def test_its_own_page_may_come_from_behind_a_proxy_with_tls() -> None:
    assert BEYOND.refusal("gpu.example.org", "https://gpu.example.org", [TOKEN]) is None
    assert ON_LOOPBACK.refusal("localhost:8000", "http://localhost:8000", ()) is None


@pytest.mark.parametrize("tokens", [[], [""], ["a-token-of-a-tesT"], [TOKEN + "x"], [TOKEN[:-1]], ["ü", "\ud800"]])
def test_without_the_token_nobody_comes_in(tokens: list[str]) -> None:
    assert BEYOND.refusal("localhost", None, tokens).status == 401
    assert BEYOND.refusal("localhost", None, [*tokens, TOKEN]) is None


def test_cookies_of_two_servers_on_one_host_have_names_of_their_own() -> None:
    assert BEYOND.cookie != Access(token="another-token-of-it").cookie
    assert TOKEN not in BEYOND.cookie


def test_only_addresses_of_loopback_are_taken_for_it() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.1.2.3", "::1", "localhost", "Localhost")))
    assert not any(map(is_loopback, ("", "0.0.0.0", "::", "192.168.0.1", "gpu", "localhost.example.org")))
