"""In which part of a page a link stands, judged from the stored facts alone.

Landmarks come first: the elements and ARIA roles that say what a part is (WAI-ARIA 1.2, 5.3.4; HTML-AAM). Pages
without them name their parts in ids and classes, which :data:`WORDS` knows in several languages.
"""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

ROLES = {
    "navigation": "nav", "menu": "nav", "menubar": "nav", "banner": "header", "contentinfo": "footer",
    "complementary": "aside", "search": "form", "form": "form", "main": "content", "article": "content",
    "comment": "comment",
}  # fmt: skip
TAGS = {
    "nav": "nav", "header": "header", "footer": "footer", "aside": "aside", "search": "form", "form": "form",
    "main": "content", "article": "content",
}  # fmt: skip

WORDS = {
    word: part
    for part, words in {
        "comment": (
            "comment comments commentlist commentbody commentthread commentsarea respond reply replies disqus livefyre "
            "guestbook kommentar kommentare kommentarer gaestebuch commentaire commentaires comentario comentarios "
            "commento commenti reactie reacties komentarz komentarze komentari kommentarii"
        ),
        "footer": (
            "footer colophon siteinfo bottombar copyright fuss fusszeile fuß fußzeile fusszeilen piedepagina rodape "
            "rodapé pieddepage piedpage piedipagina stopka voettekst footermenu footernav footerlinks podval"
        ),
        "nav": (
            "nav navbar navi navigation menu menubar menue menü mainmenu submenu megamenu topnav subnav mainnav sitenav "
            "topmenu breadcrumb breadcrumbs crumbs breadcrumbtrail brotkrumen pagination paging pager paginator pagenavi "
            "hauptmenü hauptmenue hauptnavigation navigatie navegacion navegación navegacao navegação navigazione "
            "nawigacja menju offcanvas skiplinks toc"
        ),
        "aside": (
            "aside sidebar sidebars sidebarleft sidebarright leftsidebar rightsidebar sidecolumn leftcol rightcol "
            "leftcolumn rightcolumn seitenleiste marginalspalte randspalte barralateral colonnelaterale zijbalk "
            "boczny widget widgets widgetarea blogroll linkroll related relatedposts recommended recommendations "
            "similar trending popular recentposts recent verwandt verwandte ähnliche aehnliche relacionados "
            "relacionadas similaires associes correlati gerelateerd powiazane pohozhie ad ads advert advertisement "
            "advertising adsense adbox socialmedia socialbar socialmediabar sociallinks werbung anzeige anzeigen "
            "publicidad publicidade publicite publicité pubblicita pubblicità reklama reklam reclame sponsors "
            "sponsoren promo promobox taboola outbrain tagcloud share sharing sharebar social newsletter"
        ),
        "header": (
            "header masthead topbar siteheader pageheader kopfzeile kopfbereich cabecera cabecalho cabeçalho entete "
            "testata naglowek nagłówek shapka"
        ),
        "content": (
            "entry entrycontent entrybody hentry post postcontent postbody posttext blogpost article articlebody "
            "articlecontent articletext story storybody storycontent bodytext maintext richtext wysiwyg prose markdown "
            "newstext artikel artikeltext beitrag beitragstext articulo artículo noticia articolo artigo artykul artykuł"
        ),
        "main": (
            "content contents main maincontent pagecontent inhalt hauptinhalt contenu contenido contenuto conteudo "
            "conteúdo inhoud tresc treść"
        ),
    }.items()
    for word in words.split()
}  # fmt: skip
"""What a word in an id or a class says of the part it names."""

_STRONGEST = ("comment", "footer", "nav", "aside", "header", "content", "main")
_OWN_TEXT = frozenset({"content", "main"})
_STATES = frozenset(
    "has with without no not open closed status count layout is enabled disabled template".split()
)
_WRAPPERS = frozenset("wrap wrapper wrapping container outer holder columns row grid".split())
_WHOLE_PAGE_FORMS = frozenset({"aspnetform", "form1", "mainform", "frmmain"})
_FORM_REACH = 4
_TEXT_ANYWHERE = frozenset({"p"})
_TEXT_IN_MAIN_PART = frozenset(
    {"p", "blockquote", "dd", "td", "li", "figcaption", "div", "article", "section"}
)
_PLACED = frozenset({"text", "image", "area", "iframe", "mention"})
_LEAST_LETTERS = 20
_LEAST_LETTERS_ALONE = 80

_SEGMENT = re.compile(
    r"((?:\\.|[^#.\[:\\])+)((?:[#.](?:\\.|[^#.\[:\\])+)*)(?:\[role=([^\]]*)\])?(?::nth-of-type\(\d+\))?",
    re.DOTALL,
)
_NAME = re.compile(r"(?:\\.|[^#.\[:\\])+", re.DOTALL)
_ORDINAL = re.compile(r":nth-of-type\(\d+\)")
"""Says nothing of the part, and makes of every row of a list a path of its own."""
_ESCAPE = re.compile(r"\\([0-9a-f]{6})")
_HUMP = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_PARTING = re.compile(r"[\W_\d]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_SEPARATORS = re.compile(r"[|·•»›]|(?<!\S)[/–—-](?!\S)")


@attrs.frozen
class Hint:
    """What one element of a path says: its tag, the landmark it is, and what its names call it."""

    tag: str
    landmark: str | None
    word: str | None


@lru_cache(maxsize=1 << 16)
def hint(segment: str) -> Hint:
    """The hint in one segment of a link path. The same segments come again on every page of a site."""
    found = _SEGMENT.fullmatch(segment)
    if not found:
        return Hint(segment, None, None)
    tag, names, role = found[1], found[2], (found[3] or "").lower()
    parts = {_part(name) for name in _NAME.findall(names)} - {None}
    landmark = ROLES.get(role) or TAGS.get(tag)
    if tag == "form" and any(
        _ESCAPE.sub("", name).lower() in _WHOLE_PAGE_FORMS for name in _NAME.findall(names)
    ):
        landmark = None
    word = next((part for part in _STRONGEST if part in parts), None)
    return Hint(tag, landmark, word)


def _part(name: str) -> str | None:
    """What one id or class calls the part: ``site-footer`` the footer, ``entry-header`` nothing of the page's own."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), name)
    words = [word for word in _PARTING.split(_HUMP.sub("-", plain).lower()) if word]
    if not _STATES.isdisjoint(words):
        return None
    parts = {WORDS[word] for word in (*words, "".join(words)) if word in WORDS}
    if not _OWN_TEXT.isdisjoint(parts) and not parts <= _OWN_TEXT:
        if not _WRAPPERS.isdisjoint(words):
            return None
        parts -= {*_OWN_TEXT, "header", "footer"}
    return next((part for part in _STRONGEST if part in parts), None)


def landmark(segment: str) -> str | None:
    """The landmark that one segment of a link path is, if it is one."""
    return hint(segment).landmark


def placement(link_path: str, link_type: str, anchor: str, context_before: str, context_after: str) -> str:
    """Where a link stands: one of :data:`backlink_crawler.items.PLACEMENTS`.

    The nearest landmark decides; inside ``main`` and ``article``, or where there is none, the nearest name does.
    A ``header`` or ``footer`` of an article is not the page's. ``content`` needs proof: the link is something to see,
    and stands with running text in the page's main part, or in a paragraph of much text.
    """
    if link_type == "form":
        return "form"
    if not link_path or link_type not in _PLACED:
        return "unknown"
    outer, _, own = link_path.rpartition(" > ")
    part, tags = _part_of_page(_ORDINAL.sub("", outer))
    if own and hint(own).word == "comment":
        part = "comment"
    if part not in (None, "content"):
        return part or "unknown"
    return "content" if _is_prose(tags, part, link_type, anchor, context_before, context_after) else "unknown"


@lru_cache(maxsize=1 << 14)
def _part_of_page(path: str) -> tuple[str | None, frozenset[str]]:
    """The part of the page that a path leads into, and the tags on the way; ``content`` for the page's main part."""
    hints = [hint(segment) for segment in path.split(" ") if segment != ">"]
    return _nearest_part(hints[::-1]), frozenset([one.tag for one in hints])


def _nearest_part(outward: list[Hint]) -> str | None:
    """What decides, of the hints from the innermost element outward."""
    if any("comment" in (one.landmark, one.word) for one in outward):
        return "comment"
    last = len(outward) - 1
    section = next(
        (last - i for i, one in enumerate(reversed(outward)) if "content" in (one.landmark, one.word)), -1
    )
    named = roughly = None
    for distance, one in enumerate(outward):
        part = one.landmark or one.word
        if part in ("header", "footer") and distance < section:
            continue
        if part == "form":
            named = named or ("form" if distance < _FORM_REACH else None)
        elif part == "content":
            return named or "content"
        elif one.landmark:
            return part
        elif part == "main":
            roughly = "content"
        elif part == "footer":
            named = part  # what a footer is made of, menus and boxes, stands in the footer
        else:
            named = named or part
    return named or roughly


def _is_prose(
    tags: frozenset[str], part: str | None, link_type: str, anchor: str, before: str, after: str
) -> bool:
    """Whether a link is part of what the page has to say."""
    if not anchor and link_type == "text":
        return False
    if part == "content" and "figure" in tags:
        return True
    if tags.isdisjoint(_TEXT_IN_MAIN_PART if part == "content" else _TEXT_ANYWHERE):
        return False
    context = f"{before} {after}"
    letters = sum(map(len, _LETTERS.findall(context)))
    if letters < (_LEAST_LETTERS if part == "content" else _LEAST_LETTERS_ALONE):
        return False
    # a row of links has as many separators as words
    return len(_SEPARATORS.findall(context)) * 4 <= len(context.split())
