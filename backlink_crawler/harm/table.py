"""The published table: what each signal weighs, what it means and where that is from, and what it cannot tell.

A finding weighs the points of its signal times the factor of how sure it is; a site's reasons are ordered by their sum. The
sum orders a list and is no score of anything: a person looks at the evidence and decides.
"""

from __future__ import annotations

import attrs

FACTORS = {"low": 0.2, "medium": 0.6, "high": 1.0}
"""How sure a finding is, from low to high -> what remains of its signal's points.

Low: ordinary sites do this too. Medium: they seldom do. High: there is hardly an innocent reason.
"""
SURE = tuple(FACTORS)

FRAME = ("nav", "header", "footer", "aside")
"""The placements that are the frame of a page, not its content."""
KEYWORD_ANCHORS = ("exact", "partial")

SITEWIDE_PAGES, SITEWIDE_SHARE, SITEWIDE_MANY = 10, 0.5, 20
LIST_LINKS, LIST_WORDS, LIST_MANY = 50, 4, 100
TEXT_WORDS, TEXT_DOMAINS = 50, 3
ACCOUNT_DOMAINS, ACCOUNT_MANY = 2, 30
ADDRESS_DOMAINS, ADDRESS_MANY = 3, 20
SUBNET_DOMAINS, SUBNET_ADDRESSES = 5, 3
TEMPLATE_DOMAINS, TEMPLATE_MANY = 3, 20
FOREIGN_LETTERS, HACKED_FEW, HACKED_MANY = 40, 2, 3
BURST_DOMAINS, BURST_TIMES, BURST_WEEKS, BURST_WATCHED, BURST_DAYS = 20, 5, 12, 8, 14
SPAM_PAGES = 3
MOST_DOUBTFUL = 10_000
"""So many findings of one signal that are of low sureness are kept of a target: a long list of hints hides what matters."""

_SPAM = "Google, Spam policies for Google web search"
_HINT = "a hint of ours, in no search engine's documents"


@attrs.frozen
class Signal:
    """One row of the table."""

    name: str
    weight: float
    """Points of a finding that is sure."""
    means: str
    """What is seen, with its thresholds."""
    sure: str
    """When it is low, medium or high."""
    cannot: str
    """What it cannot tell."""
    source: str
    """Where it is said that this is a pattern of harmful links."""


TABLE: tuple[Signal, ...] = (
    Signal(
        "hacked_page",
        10,
        "A link stands where the author of the page hardly put it: among words of spam of which the page's title has none, or in"
        " text of another script than the page's language and title; and it may be hidden there.",
        "High: among words of spam, and hidden or in text of another script. Medium: hidden in such text, or followed among"
        f" {HACKED_MANY} words of spam or more. Low: among {HACKED_FEW}, or in text of another script alone, of {FOREIGN_LETTERS} letters"
        " or more.",
        "Who put it there. Latin letters are foreign nowhere; languages that share a script are not told apart; a quotation is"
        " text of another script too.",
        f"{_SPAM}: hacked content; hidden text and links",
    ),
    Signal(
        "sitewide_exact_anchor",
        8,
        f"Followed links with a keyword of the target as their text, the same on {SITEWIDE_PAGES} pages or more and on"
        f" {SITEWIDE_SHARE:.0%} or more of the site's pages that were read.",
        f"High: the keyword alone, in the frame of the page (navigation, header, footer, aside), on {SITEWIDE_MANY} pages or more."
        " Medium: so on fewer pages. Low: the keyword among other words, or in the text, as a signature in a forum.",
        "Whether it was agreed on. Without keywords in the configuration nothing is found.",
        f"{_SPAM}: link spam (widely distributed links in the footers or templates of various sites; forum signatures)",
    ),
    Signal(
        "spam_anchor",
        8,
        "The text of a link has words of a known vocabulary of spam (gambling, drugs, adult, loans, counterfeits, essays), none of"
        " them in the target's name, brand or keywords.",
        f"High: followed, with phrases that mean little else, on {SPAM_PAGES} pages or more. Medium: so on fewer. Low: a word that"
        " means other things too, or links that are not followed.",
        "Whether the target deals in such things: then name them as keywords. Other languages than those of the lists.",
        f"{_SPAM}: link spam; hacked content; user-generated spam",
    ),
    Signal(
        "same_text",
        6,
        f"Linking pages of {TEXT_DOMAINS} domains or more have the same main text, of {TEXT_WORDS} words or more, with followed"
        " links.",
        "High: domains among them share an account or an address, and keywords are the text of links. Medium: one of the two."
        " Low: the text alone.",
        "Who wrote it: agencies and press releases are printed word for word. Text that was changed a little is not found.",
        f"{_SPAM}: link spam (articles and press releases with optimized links, distributed on other sites)",
    ),
    Signal(
        "hidden_link",
        5,
        "Followed links that the markup of the link, or of an element around it, keeps from the reader's eyes.",
        "Medium: the link itself is moved off the page, or of no size. Low: an element around it is hidden, as closed menus are.",
        "What style sheets and scripts hide, or show again.",
        f"{_SPAM}: hidden text and links",
    ),
    Signal(
        "same_account",
        4,
        f"Pages of {ACCOUNT_DOMAINS} linking domains or more name the same account of analytics, of a tag manager or of"
        " advertising.",
        f"Medium: domains among them share a text or an address too. Low: the account alone, or one of more than {ACCOUNT_MANY}"
        " domains.",
        "Whether the owner is an honest one with several sites, or an agency. A page copied with its markup names the account of"
        " another.",
        _HINT,
    ),
    Signal(
        "redirect_game",
        4,
        "All that a site has for the target are redirects to it; shorteners are left out.",
        "Medium: other domains redirect to that site in turn. Low: none does.",
        "Whether it is an old domain of yours: then name it as an alias.",
        f"{_SPAM}: sneaky redirects; expired domain abuse",
    ),
    Signal(
        "mostly_links",
        4,
        f"Linking pages have {LIST_LINKS} links to other domains or more, and fewer than {LIST_WORDS} words of text for each.",
        f"Medium: {LIST_MANY} links or more, on half of the site's linking pages or more. Low: fewer.",
        "Whether it is a directory that people use. A list with a sentence for each link is not found.",
        f"{_SPAM}: link spam (low-quality directory or bookmark site links)",
    ),
    Signal(
        "same_address",
        3,
        f"{ADDRESS_DOMAINS} linking domains or more answer from one IP address. Known networks of delivery and hosting are left"
        f" out, and addresses of more than {ADDRESS_MANY}.",
        "Medium: domains among them share an account or a text too. Low: the address alone.",
        "Anything by itself: thousands of strangers share the address of a cheap host.",
        _HINT,
    ),
    Signal(
        "sudden_velocity",
        3,
        f"The site came in a week in which {BURST_DOMAINS} new domains or more began to link, and {BURST_TIMES} times what is"
        f" usual: the median of the {BURST_WEEKS} watched weeks before, of which there must be {BURST_WATCHED}. A link counts that"
        f" was added to a page read at most {BURST_DAYS} days before; the first look at a page is no growth.",
        "Medium: half of the week's domains or more have one text of links, which is not the target's name or address. Low: not.",
        "Why: news spread in the same way.",
        _HINT,
    ),
    Signal(
        "same_template",
        2,
        f"{TEMPLATE_DOMAINS} linking domains or more have pages of one template. Those of more than {TEMPLATE_MANY} are left out.",
        "Medium: domains among them share an account or a text too. Low: the template alone.",
        "Anything by itself: the themes of publishing systems are made to be shared.",
        _HINT,
    ),
    Signal(
        "same_subnet",
        1,
        f"{SUBNET_DOMAINS} linking domains or more answer from {SUBNET_ADDRESSES} addresses or more of one /24 (IPv4) or /48"
        " (IPv6), with the same left out.",
        "Medium: domains among them share an account or a text too. Low: the addresses alone.",
        "Anything by itself: it is what the customers of a hoster have in common.",
        _HINT,
    ),
    Signal(
        "copied_page",
        1,
        f"The linking page has the same main text, of {TEXT_WORDS} words or more, as an older page of another domain.",
        "Medium: both state when they were published. Low: it was read a day or more after the other.",
        "Who copied whom where dates are false, and whether it was allowed.",
        f"{_SPAM}: scraping",
    ),
)
SIGNALS = {signal.name: signal for signal in TABLE}
"""The rows by their names."""
