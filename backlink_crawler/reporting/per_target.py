"""The links of one run as files of each target, on the disk or on S3: thousands of them in flat memory."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ..errors import BacklinkError, UsageError
from .address import BATCH, LONGEST_NAME, Place, file_name, fill, is_remote, shown
from .export import by_target, in_parts
from .file_kind import FileKind, kind_of, media_type
from .spool import spool
from .writing import WRITERS, save, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    import pyarrow as pa

    from ..index.query import Reader
    from .upload import Uploader

AT_ONCE = 8
"""Objects under way at a time: each waits for the network, and there may be thousands."""
PATIENCE = 8
"""After so many failures in a row nothing more is tried: objects are kept, files are not written."""
_EXAMPLE: dict[str, str | int] = {
    "target": "",
    "crawl_id": "c",
    "run": "r",
    "shard": "1-of-1",
    "time": "t",
    "batch_id": 1,
}


@attrs.define
class Done:
    """What became of the files: how many are stored, with how many links, and how many are not."""

    files: int = 0
    links: int = 0
    failed: int = 0
    first: str = ""
    """What went wrong with the first that failed."""
    in_a_row: int = 0

    @property
    def hopeless(self) -> bool:
        """Have the last ones all failed?"""
        return self.in_a_row >= PATIENCE

    def count(self, address: object, links: int, error: BacklinkError | OSError | None) -> None:
        """Count one file."""
        if error is None:
            self.files += 1
            self.links += links
            self.in_a_row = 0
            return
        self.failed += 1
        self.in_a_row += 1
        reason = error.reason if isinstance(error, BacklinkError) else error.strerror
        self.first = self.first or f"{address}: {reason}"


@attrs.frozen
class Apart:
    """Where the files go: an address with ``%(target)s`` in it, the words it has besides, and the most links of a file where it
    has a place for the batch.
    """

    template: str
    words: Mapping[str, str]
    most: int
    owns: Callable[[str], bool] | None = None
    """Of a shard: whether a source host is its own."""

    @property
    def kind(self) -> FileKind:
        """What the ending says."""
        return kind_of(self.template, WRITERS)

    def files(self, reader: Reader, crawl_id: str) -> Iterator[tuple[str, pa.RecordBatchReader]]:
        """Each file's address and its links, which are to be read before the next is asked for."""
        for target, links in by_target(reader, crawl_id, self.owns):
            parts = in_parts(links, self.most) if BATCH.search(self.template) else iter((links,))
            for number, part in enumerate(parts, 1):
                own: dict[str, str | int] = {"target": file_name(target), "batch_id": number}
                yield fill(self.template, {**self.words, **own}), part


def check_template(template: str, *, is_shard: bool = False) -> None:
    """Raise UsageError unless ``per_target`` gives each target a file of its own, and each shard, in a format that is known."""
    try:
        first, other = (fill(template, {**_EXAMPLE, "target": name}) for name in ("a.example", "b.example"))
    except KeyError as error:
        raise UsageError(
            f"per_target={template}: nothing is called %({error.args[0]})s",
            f"known are {', '.join(_EXAMPLE)}",
        ) from None
    except (TypeError, ValueError):
        raise UsageError(
            f"per_target={template}: a % is out of place",
            "write %(target)s, %(crawl_id)s, %(batch_id)05d, and %% for a plain %",
        ) from None
    if "://" in first and not is_remote(first):
        raise UsageError(
            f"per_target={shown(template)}: is neither a path nor on S3", "give a path, or s3://BUCKET/KEY"
        )
    if first == other:
        raise UsageError(
            f"per_target={template}: names one file for all",
            "write %(target)s where the name of the target belongs",
        )
    if is_shard and first == fill(
        template, {**_EXAMPLE, "target": "a.example", "shard": "2-of-2", "run": "s"}
    ):
        raise UsageError(
            f"per_target={template}: the shards would write the same files",
            "write %(shard)s where the number of the shard belongs",
        )
    kind_of(first, WRITERS)
    if is_remote(first):
        Place.of(fill(template, {**_EXAMPLE, "target": "x" * LONGEST_NAME}))  # known before the crawl


def write_files(reader: Reader, crawl_id: str, apart: Apart) -> Done:
    """Write them to the disk, each whole or not at all. Raises IndexFault."""
    done = Done()
    for address, links in apart.files(reader, crawl_id):
        path, count = Path(address), 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            count = save(links, path)
        except (BacklinkError, OSError) as error:
            done.count(path, 0, error)
        else:
            done.count(path, count, None)
        if done.hopeless:
            break
    return done


def send_files(reader: Reader, crawl_id: str, apart: Apart, uploader: Uploader) -> Done:
    """Store them on S3; those that cannot be are kept (:class:`.upload.Uploader`). Raises IndexFault."""
    done = Done()
    under_way: deque[tuple[Place, int, Future[None]]] = deque()

    def settle() -> None:
        place, count, future = under_way.popleft()
        error = future.exception()
        if error is not None and not isinstance(error, BacklinkError):
            raise error
        done.count(place, count, error)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for address, links in apart.files(reader, crawl_id):
            place, file = Place.of(address), spool(uploader.unsent)
            count = write(links, file, apart.kind)
            act = uploader.hold if done.hopeless else uploader.send
            media = media_type(address, apart.kind.format)
            under_way.append((place, count, pool.submit(_closing, act, file, place, media)))
            if len(under_way) == AT_ONCE:
                settle()
        while under_way:
            settle()
    return done


def _closing(act: Callable[[BinaryIO, Place, str], None], file: BinaryIO, place: Place, media: str) -> None:
    with file:
        act(file, place, media)
