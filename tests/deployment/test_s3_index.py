"""An index on S3, with real servers: whatever a person does with one in a directory, by whoever's keys, and many at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK
from tests.fault_proxy import FaultProxy
from tests.object_store import ObjectStore, moto_server, s3rver
from tests.program import ROOT, SECONDS, backlinks
from tests.replay_server import ReplayServer, Reply, Request

SEEDS = "greenfingers.example,harbour-news.example,spadeforum.example"
EXPORT = "Target URL,Linking page\nhttps://acme.example/,https://greenfingers.example/links\nhttps://acme.example/,https://unseen.example/\n"
WRITER = """
import sys
from backlink_crawler.afterwards import bring_up_to_date
from backlink_crawler.index.store import Index
from tests.index_rows import link, visit
uri, name, batches = sys.argv[1], sys.argv[2], int(sys.argv[3])
index = Index.open(uri, create=True)
for batch in range(batches):
    page = f"https://{name}.example/{batch}"
    index.append(name, batch, [visit(page)], [link(page)])
    if batch % 2:
        bring_up_to_date(index)
bring_up_to_date(index)
"""
READER = """
import sys
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
uri = sys.argv[1]
reader = Reader(Index.open(uri))
print(reader.count("visits"), reader.count("links"), reader.count("(SELECT DISTINCT source_key FROM links)"), reader.count("backlinks"))
"""


@contextmanager
def python(program: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A Python of its own, without what this machine has configured; ended with the block."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BACKLINKS_", "AWS_"))}
    search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], env={**clean, "PYTHONPATH": search, **environment},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ran(program: str, *arguments: str, **environment: str) -> str:
    """What it prints, when all is well."""
    with python(program, *arguments, **environment) as process:
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, err
        return out


@attrs.frozen
class Person:
    """Someone at a shell, with an index on S3."""

    directory: Path
    environment: dict[str, str]
    index: str = "s3://backlinks/team/index"

    def __call__(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """What a command prints; it ends with the code that is expected."""
        ended, out, err = backlinks(
            *arguments, cwd=self.directory, **{**self.environment, "BACKLINKS_INDEX": self.index, **environment}
        )  # fmt: skip
        assert ended == code, (arguments, err)
        return out if code == 0 else err


@pytest.fixture
def person(store: ObjectStore, web: LocalWeb, tmp_path: Path) -> Person:
    local = {"http_proxy": web.proxy_url, "no_proxy": "127.0.0.1", "HOME": str(tmp_path)}
    return Person(tmp_path, {**store.environment, **local})


def rows(text: str) -> set[tuple[str, str]]:
    return {(row["source_url"], row["target_url"]) for row in map(json.loads, text.splitlines())}


def test_all_commands(person: Person, store: ObjectStore) -> None:
    said = person("doctor", BACKLINKS_CONTACT="me@acme.example")
    assert f"ok    S3              {store.endpoint}, region us-east-1, keys from env; objects are" in said
    assert "writers are kept apart" in said
    assert not any(word in said for word in (store.key, store.secret))
    assert not store.keys()
    person("crawl", "acme.example", "--seeds", SEEDS, "-o", "links.jsonl", *QUICK)
    seen = rows((person.directory / "links.jsonl").read_text())
    listed = person("links", "acme.example", "--format", "jsonl")
    assert rows(listed) == seen
    assert "Referring domains   3 " in person("report", "acme.example")
    assert "<a " in person("show", min(seen)[0])
    person("export", "acme.example", "-o", "all.csv")
    (person.directory / "export.csv").write_text(EXPORT)
    person("import", "export.csv", "--target", "acme.example")
    states = Counter(
        json.loads(row)["state"] for row in person("claims", "acme.example", "--format", "jsonl").splitlines()
    )
    assert states == {"seen": 1, "pending": 1}
    person("recheck", "acme.example", "--older-than", "0", "--max-pages", "3", *QUICK)
    assert person("lost", "acme.example", "--format", "jsonl") == ""
    for upkeep in ("compact", "rebuild", "upgrade", "reclassify"):
        person(upkeep)
    assert rows(person("links", "acme.example", "--format", "jsonl")) == seen
    assert "acme.example" in person("targets")
    person("forget", "acme.example", "--yes")
    assert person("links", "acme.example", "--format", "jsonl") == ""


def test_a_server_without_conditional_writes_serves_one_writer_who_says_so(
    web: LocalWeb, tmp_path: Path
) -> None:
    with s3rver(tmp_path / "objects") as store:
        local = {"http_proxy": web.proxy_url, "no_proxy": "127.0.0.1", "HOME": str(tmp_path)}
        person = Person(tmp_path, {**store.environment, **local})
        crawl = ("crawl", "acme.example", "--seeds", "greenfingers.example", "-o", "links.jsonl", *QUICK)
        error, hint = person(*crawl, code=5).splitlines()
        assert error.startswith("error: s3://backlinks/team/index: this server lets two writers overwrite")
        assert hint.endswith("AWS_S3_ALLOW_UNSAFE_RENAME=true")
        assert store.keys() == ["team/index/_exclusive"]
        alone = {"AWS_S3_ALLOW_UNSAFE_RENAME": "true"}
        assert "warn  S3" in person("doctor", **alone)
        person(*crawl, **alone)
        seen = rows((tmp_path / "links.jsonl").read_text())
        assert seen
        assert rows(person("links", "acme.example", "--format", "jsonl")) == seen
        assert "Referring pages" in person("report", "acme.example")


def test_writers_at_once_lose_nothing(store: ObjectStore) -> None:
    uri, batches = "s3://backlinks/crowd", 3
    with ExitStack() as crowd:
        writers = [
            crowd.enter_context(python(WRITER, uri, name, str(batches), **store.environment))
            for name in ("a", "b", "c")
        ]
        for writer in writers:
            _, err = writer.communicate(timeout=SECONDS)
            assert writer.returncode == 0, err
    assert ran(READER, uri, **store.environment).split() == [str(len(writers) * batches)] * 4


def test_endpoint_and_keys_of_a_profile(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        f"[profile team]\nregion = eu-west-1\nservices = local\n\n[services local]\ns3 =\n  endpoint_url = {store.endpoint}\n"
    )
    (tmp_path / "credentials").write_text("[team]\naws_access_key_id = k\naws_secret_access_key = s\n")
    team = {
        "AWS_PROFILE": "team", "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }  # fmt: skip
    ran(WRITER, "s3://backlinks/profile", "a", "1", **team)
    assert ran(READER, "s3://backlinks/profile", **team).split() == ["1"] * 4
    code, out, _ = backlinks("doctor", "--index", "s3://backlinks/profile", cwd=tmp_path, **team)
    assert code == 0
    assert f"{store.endpoint}, region eu-west-1, keys from shared-credentials-file" in out


def test_an_authority_of_ones_own(tmp_path: Path) -> None:
    with moto_server(certificate=certificate(tmp_path)) as store:
        ran(WRITER, "s3://backlinks/private", "a", "1", **store.environment)
        assert ran(READER, "s3://backlinks/private", **store.environment).split() == ["1"] * 4
        public = {name: value for name, value in store.environment.items() if name != "AWS_CA_BUNDLE"}
        code, _, err = backlinks("report", "acme.example", "--index", "s3://backlinks/private", **public)
        assert code == 5
        assert "the certificate of the server is not trusted" in err


def test_keys_that_expire_are_fetched_again(store: ObjectStore) -> None:
    """As a container gets them: each is good for a minute, so near its end that it signs no more than it must."""
    given: list[str] = []

    def keys(_: Request) -> Reply:
        given.append(f"KEY{len(given)}")
        end = datetime.now(UTC) + timedelta(minutes=1)
        return Reply(
            {"AccessKeyId": given[-1], "SecretAccessKey": "s", "Token": "t", "Expiration": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        )  # fmt: skip

    with FaultProxy(store) as proxy, ReplayServer(keys) as metadata:
        environment = {
            **{name: value for name, value in proxy.store.environment.items() if "KEY" not in name},
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{metadata.url}/keys",
        }
        ran(WRITER, "s3://backlinks/expiring", "a", "4", **environment)
        assert ran(READER, "s3://backlinks/expiring", **environment).split() == ["4"] * 4
        used = {asked.headers["authorization"].split("Credential=")[1].split("/")[0] for asked in proxy.log}
    assert len(used) > 10
    assert used <= set(given)


def certificate(directory: Path) -> tuple[Path, Path]:
    """A server's certificate by an authority made for it; the chain holds both."""
    authority, key, chain = (directory / name for name in ("authority.pem", "key.pem", "chain.pem"))
    new = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    for command in (
        (*new, "-subj", "/CN=Authority", "-keyout", directory / "authority.key", "-out", authority),
        (*new, "-subj", "/CN=store", "-keyout", key, "-out", chain, "-CA", authority, "-CAkey", directory / "authority.key",
         "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"),
    ):  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    chain.write_text(chain.read_text() + authority.read_text())
    return chain, key
