"""What the mining of an archive came to."""

from __future__ import annotations

import attrs

from ..archive.tally import MOST_PLACES, Tally


@attrs.define
class Counts(Tally):
    """Every record of an archive is in ``records``, and in just one of ``responses``, ``silent``, ``other``, ``robots``,
    ``revisits`` and ``unread``; what is damaged or too large to be delivered as a record is in none of them.
    """

    records: int = 0
    """Whole records of all types."""
    responses: int = 0
    """Records that became visits."""
    silent: int = 0
    """Pages without a link that counts, where only those with one were wanted."""
    other: int = 0
    """Records of types that hold no page: requests, descriptions, resources, answers of other protocols."""
    robots: int = 0
    """Captures of robots.txt."""
    revisits: int = 0
    """Captures that only say that nothing changed since another: they show no page, and prove nothing of one. Answers of
    status 304 are among them."""
    unread: int = 0
    """Responses that no page can be read from: no HTTP, no URL, no date."""
    wrong_digests: int = 0
    """Responses, read all the same, whose payload is not the one that their digest was made of: they prove no absence."""
    links: int = 0
    """Links that count, of all visits."""

    def unreadable(self, offset: int, reason: str) -> None:
        """Count a response that no page can be read from."""
        self.unread += 1
        self.name(offset, reason)

    def add(self, other: Counts) -> None:
        """Count what another archive came to as well; of the places of both the first are kept."""
        for field in attrs.fields(Counts):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        del self.places[MOST_PLACES:]
