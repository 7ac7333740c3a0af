"""The command line ``backlinks``: a table of commands, each imported only when it runs.

Data goes to standard output, all else to standard error. What goes wrong is one line with a hint, and an exit
code that tells (see :mod:`backlink_crawler.errors`); a traceback is shown with ``--debug`` only.
"""

from __future__ import annotations

import importlib
import os
import sys
from keyword import iskeyword

import click

from ..errors import BacklinkError
from ..printable import printable

COMMANDS: dict[str, tuple[str, str]] = {
    "start": ("start", "Take in what others know of a site, and verify it."),
    "crawl": ("crawl", "Crawl seeds and keep every link to a target."),
    "import": ("imports", "Take in what exports, lists and logs say of links to a target."),
    "mine": ("mine", "Mine archives of Common Crawl, or others, for links to targets."),
    "recheck": ("recheck", "Check the pages of known backlinks again."),
    "schedule": ("schedule", "Crawl in shards on Scrapyd servers, and wait for the end."),
    "status": ("status", "Show how jobs are: running or not, how far, and whether they are well."),
    "check": ("check", "Check links that were agreed on or paid for."),
    "report": ("report", "Show the overview of a target."),
    "weekly": ("weekly", "Show one line for each target: what a week brought."),
    "links": ("links", "List the backlinks of a target."),
    "domains": ("groups", "List the domains that link to a target."),
    "anchors": ("groups", "List the anchor texts of the links to a target."),
    "anchor-profile": ("anchor_profile", "Show the profile of a target's anchors, and over-used words."),
    "groups": ("folds", "Fold the links to a target into groups: sitewide and near-duplicate ones."),
    "outgoing": ("directions", "List what a site links to."),
    "internal": ("directions", "List how a target's own sites link within themselves."),
    "ratings": ("ratings", "List what domains and pages are worth, by who links to them."),
    "explain": ("ratings", "Show what a domain's rating is made of."),
    "new": ("changes", "List the backlinks that came in a time."),
    "lost": ("changes", "List the backlinks that were lost in a time, and why."),
    "changed": ("changes", "List the backlinks that changed in a time."),
    "show": ("show", "Show the whole life of a backlink, with its proof."),
    "targets": ("targets", "List the targets of the index."),
    "export": ("export", "Write all that is known of a target's links to a file."),
    "claims": ("claims", "List what others say of links to a target, and what became of it."),
    "compare-sources": ("compare", "Compare what each source knew, and estimate how many domains link."),
    "broken": ("broken", "List linked pages of a target that do not answer well."),
    "migrate": ("migrate", "Hold linked pages of a target against the map of a migration."),
    "traffic": ("traffic", "Show which links bring visits, by access logs."),
    "prospects": ("prospects", "List pages that name a target and do not link to it."),
    "gap": ("gap", "List who links to rivals and not to a target."),
    "harm": ("harm", "List linking sites that give reasons to look at them, with evidence."),
    "mark": ("marks", "Say something of domains, sites, hosts or pages that link."),
    "marks": ("marks", "List what was said of sources of links."),
    "disavow": ("disavow", "Write, merge or explain a disavow file of what was marked."),
    "alerts": ("alerts", "Try alerts, and see to what is not delivered."),
    "reclassify": ("reclassify", "Apply the rules of today to stored links."),
    "compact": ("upkeep", "Merge and sort the files of the index."),
    "forget": ("upkeep", "Remove a target from the index."),
    "upgrade": ("upkeep", "Bring an older index up to date."),
    "rebuild": ("upkeep", "Make the history anew from the stored facts."),
    "init": ("init", "Write a commented backlinks.toml."),
    "doctor": ("doctor", "Check that all is in place: versions, index, configuration."),
    "demo": ("demo", "Crawl the bundled local web and show its report."),
}
"""Name -> module of this package that holds the click command under the same name (``_`` for ``-``, and behind a word that
Python keeps to itself: ``import_``), and its short help."""

INTERRUPTED = 130


class LazyGroup(click.Group):
    """Lists commands from :data:`COMMANDS` and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[cmd_name][0]}", __package__)
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(module, f"{name}_" if iskeyword(name) else name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help from the table: nothing is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        click.echo(f"backlinks {version('backlink-crawler')}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def backlinks(debug: bool) -> None:
    """Find who links to a site: how, from where, and with proof."""


def complain(reason: str, hint: str = "") -> None:
    """One line that says what is wrong, one that says what to do."""
    print(f"error: {printable(reason)}", file=sys.stderr)
    if hint:
        print(f"hint: {printable(hint)}", file=sys.stderr)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit the process with its code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    # The flag may stand behind the command too.
    arguments = [word for word in arguments if word != "--debug"]
    try:
        code = _run(arguments, debug)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe has seen enough; the interpreter must not flush again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _run(arguments: list[str], debug: bool) -> int:
    try:
        code = backlinks.main(arguments, prog_name="backlinks", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return error.exit_code
    except click.ClickException as error:
        where = getattr(error, "ctx", None)
        complain(
            error.format_message(), f"see {where.command_path} --help" if where else "see backlinks --help"
        )
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BacklinkError as error:
        if debug:
            raise
        complain(error.reason, error.hint)
        return error.exit_code
    except BrokenPipeError:
        raise
    except SystemExit:  # what click makes of a broken pipe
        return 0
    except Exception as error:  # the last resort: a person gets one line
        if debug:
            raise
        complain(f"{type(error).__name__}: {error}", "run it again with --debug, and report the traceback")
        return 1
    return code if isinstance(code, int) else 0
