"""The gate: a reactor that opens connections to public addresses only."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IReactorPluggableNameResolver
from zope.interface import implementer  # type: ignore[import-untyped]

from ..classify.address import BlockedAddressError, is_public, parse
from .resolver import SystemResolver


@implementer(IReactorPluggableNameResolver)
class Gate:
    """Stands in for the reactor where one crawler connects, so that nothing of the process is changed.

    The address is judged in the very call that opens the socket: no DNS answer can change between the look and the step.
    """

    def __init__(self, reactor: Any, resolver: SystemResolver, *, allow_private: bool) -> None:
        self.nameResolver = resolver
        self._reactor = reactor
        self._allow_private = allow_private

    def connectTCP(self, host: str, port: int, factory: Any, **options: Any) -> Any:  # noqa: N802  IReactorTCP
        """Connect to a public address; raises BlockedAddressError for any other."""
        address = parse(host)
        if address is None or not (self._allow_private or is_public(address)):
            raise BlockedAddressError(f"{host} is not a public address")
        return self._reactor.connectTCP(host, port, factory, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)
