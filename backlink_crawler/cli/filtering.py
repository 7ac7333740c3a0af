"""The flags that say which backlinks a list is of: one set for all lists."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from ..items import ANCHOR_TYPES, LINK_TYPES, PLACEMENTS
from ..reporting.links import CURRENT, SHOWN, Filter
from .asking import domain_wanted

if TYPE_CHECKING:
    from collections.abc import Callable

_RELS = {
    "follow": "Links that are followed.",
    "nofollow": "Links with nofollow, of their own or of their page.",
    "ugc": "Links marked ugc.",
    "sponsored": "Links marked sponsored.",
}
_OPTIONS = (
    *(click.option(f"--{word}", "rel", flag_value=word, multiple=True, help=text) for word, text in _RELS.items()),
    click.option("--counts", is_flag=True, help="Followed links of pages that may be indexed and are their own canonical."),
    click.option("--placement", type=click.Choice(PLACEMENTS), help="Where on the page."),
    click.option("--anchor-type", type=click.Choice(ANCHOR_TYPES), help="The class of the anchor text."),
    click.option("--link-type", type=click.Choice(LINK_TYPES), help="The kind of link."),
    click.option("--source-domain", metavar="DOMAIN", help="Links from this domain, site or host."),
    click.option(
        "--status", type=click.Choice(SHOWN), default=CURRENT, show_default=True,
        help="Links of this status. Current are those that are not lost.",
    ),
)  # fmt: skip


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flags, and give the command the one ``where`` that they make."""

    @functools.wraps(command)
    def call(**said: Any) -> Any:
        where = Filter(
            rel=frozenset(said.pop("rel")),
            placement=said.pop("placement") or "",
            anchor_type=said.pop("anchor_type") or "",
            link_type=said.pop("link_type") or "",
            source_domain=domain_wanted(said.pop("source_domain")),
            counts=said.pop("counts"),
            status=said.pop("status"),
        )
        return command(where=where, **said)

    for option in reversed(_OPTIONS):
        call = option(call)
    return call
