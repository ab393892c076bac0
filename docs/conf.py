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
WIDTH = 88
"""Characters of a line of help: what the theme shows without scrolling."""

project = "factcheck"
release = version = factcheck.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"factcheck {release}"
html_copy_source = False
html_show_copyright = False

highlight_language = "text"  # of a block that names no language
myst_heading_anchors = 3  # a link such as matching.md#long-posts finds its heading, as it does where the pages are read as Markdown

default_role = "py:obj"  # docstrings write `name` for a name of the library; one that has no entry stays code without a link
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the parameters' sections say the types in words


def commands(above: click.Context | None = None) -> Iterator[click.Context]:
    """Yield the context of every command and group, a group before what is in it."""
    above = above or click.Context(main, info_name="factcheck", terminal_width=WIDTH, **main.context_settings)
    group = above.command
    for name in group.list_commands(above):
        context = click.Context(group.commands[name], parent=above, info_name=name)
        yield context
        if isinstance(context.command, click.Group):
            yield from commands(context)


def commands_markdown() -> str:
    """Return a section for each command, with the words of its ``--help``."""
    lines = []
    for context in commands():
        name = context.command_path
        lines += [f"{'#' * name.count(' ')}# {name}", "", "```text", context.get_help(), "```", ""]
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
