"""Emptying the outbox: each message to its service, within bounded time, whatever the services do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

from . import service
from .outbox import reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .outbox import Message, Outbox
    from .rule import Rule

RUN_SECONDS = 30.0
"""No message is begun later than that; one that is begun takes :data:`~.service.SECONDS` at most."""


@attrs.frozen
class Delivery:
    """What became of a message: ``reason`` says why it was not delivered, and is empty when it was."""

    message: Message
    label: str
    reason: str


def addresses_of(rules: Iterable[Rule]) -> dict[str, str]:
    """The addresses of all rules, by what stands for them in the outbox."""
    return {reference(address): address for rule in rules for address in rule.to}


def deliver_due(outbox: Outbox, rules: Iterable[Rule], *, at_once: bool = False) -> list[Delivery]:
    """Deliver what is due, to each address the oldest first; one that fails is left alone for this time.

    Raises IndexFault when the outbox cannot be written.
    """
    end = time.monotonic() + RUN_SECONDS
    addresses = addresses_of(rules)
    done: list[Delivery] = []
    while time.monotonic() < end:
        messages = outbox.claim(addresses.values(), time.time(), at_once=at_once)
        if not messages:
            break
        to = [addresses[message.address] for message in messages]
        parcels = [
            service.Parcel(address, one.title, one.body) for one, address in zip(messages, to, strict=True)
        ]
        for message, address, reason in zip(messages, to, service.deliver(parcels), strict=True):
            outbox.settle(message, reason, time.time())
            done.append(Delivery(message, service.label(address), reason))
            if reason:
                del addresses[message.address]
    return done
