"""``backlinks schedule``: what it refuses before it asks any server. With real ones it is tested in tests/deployment."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlink_crawler.cli import main

NOBODY = ("--server", "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("acme.example",), "Missing option '--server'"),
        (("acme.example", "--server", "ftp://user:secret@a.example"), "--server a.example: is no address of a Scrapyd"),
        (("acme.example", *NOBODY, "--index", "data/index"), "--index data/index: would be another place on each machine"),
        (("acme", *NOBODY), "acme"),
        (("acme.example", *NOBODY, "--seeds", "missing.txt"), "missing.txt"),
        (("acme.example", *NOBODY, "--depth", "deep"), "depth=deep: needs a whole number"),
        (("acme.example", *NOBODY, "--recheck", "--seeds", "a.example"), "unknown argument seeds"),
        (("acme.example", *NOBODY, "--statuses", "lost"), "unknown argument statuses"),
        (("acme.example", *NOBODY, "--shards", "2", "-o", "links.csv"), "all shards would write the same file"),
        (("acme.example", *NOBODY, "--shards", "2", "--per-target", "%(target)s.csv"), "the shards would write the same files"),
        (("acme.example", *NOBODY, "--patience", "long"), "patience=long: needs a time"),
        (("acme.example", *NOBODY, "--shards", "0"), "--shards"),
        (("acme.example", *NOBODY, "--shard", "1/2"), "No such option"),
        (("acme.example", *NOBODY, "-s", "LOG_LEVEL"), "write NAME=VALUE"),
        (("acme.example", *NOBODY, "-s", "AWS_SECRET_ACCESS_KEY=secret"), "-s AWS_SECRET_ACCESS_KEY: is not sent"),
        (("acme.example", *NOBODY, "-o", "s3://AKIA:secret@b/x.csv"), "an address on S3 holds no keys"),
        (("acme.example", *NOBODY, "--index", "s3://AKIA:secret@b/x"), "the address of an index holds no keys"),
        (("acme.example", *NOBODY, "--seeds", "http://me:secret@a.example/"), "//…@a.example/: an e-mail address or a user name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_once(
    said: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(["schedule", *said])
    printed = capsys.readouterr()
    assert end.value.code == 2
    assert told in printed.err
    assert printed.err.startswith("error: ")
    assert len(printed.err.splitlines()) == 2
    assert "secret" not in printed.err
    assert not printed.out
