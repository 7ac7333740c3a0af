"""``backlinks reclassify``: the rules of today applied to what is stored."""

from __future__ import annotations

import click

from ..classify.target import parse_target
from ..errors import UsageError
from ..history.reclassify import reclassify as judge_again
from ..history.reclassify import tracked_targets
from .asking import FORMATS, format_option, index_option
from .configured import configured, rule_options
from .format import show
from .table import note
from .upkeep import make_history_anew, open_known

COLUMNS = {"field": "Field", "old": "Was", "new": "Is", "links": "Links"}


@click.command("reclassify")
@click.argument("target", default="")
@rule_options
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@format_option(*FORMATS)
@index_option
def reclassify(target: str, dry_run: bool, kind: str, index: str | None, **said: str | None) -> None:
    """Apply the rules of today to the stored links of TARGET, or of all, without a crawl.

    Judged again are the target with its excluded parts and own sites, rel, the class of the anchor by brand words and
    keywords, and the placement. A link that does not count today is kept aside, and is back when the rules let it count.
    """
    if not target and any(said.values()):
        flags = " and ".join(f"--{name}" for name, value in said.items() if value)
        raise UsageError(f"{flags}: of which target?", "name it, or say it in its table of backlinks.toml")
    opened, confirm_after = open_known(index)
    tracked = tracked_targets(opened)
    names = [parse_target(target).name] if target else None
    if names and names[0] not in tracked:
        raise UsageError(
            f"no crawl of the index {opened.uri} looked for {names[0]}", "backlinks targets lists all"
        )
    done = judge_again(opened, configured(names or tracked, said), names, write=not dry_run)
    show(done.changes.to_reader(), kind, COLUMNS)
    if dry_run:
        note(f"{done.changed:,} of {done.links:,} links would be judged otherwise; nothing was written.")
        return
    folded = make_history_anew(opened, confirm_after)
    note(
        f"{done.changed:,} of {done.links:,} links are judged otherwise; the history of {folded.pages:,} pages was made anew."
    )
