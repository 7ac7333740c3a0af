"""What several tests of deployment stand on: one object store and one local web for each file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backlink_crawler.localweb.server import LocalWeb
from tests.object_store import ObjectStore, moto_server


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with moto_server() as store:
        yield store


@pytest.fixture(scope="module")
def web() -> Iterator[LocalWeb]:
    with LocalWeb() as web:
        yield web
