"""``paragon-tui cache`` as people and programs use it."""

from __future__ import annotations

import json

import pytest

from paragon_tui.cli import main
from paragon_tui.sessions import paths
from tests.console.conftest import QUICK


@pytest.mark.usefixtures("fakes")
def test_what_a_run_left_is_counted_by_kind_and_cleared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "S1", "S2", "--adapter", "reference", *QUICK, "--quiet"]) == 0
    capsys.readouterr()
    assert main(["cache", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["folder"] == str(paths.reference_cache())
    assert (document["schema"], document["limit_bytes"], document["cleared"]) == (1, 2**30, False)
    assert document["kinds"] == [{"kind": "reference answers", "files": 2, "bytes": document["bytes"]}]

    assert main(["cache"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(paths.reference_cache())
    assert lines[1].split()[:4] == ["reference", "answers", "2", "files"]
    assert lines[2].startswith("2 files, ") and "of at most 1 GiB; `paragon-tui cache clear` deletes" in lines[2]

    assert main(["cache", "clear", "--json"]) == 0
    cleared = json.loads(capsys.readouterr().out)
    assert cleared == document | {"cleared": True}
    assert list(paths.reference_cache().iterdir()) == []
    assert main(["cache"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "nothing yet, at most 1 GiB"


def test_clearing_says_what_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    paths.reference_cache().mkdir(parents=True)
    (paths.reference_cache() / "v1-a.npz").write_bytes(b"x" * 2048)
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"{paths.reference_cache()}: deleted 1 file, 2 KiB\n"


def test_a_folder_that_cannot_be_read_is_an_error_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    paths.reference_cache().parent.mkdir(parents=True)
    paths.reference_cache().write_text("in the way")
    assert main(["cache"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.endswith("Not a directory; move away what is there\n")


def test_there_is_nothing_to_do_but_to_clear() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cache", "empty"])
    assert ended.value.code == 2
