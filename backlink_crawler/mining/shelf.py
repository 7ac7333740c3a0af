"""Where parts are kept: a directory, or a place on S3. A file that is put there appears whole or not at all."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs

from ..errors import IndexFault
from ..index.aws import client, settle
from ..index.location import cause, hint, is_remote, locate

SCRATCH = ".scratch-"
"""How the directories are called in which something is being made."""
BROKEN = ".broken"
"""How the names of files end that were set aside."""
AT_ONCE = 16
"""Files that are asked for at the same time: of a place on S3 each takes its time to come."""


@attrs.frozen
class Folder:
    """A directory, made when something is put there. Every method raises IndexFault when the storage fails."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A directory to make files in, gone afterwards."""
        place = self.path / f"{SCRATCH}{uuid.uuid4().hex}"
        with self._faults():
            place.mkdir(parents=True)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def put(self, path: Path) -> None:
        """Keep a file under its name, in the place of one that was there; it is moved, and durable."""
        with self._faults():
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.replace(self.path / path.name)

    def read(self, name: str) -> bytes | None:
        """What a file holds; None when it is not there."""
        with self._faults(), suppress(FileNotFoundError, IsADirectoryError):
            return (self.path / name).read_bytes()
        return None

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """A file of this machine that holds the same; there is none where the shelf has none."""
        yield self.path / name

    def names(self, ending: str) -> Iterator[str]:
        """The files whose names end so, in order."""
        with self._faults():
            yield from sorted(path.name for path in self.path.glob(f"[!.]*{ending}"))

    def remove(self, name: str) -> None:
        """Forget a file, if it is there."""
        with self._faults():
            (self.path / name).unlink(missing_ok=True)

    def set_aside(self, name: str) -> None:
        """Give a file a name by which nobody looks for it, if it is there."""
        with self._faults(), suppress(FileNotFoundError):
            (self.path / name).replace(self.path / f"{name}{BROKEN}")

    def tidy(self) -> None:
        """Clear away what processes that were killed were making; to be called while none is at work."""
        for left in self.path.glob(f"{SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)

    def _faults(self) -> AbstractContextManager[None]:
        return faults(str(self.path))


@attrs.frozen
class Bucket:
    """``s3://bucket/prefix``; one request puts a file. The methods are those of :class:`Folder`."""

    uri: str

    def __str__(self) -> str:
        return self.uri

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A directory to make files in, gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="backlinks-part-") as place:
            yield Path(place)

    def put(self, path: Path) -> None:
        """Keep a file under its name, in the place of one that was there."""
        with faults(self.uri), path.open("rb") as body:
            _server().put_object(**self._place(path.name), Body=body)

    def read(self, name: str) -> bytes | None:
        """What a file holds; None when it is not there."""
        with faults(self.uri):
            try:
                content: bytes = _server().get_object(**self._place(name))["Body"].read()
            except _server().exceptions.NoSuchKey:
                return None
            return content

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """A file of this machine that holds the same, for so long; there is none where the shelf has none."""
        with self.scratch() as scratch:
            path = scratch / name
            with faults(self.uri), suppress(_server().exceptions.NoSuchKey):
                body = _server().get_object(**self._place(name))["Body"]
                with path.open("wb") as file:
                    for chunk in body.iter_chunks(1 << 20):
                        file.write(chunk)
            yield path

    def names(self, ending: str) -> Iterator[str]:
        """The files whose names end so, in order."""
        below = self._place("")
        with faults(self.uri):
            pages = _server().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=below["Bucket"], Prefix=below["Key"], Delimiter="/"):
                keys = (one["Key"] for one in page.get("Contents", ()))
                yield from (key.removeprefix(below["Key"]) for key in keys if key.endswith(ending))

    def remove(self, name: str) -> None:
        """Forget a file, if it is there."""
        with faults(self.uri):
            _server().delete_object(**self._place(name))

    def set_aside(self, name: str) -> None:
        """Give a file a name by which nobody looks for it, if it is there."""
        with faults(self.uri), suppress(_server().exceptions.NoSuchKey):
            _server().copy_object(**self._place(f"{name}{BROKEN}"), CopySource=self._place(name))
            self.remove(name)

    def _place(self, name: str) -> dict[str, str]:
        bucket, _, prefix = self.uri.removeprefix("s3://").partition("/")
        return {"Bucket": bucket, "Key": f"{prefix}/{name}".lstrip("/")}


Shelf = Folder | Bucket


def shelf_at(place: Path | str) -> Shelf:
    """The shelf in a directory or at ``s3://bucket/prefix``. Raises UsageError for an address that is neither."""
    if isinstance(place, str) and is_remote(located := locate(place)):
        return Bucket(located)
    return Folder(Path(place))


@functools.cache
def _server() -> Any:
    return client(settle(os.environ))


@contextmanager
def faults(place: str) -> Iterator[None]:
    """Say errors of the file system, of botocore and of Arrow as IndexFault."""
    place = place.partition(f"/{SCRATCH}")[0]
    try:
        yield
    except OSError as error:
        reason = f"the parts at {place} cannot be kept: {cause(OSError(error.strerror or error))}"
        raise IndexFault(reason, "free some space, or choose another place") from error
    except Exception as error:
        if not type(error).__module__.startswith(("botocore.", "pyarrow.")):
            raise
        raise IndexFault(f"the parts at {place} cannot be kept: {cause(error)}", hint(place)) from error
