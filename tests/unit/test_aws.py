"""How S3 is reached, by the variables and files of AWS tools (AWS SDKs and Tools Reference Guide)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.index.aws import AUTHORITIES, Reach, settle
from backlink_crawler.index.location import cause, storage

CONFIG = """\
[default]
region = eu-central-1

[profile team]
region = eu-west-1
endpoint_url = https://team.example/
s3 =
  addressing_style = virtual

[profile service]
services = local
endpoint_url = https://team.example

[services local]
s3 =
  endpoint_url = http://127.0.0.1:9000
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "credentials").write_text("[keys-only]\naws_access_key_id = k\naws_secret_access_key = s\n")
    return {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }


@pytest.mark.parametrize(
    ("said", "endpoint", "region", "is_virtual"),
    [
        ({}, "", "eu-central-1", False),
        ({"AWS_PROFILE": "team"}, "https://team.example", "eu-west-1", True),
        # The endpoint of a service wins over that of a profile, a variable over both, that of S3 over the general one.
        ({"AWS_PROFILE": "service"}, "http://127.0.0.1:9000", "us-east-1", False),
        ({"AWS_PROFILE": "service", "AWS_ENDPOINT_URL": "http://a"}, "http://a", "us-east-1", False),
        ({"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b"}, "http://b", "eu-central-1", False),
        ({"AWS_PROFILE": "service", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "", "us-east-1", False),
        ({"AWS_PROFILE": "keys-only"}, "", "us-east-1", False),
        ({"AWS_PROFILE": "team", "AWS_REGION": "r1", "AWS_DEFAULT_REGION": "r2"}, "https://team.example", "r1", True),
        ({"AWS_DEFAULT_REGION": "r2"}, "", "r2", False),
        ({"AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "TRUE"}, "", "eu-central-1", True),
    ],
)  # fmt: skip
def test_what_is_settled(
    files: dict[str, str], said: dict[str, str], endpoint: str, region: str, is_virtual: bool
) -> None:
    assert settle({**files, **said}) == Reach(endpoint, region, is_virtual, "")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"AWS_PROFILE": "nobody"}, "AWS_PROFILE=nobody: there is no such profile"),
        ({"AWS_ENDPOINT_URL": "localhost:9000"}, "the endpoint of S3 is no URL: localhost:9000"),
        ({"AWS_ENDPOINT_URL": "http://me:s3cr3t@host"}, "has a user name in it"),
        ({"AWS_CA_BUNDLE": "/no/such.pem"}, "cannot be read: /no/such.pem"),
        ({"AWS_CONFIG_FILE": "broken"}, "the AWS configuration cannot be read"),
    ],
)
def test_what_is_misconfigured_is_said(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken").write_text("no section = here\n[")
    with pytest.raises(UsageError, match=words) as caught:
        settle({**files, **said})
    assert "s3cr3t" not in str(caught.value)


def test_a_virtual_host_bears_the_name_of_the_bucket(files: dict[str, str]) -> None:
    options = storage("s3://logs/index", {}, {**files, "AWS_PROFILE": "team"})
    assert options["AWS_ENDPOINT_URL"] == "https://logs.team.example"
    assert options["AWS_VIRTUAL_HOSTED_STYLE_REQUEST"] == "true"
    assert not [name for name in options if "KEY" in name or "TOKEN" in name]


def test_own_authorities_are_trusted_besides_the_public_ones(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.pem").write_text("own authority")
    (tmp_path / "others.pem").write_text("the others'")
    monkeypatch.setenv(AUTHORITIES, str(tmp_path / "others.pem"))
    for _ in range(2):
        storage("s3://b/p", {}, {**files, "AWS_CA_BUNDLE": str(tmp_path / "own.pem")})
    together = Path(os.environ[AUTHORITIES]).read_text()
    assert together.count("own authority") == together.count("the others'") == 1
    assert "BEGIN CERTIFICATE" in together


@pytest.mark.parametrize(
    ("said", "words"),
    [
        # As the tables' library says them, over the answers of S3 (Error responses).
        ("404 Not Found <Error><Code>NoSuchBucket</Code>", "there is no such bucket"),
        ("403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code>", "the AWS credentials are wrong"),
        ("400 Bad Request: <Error><Code>ExpiredToken</Code>", "the AWS credentials are wrong"),
        ("403 Forbidden: <Error><Code>RequestTimeTooSkewed</Code>", "the clock of this machine is wrong"),
        ("403 Forbidden <Error><Code>AccessDenied</Code>", "access is denied"),
        ("Received redirect without LOCATION, this normally indicates an incorrectly configured region", "the bucket is in another region"),
        ("503 Service Unavailable: <Error><Code>SlowDown</Code>", "the server is overloaded, or asks for fewer requests"),
        ("after 3 retries - Server returned non-2xx status code: 500 Internal Server Error: <Code>InternalError</Code>", "the server failed"),
        ("502 Bad Gateway", "the server failed"),
        ("507 Insufficient Storage: <Error><Code>InsufficientStorage</Code>", "the disk is full"),
        ("HTTP error: error sending request", "the server does not answer"),
        ("client error (SendRequest) connection closed before message completed", "the server does not answer"),
        ("client error (Connect) tcp connect error Connection refused (os error 111)", "the server does not answer"),
        ("client error (Connect) invalid peer certificate UnknownIssuer", "the certificate of the server is not trusted"),
        ("no credentials found in chain. Attempted: Environment", "no AWS credentials were found"),
        # As botocore says them.
        ("Unable to locate credentials", "no AWS credentials were found"),
        ('Could not connect to the endpoint URL: "http://127.0.0.1:1/b"', "the server does not answer"),
        ("SSL validation failed for https://x [SSL: CERTIFICATE_VERIFY_FAILED]", "the certificate of the server is not trusted"),
    ],
)  # fmt: skip
def test_what_the_server_says_is_said_in_words(said: str, words: str) -> None:
    assert cause(OSError(said)) == words
