"""Directives that write the reference from the tables in the code, so that nothing is said twice.

``{losses}``, ``{options}`` (``{options} MODULE:NAME`` for another table), ``{commands}``, ``{exit-codes}``, ``{pipelines}``,
``{sources}``, ``{imports}``, ``{words} MODULE:NAME`` (a mapping of words to their meanings), ``{rows} MODULE:NAME:ATTRIBUTES`` (a tuple
of objects) and ``{fields} MODULE:CLASS`` need no text of their own.
``{explained} MODULE:NAME`` takes one line ``word: meaning`` for every entry of a tuple, a mapping, or what a function
returns; an entry without a meaning, or a meaning without an entry, fails the build.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import backlink_crawler
from backlink_crawler import errors, wiring
from backlink_crawler.cli import INTERRUPTED, backlinks
from backlink_crawler.discovery.catalogue import SOURCES
from backlink_crawler.history import rule
from backlink_crawler.imports.kind import CLAIMED, FLAGS, KINDS, TYPE_FLAGS, Kind

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HELP_WIDTH = 78
"""As it is printed into a pipe, so that long words are parted in the same places."""
PLACES = {
    "spider": "crawl",
    "recheck": "recheck",
    "mine": "mine",
    "target": "table of a target",
    "index": "reading commands",
    "alert": "rule of alerts",
    "source": "table of a source",
}
READ_FROM = {
    "rel": ("nofollow", "ugc", "sponsored", "follow"),
    "alt": ("anchor",),
    **dict.fromkeys(FLAGS, ("follow",)),
    **dict.fromkeys(TYPE_FLAGS, ("link_type",)),
}
"""What a column of an export says besides itself."""


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    for cells in (headings, ["---"] * len(headings), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def code(value: Any) -> str:
    """A value as people write it; lists by comma."""
    text = (
        ",".join(f"{one:g}" if isinstance(one, float) else str(one) for one in value)
        if isinstance(value, list)
        else str(value)
    )
    return f"`{text}`" if text else ""


def markdown(docstring: str, module: str) -> str:
    """Our docstrings' few roles as Markdown; a named tuple of words is written out."""

    def role(found: re.Match[str]) -> str:
        name = found[1].lstrip("~.")
        words = getattr(import_module(module), name, None)
        return ", ".join(map(code, words)) if isinstance(words, tuple) else f"`{name}`"

    return re.sub(r":\w+:`([^`]+)`", role, docstring).replace("``", "`")


def option_rows(path: str = "backlink_crawler.options:OPTIONS") -> Iterator[str]:
    """Every option of a table."""
    module, _, name = path.partition(":")
    rows = (
        (
            code(one.name),
            code(one.metavar),
            code(one.default_text),
            one.help,
            ", ".join(PLACES[place] for place in PLACES if place in one.on),
        )
        for one in getattr(import_module(module), name)
    )
    yield from table(("Name", "Value", "Default", "Meaning", "Set for"), rows)


def command_sections() -> Iterator[str]:
    """The help of every command, as it prints it."""
    top = backlinks.make_context("backlinks", [], resilient_parsing=True, terminal_width=HELP_WIDTH)
    yield from ("## backlinks", "", "```text", backlinks.get_help(top), "```", "")
    for name in backlinks.list_commands(top):
        command = backlinks.get_command(top, name)
        context = click.Context(command, info_name=name, parent=top, terminal_width=HELP_WIDTH)
        yield from (f"## backlinks {name}", "", "```text", command.get_help(context), "```", "")
        for below, part in getattr(command, "commands", {}).items():
            inner = click.Context(part, info_name=below, parent=context, terminal_width=HELP_WIDTH)
            yield from (f"### backlinks {name} {below}", "", "```text", part.get_help(inner), "```", "")


def exit_codes() -> Iterator[str]:
    """The exit codes: those of the exceptions, and those that are none."""
    kinds = [errors.BacklinkError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    rows = [("0", "", "Done."), ("1", "", "A fault of the program, or a feed that could not be written.")]
    rows += [(str(kind.exit_code), f"`{kind.__name__}`", inspect.getdoc(kind) or "") for kind in kinds[1:]]
    rows.append((str(INTERRUPTED), "", "Interrupted; what was read is stored, and the same command goes on."))
    yield from table(("Code", "Exception", "Meaning"), sorted(rows, key=lambda row: int(row[0])))


def loss_rows() -> Iterator[str]:
    """The rules of loss: what shows it, its reason, and whether a second visit must."""
    rows = [(code(outcome), loss) for outcome, loss in rule.RULES.items()]
    rows += [(rule.ABSENCES[loss], loss) for loss in rule.ABSENCES]
    yield from table(
        ("A visit that", "is lost as", "Confirmed by a second"),
        ((shows, code(loss.reason), "yes" if loss.confirm else "no") for shows, loss in rows),
    )


def pipeline_rows() -> Iterator[str]:
    """The pipelines in their order."""
    rows = []
    for path, order in wiring.PIPELINES.items():
        module, _, name = path.rpartition(".")
        doc = inspect.getdoc(getattr(import_module(module), name)) or ""
        rows.append((str(order), f"[`{name}`](#{name.lower()})", markdown(doc, module)))
    yield from table(("Order", "Pipeline", "What it does"), rows)


def source_rows() -> Iterator[str]:
    """The sources of discovery; each has a heading on the page, to which its row leads."""
    rows = (
        (
            f"[`{name}`](#{name})",
            source.title,
            code(source.variable),
            source.needs or ("its name" if source.is_heavy else ""),
            f"{source.pause:g}" if source.class_name else "",
            f"{source.most:,}" if source.class_name else "",
        )
        for name, source in SOURCES.items()
    )
    yield from table(("Name", "What it is", "Key", "Asked only with", "Pause in s", "Most in a run"), rows)


def import_rows() -> Iterator[str]:
    """The kinds of file that are understood, or refused."""
    rows = (
        (
            code(kind.name),
            kind.title,
            _known_by(kind),
            "" if kind.refusal else f"`{kind.provenance}`, {kind.claim}",
            "" if kind.refusal else ", ".join(map(code, _filled(kind))),
            kind.silent or f"It is refused: {kind.refusal}; {kind.instead}.",
        )
        for kind in KINDS
    )
    yield from table(
        ("Kind", "Who writes it", "Known by", "Becomes claims of", "Which say", "It cannot say"), rows
    )


def _known_by(kind: Kind) -> str:
    needed = ", ".join(f"`{kind.columns[column][0]}`" for column in kind.needs)
    marks = f", and one of {', '.join(map(code, kind.marks))}" if kind.marks else ""
    return needed + marks if needed else "what its lines hold"


def _filled(kind: Kind) -> list[str]:
    """The columns of a claim that a kind of file can fill."""
    said = {*kind.columns, *(one for column in kind.columns for one in READ_FROM.get(column, ()))}
    return [column for column in CLAIMED if column in said]


def word_rows(path: str) -> Iterator[str]:
    """A mapping of words to what they mean, as the code has it."""
    module, _, name = path.partition(":")
    meanings: Mapping[str, str] = getattr(import_module(module), name)
    yield from table(("Word", "Meaning"), ((code(word), meaning) for word, meaning in meanings.items()))


def attribute_rows(path: str) -> Iterator[str]:
    """Some attributes of the objects in a tuple, as ``MODULE:NAME:attribute,attribute``; the first is a word."""
    module, name, said = path.split(":")
    first, *others = said.split(",")
    rows = getattr(import_module(module), name)
    yield from table(
        [one.replace("_", " ").capitalize() for one in (first, *others)],
        ((code(getattr(row, first)), *(str(getattr(row, one)) for one in others)) for row in rows),
    )


def field_rows(path: str) -> Iterator[str]:
    """The fields of an attrs class with their types, and the docstrings below them."""
    module, _, name = path.partition(":")
    documented = field_docs(module, name)
    rows = [
        (
            code(one.name),
            code(one.type) if isinstance(one.type, str) else code(one.type.__name__),
            markdown(documented.get(one.name, ""), module),
        )
        for one in attrs.fields(getattr(import_module(module), name))
        if one.init and not one.name.startswith("_")
    ]
    with_meaning = any(row[2] for row in rows)
    yield from table(
        ("Field", "Type", "Meaning")[: 2 + with_meaning], (row[: 2 + with_meaning] for row in rows)
    )


def field_docs(module: str, name: str) -> dict[str, str]:
    """The strings that stand below the fields of a class: the interpreter does not keep them."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return {
        field.target.id: doc.value.value
        for field, doc in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(doc, ast.Expr)
        and isinstance(doc.value, ast.Constant)
    }


@cache
def stats() -> tuple[str, ...]:
    """The stats that the package counts under ``backlinks/``, read from its source; ``*`` is a word put in at run time."""
    sources = Path(backlink_crawler.__file__).parent.rglob("*.py")
    found = {
        name
        for source in sources
        for name in re.findall(r'"(backlinks/[^"]*[^"/])"', source.read_text("utf-8"))
    }
    return tuple(sorted({re.sub(r"\{[^}]*\}", "*", name) for name in found}))


def explained(path: str, lines: Iterable[str]) -> Iterator[str]:
    """The entries of a table in the code, each with the meaning that the page gives it."""
    module, _, name = path.partition(":")
    entries: Any = getattr(import_module(module), name)
    entries = entries() if callable(entries) else entries
    meanings = dict(line.split(": ", 1) for line in lines if line.strip())
    if lacking := [*(set(entries) - set(meanings)), *(set(meanings) - set(entries))]:
        raise ValueError(f"{path}: has no meaning, or is none: {', '.join(sorted(lacking))}")
    if isinstance(entries, Mapping):
        yield from table(
            ("Name", "Value", "Meaning"), ((code(one), code(entries[one]), meanings[one]) for one in entries)
        )
    else:
        yield from table(("Word", "Meaning"), ((code(one), meanings[one]) for one in entries))


WRITERS: dict[str, Callable[[Sequence[str], Sequence[str]], Iterator[str]]] = {
    "options": lambda arguments, _lines: option_rows(*arguments),
    "commands": lambda _arguments, _lines: command_sections(),
    "exit-codes": lambda _arguments, _lines: exit_codes(),
    "losses": lambda _arguments, _lines: loss_rows(),
    "pipelines": lambda _arguments, _lines: pipeline_rows(),
    "sources": lambda _arguments, _lines: source_rows(),
    "imports": lambda _arguments, _lines: import_rows(),
    "words": lambda arguments, _lines: word_rows(arguments[0]),
    "rows": lambda arguments, _lines: attribute_rows(arguments[0]),
    "fields": lambda arguments, _lines: field_rows(arguments[0]),
    "explained": lambda arguments, lines: explained(arguments[0], lines),
}


class Generated(SphinxDirective):
    """Markdown that one of the writers makes, in place of the directive."""

    optional_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The nodes of the Markdown."""
        try:
            text = "\n".join(WRITERS[self.name](self.arguments, list(self.content)))
        except ValueError as error:
            raise self.error(str(error)) from None
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    for name in WRITERS:
        app.add_directive(name, Generated)
    return {"parallel_read_safe": True}
