"""Where a link stands: paths as pages of the Web have them."""

from __future__ import annotations

import pytest

from backlink_crawler.items import PLACEMENTS
from backlink_crawler.page.placement import WORDS, placement

PROSE = ("There is a good deal of running text before the link,", "and some more of it that follows.")
LIST = ("Home | About | News |", "| Shop | Contact | Imprint")
NONE = ("", "")


@pytest.mark.parametrize(
    ("path", "context", "expected"),
    [
        # landmarks, by element and by role (HTML-AAM 1.0, 3.5; WAI-ARIA 1.2, 5.3.4)
        ("body > nav > ul > li > a", NONE, "nav"),
        ("body > div[role=navigation] > a", NONE, "nav"),
        ("body > header > a", NONE, "header"),
        ("body > div[role=banner] > a", NONE, "header"),
        ("body > footer > p > a", PROSE, "footer"),
        ("body > div[role=contentinfo] > p > a", PROSE, "footer"),
        ("body > aside > p > a", PROSE, "aside"),
        ("body > section[role=complementary] > p > a", PROSE, "aside"),
        ("body > form > label > a", NONE, "form"),
        ("body > div[role=search] > a", NONE, "form"),
        # the nearest landmark counts
        ("body > header > nav > a", NONE, "nav"),
        ("body > main > aside > nav > a", NONE, "nav"),
        ("body > footer > form > p > a", NONE, "footer"),
        # a header or footer in an article, or in main, is not the page's (HTML-AAM 1.0: no landmark role there)
        ("body > article > header > p > a", PROSE, "content"),
        ("body > main > article > footer > p > a", PROSE, "content"),
        ("body > main > div > footer > p > a", NONE, "unknown"),
        # content needs proof
        ("body > main > p > a", PROSE, "content"),
        ("body > div#main[role=main] > p > a", PROSE, "content"),
        ("body > article > ul > li > a", ("", "with a note on what there is to find"), "content"),
        ("body > article > p > a", NONE, "unknown"),
        ("body > article > p > a", LIST, "unknown"),
        ("body > main > figure > a", NONE, "content"),
        ("body > div.post > div.entry-content > p > a", PROSE, "content"),
        ("body > div#content > p > a", PROSE, "content"),
        ("body > table > tbody > tr > td > p > a", (PROSE[0] * 2, PROSE[1]), "content"),
        ("body > table > tbody > tr > td > a", PROSE, "unknown"),
        ("body > a", NONE, "unknown"),
        # names in ids and classes
        ("body > div#sidebar > ul > li > a", NONE, "aside"),
        ("body > div.site-footer > p > a", PROSE, "footer"),
        ("body > div.siteFooter > ul.menu > li > a", NONE, "footer"),
        ("body > div#nav_main > a", NONE, "nav"),
        ("body > div.breadcrumbs > span > a", NONE, "nav"),
        ("body > div.top-bar > a", NONE, "header"),
        ("body > div.pagination > a", NONE, "nav"),
        ("body > div.related-posts > ul > li > a", NONE, "aside"),
        ("body > ul.blogroll > li > a", NONE, "aside"),
        ("body > div#colophon > a", NONE, "footer"),
        # in other languages
        ("body > div#fusszeile > a", NONE, "footer"),
        ("body > div#hauptmen\\0000fc > a", NONE, "nav"),
        ("body > div.barra-lateral > a", NONE, "aside"),
        ("body > div.pie-de-pagina > a", NONE, "footer"),
        ("body > div.commentaires > p > a", PROSE, "comment"),
        ("body > div.zijbalk > a", NONE, "aside"),
        ("body > div.rodape > a", NONE, "footer"),
        ("body > div#stopka > a", NONE, "footer"),
        # boxes inside an article
        ("body > article > div.share-buttons > a", NONE, "aside"),
        ("body > div.entry-content > div.widget > p > a", PROSE, "aside"),
        # what stands in comments is a comment, whatever else it stands in
        ("body > main > article > div#comments > p > a", PROSE, "comment"),
        ("body > main > div.comment-list > article > footer > a", NONE, "comment"),
        ("body > article > div.comment-form > a", NONE, "comment"),
        ("body > article > a.comment-author", NONE, "comment"),
        # names of states and of wrappers say nothing of a part
        ("body > div.has-sidebar > p > a", NONE, "unknown"),
        ("body > div.content-sidebar-wrap > p > a", NONE, "unknown"),
        ("body > article.no-comments > p > a", PROSE, "content"),
        ("body > div.entry-header > p > a", PROSE, "unknown"),
        # a form around the whole page is no form
        ("body > form#aspnetForm > div.footer > a", NONE, "footer"),
        ("body > form#aspnetForm > a", NONE, "unknown"),
        # landmarks far out, after which the path is cut
        ("body footer div > div > a", NONE, "footer"),
        ("", NONE, "unknown"),
    ],
)
def test_placement(path: str, context: tuple[str, str], expected: str) -> None:
    assert placement(path, "text", "anchor", *context) == expected


@pytest.mark.parametrize("kind", ["redirect", "canonical", "alternate"])
def test_what_no_reader_sees_has_no_place(kind: str) -> None:
    assert placement("head > link", kind, "", "", "") == "unknown"


def test_a_form_is_a_form_wherever_it_stands() -> None:
    assert placement("body > footer > form", "form", "", "", "") == "form"


def test_a_link_without_anything_to_see_is_no_content() -> None:
    assert placement("body > main > p > a", "text", "", *PROSE) == "unknown"
    assert placement("body > main > p > a", "image", "", *PROSE) == "content"


def test_words_name_parts() -> None:
    assert set(WORDS.values()) <= {*PLACEMENTS, "main"}
