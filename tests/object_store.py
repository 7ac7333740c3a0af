"""Real servers that speak S3, each in a process of its own on the loopback: moto, and s3rver of npm."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import boto3
import botocore.config

from tests.npm import installed

S3RVER = "3.7.1"
_SECONDS = 300
"""How long a server may take to begin and to end."""
_MOTO = """
import sys, threading
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
app, turn = DomainDispatcherApplication(create_backend_app), threading.Lock()
def one_by_one(environ, start_response):
    with turn:
        return [b"".join(app(environ, start_response))]
run_simple("127.0.0.1", int(sys.argv[1]), one_by_one, threaded=True, ssl_context=tuple(sys.argv[2:]) or None)
"""
"""What ``moto_server`` does, a request at a time: moto looks at a condition first and stores then, which real stores do in
one step."""
_ADDRESS = re.compile(r"(?:listening|Running) on (?:https?://)?127\.0\.0\.1:(\d+)")


@attrs.frozen
class ObjectStore:
    """A server with one bucket in it. ``endpoint`` is its URL; ``authority`` is the file that proves its TLS, if it speaks it."""

    endpoint: str
    key: str = "test-key"
    secret: str = "test-secret"
    bucket: str = "backlinks"
    region: str = "us-east-1"
    authority: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What makes AWS tools use it, and nothing that this machine has configured."""
        trusted = {"AWS_CA_BUNDLE": str(self.authority)} if self.authority else {}
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **trusted,
        }

    def client(self, **options: Any) -> Any:
        """A client of boto3, which goes straight to the server."""
        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name=self.region, aws_access_key_id=self.key,
            aws_secret_access_key=self.secret, verify=str(self.authority) if self.authority else None,
            config=botocore.config.Config(s3={"addressing_style": "path"}, proxies={}), **options,
        )  # fmt: skip

    def keys(self, prefix: str = "") -> list[str]:
        """The keys of all objects in the bucket that begin so."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [one["Key"] for page in pages for one in page.get("Contents", ())]


@contextmanager
def moto_server(
    *,
    certificate: tuple[Path, Path] | None = None,
    environment: Mapping[str, str] | None = None,
    port: int = 0,
) -> Iterator[ObjectStore]:
    """moto's server, in memory; ``certificate`` is a chain and its key, by which it speaks TLS."""
    command = [sys.executable, "-c", _MOTO, str(port), *map(str, certificate or ())]
    with _serving(command, environment or {}) as number:
        scheme = "https" if certificate else "http"
        store = ObjectStore(f"{scheme}://127.0.0.1:{number}", authority=certificate and certificate[0])
        store.client().create_bucket(Bucket=store.bucket)
        yield store


@contextmanager
def s3rver(directory: Path) -> Iterator[ObjectStore]:
    """s3rver, which keeps objects as files of ``directory``; skipped by name where it cannot be installed."""
    store = ObjectStore("", key="S3RVER", secret="S3RVER")
    program = (shutil.which("node") or "node", str(installed("s3rver", S3RVER) / "bin" / "s3rver.js"))
    place = ("-d", str(directory), "-a", "127.0.0.1", "-p", "0", "--configure-bucket", store.bucket)
    with _serving((*program, *place), {}) as number:
        yield attrs.evolve(store, endpoint=f"http://127.0.0.1:{number}")


@contextmanager
def _serving(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    """Run a server that writes its address to its log; yields its port, and ends it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**clean, **environment},
        )
        try:
            yield _port(process, log)
        finally:
            process.terminate()
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(process: subprocess.Popen[bytes], log: Any) -> int:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        said = os.pread(log.fileno(), 1 << 16, 0).decode(errors="replace")
        if found := _ADDRESS.search(said):
            return int(found[1])
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} did not begin: {said[-2000:]}")
