"""What the pipelines of a crawl judge of a visit, for visits that no crawl made."""

from __future__ import annotations

from ..classify.target import Targets
from ..facts.judging import judge_anchor, judge_placement, judge_rel, judge_target
from ..facts.reading import leads_elsewhere
from ..items import Visit


def judge(visit: Visit, targets: Targets) -> None:
    """Keep the links that count, and judge each, in place. Nobody can be asked where a shortener leads, so a page with one
    proves no absence.
    """
    if visit.complete and any(
        leads_elsewhere(host, targets) for host in {link.target_host for link in visit.links}
    ):
        visit.complete = False
    judge_target(visit, targets)
    judge_rel(visit)
    judge_anchor(visit, targets)
    judge_placement(visit)
