"""The site of these pages: `make docs` builds it into docs/_build/html, offline, with every warning an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import factcheck
from factcheck.cli import main

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent

project = "factcheck"
release = version = factcheck.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"factcheck {release}"
html_copy_source = False
html_show_copyright = False

myst_heading_anchors = 3  # a link such as matching.md#long-posts finds its heading, as it does where the pages are read as Markdown

default_role = "py:obj"  # docstrings write `name` for a name of the library; one that has no entry stays code without a link
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the parameters' sections say the types in words


def commands(group: click.Group = main, above: tuple[str, ...] = ("factcheck",)) -> Iterator[tuple[str, click.Command]]:
    """Yield the whole name and the command of every command and group, a group before what is in it."""
    for name in group.list_commands(click.Context(group)):
        command = group.commands[name]
        yield " ".join((*above, name)), command
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))


def commands_markdown() -> str:
    """Return a section for each command, with the words of its ``--help``."""
    lines = []
    for name, command in commands():
        context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
        lines += [f"{'#' * name.count(' ')}# {name}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(lines)


def _prepare(_: Sphinx, page: str, source: list[str]) -> None:
    """Give a page what it has only on the site: the commands, tables that lie outside docs/, drawings in the colours of the theme."""
    if page == "cli":
        source[0] += "\n" + commands_markdown()
    source[0] = re.sub(r"\]\(\.\./benchmarks/results/\w+\.md\)", "](figures.md)", source[0])
    source[0] = re.sub(r"^!\[[^\]]*\]\(([\w-]+\.svg)\)$", lambda found: (HERE / found[1]).read_text("utf-8"), source[0], flags=re.MULTILINE)


def setup(app: Sphinx) -> dict[str, Any]:
    """Add to the pages when they are read."""
    app.connect("source-read", _prepare)
    return {"parallel_read_safe": True}
