"""A real wiki: Debian's MediaWiki on SQLite, in a folder of its own, served by PHP on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs

from tests.ports import kept_port
from tests.waiting import SECONDS, until

PACKAGES = ("mediawiki", "php-cli", "php-sqlite3", "php-mbstring", "php-xml", "php-intl")
PROGRAM = Path("/usr/share/mediawiki")
SETTINGS = """
$wgArticlePath = '/wiki/$1';
$wgMainCacheType = CACHE_NONE;
$wgExtraNamespaces = [ 100 => 'Portal', 101 => 'Portal_talk' ];
$wgContentNamespaces[] = 100;
"""
ROUTER = """<?php
if ( !str_starts_with( $_SERVER['REQUEST_URI'], '/wiki/' ) ) { return false; }
$_SERVER['SCRIPT_NAME'] = '/index.php';
chdir( $_SERVER['DOCUMENT_ROOT'] );
require 'index.php';
"""


@attrs.frozen
class Wiki:
    """A wiki at ``http://127.0.0.1:port``; nothing is written outside ``folder``."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.url}/api.php"

    def install(self) -> None:
        """As the administrator does it by hand."""
        (self.folder / "data").mkdir()
        options = {
            "dbtype": "sqlite", "dbname": "wiki", "dbpath": f"{self.folder}/data", "confpath": str(self.folder),
            "scriptpath": "", "server": self.url, "pass": "correct horse battery", "lang": "en",
        }  # fmt: skip
        self._maintain(
            "install.php", *(f"--{name}={value}" for name, value in options.items()), "A wiki", "Admin"
        )
        with (self.folder / "LocalSettings.php").open("a") as settings:
            settings.write(SETTINGS)
        (self.folder / "router.php").write_text(ROUTER)

    def write(self, pages: Mapping[str, str]) -> None:
        """Save pages, title -> text, and note their links."""
        for title, text in pages.items():
            self._maintain("edit.php", title, text=text)
        self._maintain("runJobs.php")

    @contextmanager
    def served(self) -> Iterator[None]:
        command = ("php", "-S", f"127.0.0.1:{self.port}", "-t", str(PROGRAM), str(self.folder / "router.php"))
        with (self.folder / "server.log").open("wb") as log:
            server = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
            try:
                self._wait_for(server)
                yield
            finally:
                server.kill()
                server.wait()

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "MW_CONFIG_FILE": str(self.folder / "LocalSettings.php")}

    def _maintain(self, script: str, *arguments: str, text: str = "") -> None:
        command = ("php", str(PROGRAM / "maintenance" / script), *arguments)
        done = subprocess.run(
            command,
            input=text.encode(),
            env=self._environment,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, (
            f"{script}: {(done.stdout + done.stderr).decode(errors='replace')[-2000:]}"
        )

    def _wait_for(self, server: subprocess.Popen[bytes]) -> None:
        def answers() -> bool:
            assert server.poll() is None, (self.folder / "server.log").read_text()
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", self.port)) == 0

        until(answers, lambda: "the wiki does not answer")


@contextmanager
def running_wiki(folder: Path, pages: Mapping[str, str]) -> Iterator[Wiki]:
    """A wiki with these pages, title -> text, until the end of the block."""
    with kept_port() as port:
        wiki = Wiki(folder, port)
        wiki.install()
        wiki.write(pages)
        with wiki.served():
            yield wiki
