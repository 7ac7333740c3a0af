"""Judge what was read: the target, rel, anchor and placement of every link of a visit. Each step works in place. Links within
the own set of a target have it already, and are judged like the others in all else.

Only what a reading stored is looked at, so that changed rules can judge old facts again.
"""

from __future__ import annotations

from collections.abc import Collection

import attrs

from ..classify import rel
from ..classify.anchor import anchor_type
from ..classify.target import Targets
from ..items import Link, Visit
from ..page.placement import placement
from ..urls import domain_of, host_of

MOST_ELSEWHERE = 100
"""So many URLs of one page that led to no target are kept."""


def judge_target(visit: Visit, targets: Targets, ended: Collection[str] = ()) -> None:
    """Keep the links that count, once per target they count for; a link that was followed counts where it ended.

    ``ended`` are the URLs on the page that were followed to a known end: those that count for nothing led elsewhere. A page
    that links, or may link where nobody could follow, mentions nothing.
    """
    judged: list[Link] = []
    elsewhere: dict[str, None] = {}
    for link in visit.links:
        url, host = link.target_url, link.target_host
        if link.redirects:
            url = link.redirects[-1]
            host = host_of(url)
        names = targets.names_for(url, host, visit.source_domain, visit.source_site)
        if not names and link.target_url in ended:
            elsewhere[link.target_url] = None
        for number, name in enumerate(names):
            copy = attrs.evolve(link) if number else link
            copy.target = name
            judged.append(copy)
    visit.links = judged
    linked = {link.target for link in judged}
    visit.mentions = [one for one in visit.mentions if visit.complete and one.target not in linked]
    visit.led_elsewhere = list(elsewhere)[:MOST_ELSEWHERE]


def judge_rel(visit: Visit) -> None:
    """Does each link endorse, and if not, what withholds it?"""
    for link in (*visit.links, *visit.inside):
        link.follow, link.follow_reason, link.rel_type = rel.judge(
            link.link_type, link.rel, visit.robots_signals, visit.nofollow_page
        )


def judge_anchor(visit: Visit, targets: Targets) -> None:
    """The class of each anchor by its target's brand words and keywords; a target that is not tracked has only its name."""
    for link in (*visit.links, *visit.inside):
        target = targets.get(link.target or "")
        brand = target.brand_words if target else (domain_of(link.target_host).partition(".")[0],)
        link.anchor_type = anchor_type(
            link.anchor, link.target_url, brand=brand, keywords=target.keywords if target else ()
        )


def judge_placement(visit: Visit) -> None:
    """Where on the page each link stands."""
    for link in (*visit.links, *visit.inside):
        link.placement = placement(
            link.link_path, link.link_type, link.anchor, link.context_before, link.context_after
        )
