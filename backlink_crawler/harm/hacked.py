"""Links that stand where the author of a page hardly put them."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import attrs

from ..wording import counted
from .finding import Finding, finding, quoted
from .script import foreign_letters, is_foreign
from .spam import vocabulary
from .table import FOREIGN_LETTERS, HACKED_FEW, HACKED_MANY, SURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..classify.target import Target
    from ..index.query import Reader
    from .spam import Vocabulary

MOST_LOOKED_AT = 1_000
"""So many suspected links of a site are looked at."""
_LONGEST = 2_000
_SHORTEST = 4

_SUSPECTS = f"""
WITH told AS (
    SELECT source_site AS name, source_url, anchor, hidden, follow IS TRUE AS follow, page_title,
        concat_ws(' ', context_before, context_after) AS around, concat_ws(' ', context_before, anchor, context_after) AS text,
        lower(regexp_extract(coalesce(page_language, ''), '^[A-Za-z]+')) AS language
    FROM occurrences WHERE page_title <> ''
)
SELECT name, source_url, hidden, follow, page_title, around, text[:{_LONGEST}] AS text, language FROM told
WHERE (length(around) >= {_SHORTEST} AND regexp_matches(lower(around), $spam) AND NOT regexp_matches(lower(page_title), $spam))
    OR (language <> '' AND strlen(text) - length(text) >= {FOREIGN_LETTERS} AND {is_foreign("text", "page_title", "language")})
QUALIFY row_number() OVER (PARTITION BY name ORDER BY hidden DESC, follow DESC, source_url, text) <= {MOST_LOOKED_AT}
ORDER BY name, source_url, text
"""  # noqa: S608
"""Letters beyond Latin take more bytes than one: counting both is cheap, and leaves few texts to be searched for them."""


@attrs.frozen
class _Suspect:
    row: Mapping[str, Any]
    spam: tuple[str, ...]
    letters: int
    """Letters of another script than the page's."""

    @property
    def sure(self) -> str | None:
        """How sure it is, by the published table; None when it is no finding."""
        hidden, foreign, spam = self.row["hidden"], self.letters >= FOREIGN_LETTERS, len(self.spam)
        if spam and (hidden or foreign):
            return "high"
        if (hidden and foreign) or (spam >= HACKED_MANY and self.row["follow"]):
            return "medium"
        return "low" if foreign or spam >= HACKED_FEW else None

    def sentence(self) -> str:
        """What is to be seen there."""
        said = [
            f"On {quoted(self.row['page_title'])} the link is {'hidden' if self.row['hidden'] else 'to be seen'}"
        ]
        if self.spam:
            said.append(f"among words of spam ({', '.join(self.spam[:5])})")
        if self.letters >= FOREIGN_LETTERS:
            said.append(
                f"in text of another script than the page's ({self.row['language']}): {quoted(self.row['text'])}"
            )
        return " ".join(said) + "."


def hacked_pages(reader: Reader, target: Target) -> Iterator[Finding]:
    """Findings of ``hacked_page``."""
    words = vocabulary(target)
    rows = (
        row for batch in reader.batches(_SUSPECTS, {"spam": words.pattern()}) for row in batch.to_pylist()
    )
    for name, of_site in groupby(rows, key=itemgetter("name")):
        suspects = [one for row in of_site if (one := _suspect(row, words)).sure]
        if suspects:
            suspects.sort(key=lambda one: -SURE.index(one.sure or "low"))
            best, pages = suspects[0], list(dict.fromkeys(one.row["source_url"] for one in suspects))
            found = f"Such are {counted(len(suspects), 'link')} on {counted(len(pages), 'page')}."
            yield finding(
                "hacked_page", name, len(suspects), best.sure or "low", [best.sentence(), found], pages
            )


def _suspect(row: Mapping[str, Any], words: Vocabulary) -> _Suspect:
    spam = () if words.said(row["page_title"]) else words.said(row["around"]).sure
    return _Suspect(row, spam, foreign_letters(row["text"], row["language"]) if row["language"] else 0)
