"""The connections that are kept for the next page of their host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.web.client import HTTPConnectionPool

from .head import BoundedFactory

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

SECONDS_IDLE = 5
"""A connection is kept this long: many hosts in a row must not use up all sockets."""


class ConnectionPool(HTTPConnectionPool):
    """Twisted's pool, but for connections that are closing already.

    A download that was stopped at its headers closes its connection; were it kept, the next request would be lost on it
    and, unseen, asked a second time.
    """

    _factory = BoundedFactory
    cachedConnectionTimeout = SECONDS_IDLE  # noqa: N815  Twisted's name

    def __init__(self, reactor: IReactorTime, most: int) -> None:
        super().__init__(reactor, persistent=True)  # type: ignore[no-untyped-call]
        self.maxPersistentPerHost = most

    def _putConnection(self, key: Any, connection: Any) -> None:  # noqa: N802  Twisted's name
        if not connection.transport.disconnecting:
            super()._putConnection(key, connection)  # type: ignore[no-untyped-call]
