"""What of a command goes to the servers, and what cannot: they have other files, and a command line of bounded length."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import UsageError
from ..seeds import read_seeds

MOST_BYTES = 50_000
"""Of one argument. Linux takes 131,072 bytes (execve(2), MAX_ARG_STRLEN); letters beyond ASCII grow on their way."""
ON_SERVER = "@"
"""Begins the name of a file that lies on each server."""
RUN = "%(run)s"
SECRET = ("SECRET_ACCESS_KEY", "SESSION_TOKEN", "PASSWORD")
"""How the names of settings end that are shown to nobody."""


def seeds_to_send(raw: str) -> str:
    """Seeds as they are sent: those of a file of this machine are read here. Raises UsageError when they cannot be sent."""
    text = raw.strip()
    if text.startswith(ON_SERVER):
        return text
    urls = [f"sitemap:{seed.url}" if seed.is_sitemap else seed.url for seed in read_seeds(text)]
    there = "copy the file to the same place on every server, and name it there: --seeds @/path/to/FILE"
    comma = next((url for url in urls if "," in url), "")
    if comma:
        raise UsageError(f"seeds: {comma[:200]}: a comma parts seeds that are sent", there)
    sent = ",".join(urls)
    if len(sent) > MOST_BYTES:
        raise UsageError(
            f"seeds: {len(urls):,} of them are {len(sent):,} bytes, at most {MOST_BYTES:,} are sent", there
        )
    return sent


def check_sizes(arguments: Mapping[str, str]) -> None:
    """Raise UsageError for an argument that is too long to be sent."""
    for name, value in arguments.items():
        if (size := len(value.encode("utf-8", "surrogatepass"))) > MOST_BYTES:
            hint = (
                f"put it in a file on every server: {name}=@/path/to/FILE"
                if name == "target"
                else "make it shorter"
            )
            raise UsageError(f"{name}: {size:,} bytes, at most {MOST_BYTES:,} are sent", hint)


def check_settings(settings: Mapping[str, str]) -> None:
    """Raise UsageError for keys: whatever is sent stands in the logs of the servers and on command lines there."""
    for name in settings:
        if name.endswith(SECRET):
            raise UsageError(
                f"-s {name}: is not sent, since it would stand in the logs of the servers",
                "set it in the environment of Scrapyd",
            )


def check_feed(address: str, count: int) -> None:
    """Raise UsageError where shards would write over each other's feed."""
    if count > 1 and RUN not in address:
        raise UsageError(
            f"--output {address}: all shards would write the same file",
            f"write {RUN} where the name of the run belongs: {_with_run(address)}",
        )


def same_everywhere(uri: str) -> bool:
    """Does the address of an index name one place on all machines, as far as can be told?"""
    return "://" in uri or Path(uri).is_absolute()


def _with_run(address: str) -> str:
    folder, slash, name = address.rpartition("/")
    stem, dot, ending = name.partition(".")
    return f"{folder}{slash}{stem}-{RUN}{dot}{ending}"
