"""The documentation that Debian packages bring, each set served under a host of its own."""

from __future__ import annotations

import asyncio
import mimetypes
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs

from backlink_crawler.localweb.message import Request, response
from tests.system import lacks, require


@attrs.frozen
class Documentation:
    """One set: who packages it, where it lies, and the pages to start from."""

    host: str
    package: str
    folder: str
    start: tuple[str, ...] = ("/index.html",)


LIBRARY = (
    Documentation("apache.docs.example", "apache2-doc", "/usr/share/doc/apache2-doc/manual", ("/",)),
    Documentation(
        "debian.docs.example", "debian-reference-en", "/usr/share/debian-reference", ("/index.en.html",)
    ),
    Documentation("developers.docs.example", "developers-reference", "/usr/share/developers-reference"),
    Documentation("git.docs.example", "git-doc", "/usr/share/doc/git-doc", ("/git.html",)),
    Documentation(
        "handbook.docs.example",
        "debian-handbook",
        "/usr/share/doc/debian-handbook/html",
        tuple(f"/{language}/index.html" for language in ("ar-MA", "en-US", "fr-FR", "ja-JP", "ru-RU")),
    ),
    Documentation("postgresql.docs.example", "postgresql-doc-15", "/usr/share/doc/postgresql-doc-15/html"),
    Documentation("python.docs.example", "python3.11-doc", "/usr/share/doc/python3.11/html"),
    Documentation("scrapy.docs.example", "python-scrapy-doc", "/usr/share/doc/python-scrapy-doc/html"),
    Documentation("sqlite.docs.example", "sqlite3-doc", "/usr/share/doc/sqlite3"),
)
DOMAIN = "docs.example"
SEEDS = tuple(f"http://{one.host}{path}" for one in LIBRARY for path in one.start)


@attrs.frozen
class Folder:
    """Serves the files below a folder by their names; no Content-Type names a charset, so that the pages must."""

    files: dict[str, Path]

    @classmethod
    def below(cls, root: Path) -> Folder:
        """Every file of the folder by its URL path; ``x.html.gz`` answers for ``x.html``.

        Symbolic links are left out: Apache's manual has 2,000 of them for pages that no one has translated.
        """
        files = {}
        for file in sorted(root.rglob("*")):
            if file.is_file() and not file.is_symlink():
                path = f"/{file.relative_to(root).as_posix()}"
                files[path] = files[path.removesuffix(".gz")] = file
                if file.name == "index.html":
                    files[path.removesuffix(file.name)] = file
        return cls(files)

    def has_page(self, path: str) -> bool:
        """Is an HTML page, or a redirect to one, the answer to this URL path?"""
        name = unquote(path)
        return f"{name}/" in self.files or (
            name in self.files and _content_type(self.files[name], name) == "text/html"
        )

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> int:
        """Send a file, 301 for a folder named without its slash, or 404."""
        path = request.target.partition("?")[0]
        name = unquote(path)
        status, headers, body = 404, [("Content-Type", "text/plain")], b"There is no such file here.\n"
        if f"{name}/" in self.files:
            status, headers, body = 301, [("Location", f"{path}/")], b""
        elif file := self.files.get(name):
            status, headers, body = 200, [("Content-Type", _content_type(file, name))], file.read_bytes()
            if file.suffix == ".gz" and not name.endswith(".gz"):
                headers.append(("Content-Encoding", "gzip"))
        writer.write(response(request, status, headers, body))
        return status


def _content_type(file: Path, name: str) -> str:
    if name.endswith(".gz"):
        return "application/gzip"
    return mimetypes.guess_type(file.name.removesuffix(".gz"))[0] or "application/octet-stream"


def open_library() -> dict[str, Folder]:
    """The folders by host; the packages are installed first where that can be done."""
    require(tuple(one.package for one in LIBRARY))
    for one in LIBRARY:
        if not Path(one.folder).is_dir():  # a dpkg that is told to leave documentation out
            lacks(
                f"{one.package} is installed without its files; bring them: apt-get install --reinstall {one.package}"
            )
    return {one.host: Folder.below(Path(one.folder)) for one in LIBRARY}


def is_page(library: dict[str, Folder], url: str) -> bool:
    """Does this URL name an HTML page of the library?"""
    parts = urlsplit(url)
    folder = library.get(parts.netloc)
    return parts.scheme == "http" and folder is not None and folder.has_page(parts.path)
