"""One response of an archive again, by the place of its visit."""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path

import pytest

from backlink_crawler.archive.kept import response_at
from backlink_crawler.archive.tally import Tally
from backlink_crawler.archive.walk import records
from backlink_crawler.errors import ArchiveFault
from tests.archive_files import Answer, answered, as_gzip, as_zstd
from tests.replay_server import ReplayServer, Reply

ANSWERS = [Answer(f"http://page{number}.example/", b"<p>%d" % number) for number in range(4)]
RECORDS = [answered(answer) for answer in ANSWERS]
FORMS = {
    "gzip": as_gzip(RECORDS),
    "zstd": as_zstd(RECORDS),
    "plain": b"".join(RECORDS),
    "one member": gzip.compress(b"".join(RECORDS)),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_response_is_found_again(tmp_path: Path, form: str) -> None:
    path = tmp_path / "archive"
    path.write_bytes(FORMS[form])
    places = [raw.offset for raw in records(BytesIO(FORMS[form]), Tally())]
    for answer, offset in zip(ANSWERS, places, strict=True):
        found = response_at(str(path), offset, answer.url)
        assert (found.url, found.body, found.status) == (answer.url, answer.body, 200)
        with pytest.raises(ArchiveFault, match=f"holds no response at {offset}: no record of this page"):
            response_at(str(path), offset, "http://other.example/")


def test_on_a_server() -> None:
    content = FORMS["gzip"]
    offset = content.index(b"\x1f\x8b", 1)
    with ReplayServer(lambda _: Reply(content[offset:], 206, {
        "Content-Range": f"bytes {offset}-{len(content) - 1}/{len(content)}"
    })) as server:  # fmt: skip
        assert response_at(f"{server.url}/a.warc.gz", offset, ANSWERS[1].url).body == b"<p>1"
        assert [request.headers["range"] for request in server.requests] == [f"bytes={offset}-"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (FORMS["gzip"][:40], "it is cut off"),
        (b"<html>" * 100, "no WARC record"),
        (b"", "no record of this page"),
        (answered(Answer("http://page0.example/", status="none")), "no status line"),
    ],
)
def test_what_is_not_there_is_told(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "archive").write_bytes(content)
    with pytest.raises(ArchiveFault, match=f"holds no response at 0: .*{reason}"):
        response_at(str(tmp_path / "archive"), 0, "http://page0.example/")
    with pytest.raises(ArchiveFault, match="No such file"):
        response_at(str(tmp_path / "nothing"), 0, "http://page0.example/")
