"""The rules of loss: what each outcome of a visit says of the links known on its page (DESIGN, section 7).

An outcome that is not in :data:`RULES` only kept us from reading: it makes a link unverified, never lost. A loss that one
bad fetch could explain (``confirm``) needs a second visit that shows a loss, some time after the first and with no visit
in between that saw the link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..classify.listing import is_listing

if TYPE_CHECKING:
    from .reading import Known, Reading


@attrs.frozen
class Loss:
    """What a visit proves, or will prove once it is confirmed."""

    reason: str
    confirm: bool


RULES: dict[str, Loss] = {
    "http_404": Loss("page_not_found", confirm=True),
    "http_410": Loss("page_gone", confirm=False),
    "soft_404": Loss("soft_404", confirm=True),
    "parked": Loss("parked", confirm=True),
    "domain_gone": Loss("domain_gone", confirm=True),
}
"""Outcomes that speak of the page itself."""

REDIRECTED = Loss("page_redirected", confirm=True)
PUSHED_OFF = Loss("pushed_off", confirm=False)
REMOVED = Loss("link_removed", confirm=False)
THINNED = Loss("link_removed", confirm=True)
BROKEN = Loss("target_redirect_broken", confirm=True)
ABSENCES: dict[Loss, str] = {
    REMOVED: "read the page whole, looked for this target, and did not find the link",
    THINNED: "did so on a page that has lost most of its text: perhaps not all of it came",
    PUSHED_OFF: "did so on a feed or an archive, where links give way to newer ones",
    BROKEN: "found the link, and the alias or shortener that it goes through leads to the target no more",
    REDIRECTED: "was redirected to a page that was read whole and lacks the link",
}
"""What a visit proves that shows the page without the link."""

MANY_WORDS = 50
"""A page with fewer words than this can lose most of them in an ordinary edit."""
THIN = 0.25
"""A reading with a smaller share of the words than this is thin."""


def loss_of(known: Known, reading: Reading) -> Loss | None:
    """What a visit proves that did not show a link known on its page; None when it proves nothing."""
    return RULES.get(reading.outcome) or absence(known, reading)


def absence(known: Known, reading: Reading) -> Loss | None:
    """What it proves that a reading of its page lacks a link; None when it was no reading to prove that."""
    if (
        not reading.looked_for(known.target, known.best.target_domain)
        or reading.fetch_mode != known.fetch_mode
    ):
        return None
    if reading.outcome == "moved_offsite":
        return REMOVED if known.best.link_type == "redirect" else None
    if not is_whole(reading):
        return None
    if not {link.target_url for link in known.links}.isdisjoint(reading.led_elsewhere):
        return BROKEN
    if is_listing(reading.source_url):
        return PUSHED_OFF
    return THINNED if _is_thin(known, reading) else REMOVED


def is_whole(reading: Reading) -> bool:
    """Everything that counts on the page was read."""
    return reading.complete and reading.outcome == "ok" and bool(reading.checked)


def _is_thin(known: Known, reading: Reading) -> bool:
    before, now = known.text_words, reading.text_words
    return before is not None and now is not None and before >= MANY_WORDS and now < before * THIN
