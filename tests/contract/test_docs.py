"""The pages: every command and every public name stands in them, and the site builds offline without a warning."""

import importlib
import re
import runpy
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from importlib.util import find_spec

import click
import pytest

import factcheck
from factcheck import cli

DIRECTIVE = re.compile(r"^\.\. (?:auto(?:class|exception|function)|py:data):: (\S+)$", re.MULTILINE)


@pytest.fixture(scope="session")
def promised(root):
    """Every public name, and the library's twin of every command, as a dotted name."""
    twins = runpy.run_path(str(root / "tests/cli/test_cli.py"))["TWINS"]
    return {f"factcheck.{name}" for name in factcheck.__all__} | {f"{home}.{name}" for home, *names in twins.values() for name in names}


@pytest.fixture(scope="session")
def site(root, tmp_path_factory):
    """The built site."""
    if missing := [name for name in ("sphinx", "furo", "myst_parser") if find_spec(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--fail-on-warning", "--keep-going", "--builder", "html", "--doctree-dir", folder / "trees"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, root / "docs", folder / "html"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


class Page(HTMLParser):
    """What a page holds: its ids, and what it loads from somewhere when it is opened."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.loaded = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids.add(attributes.get("id"))
        if tag in {"img", "script", "iframe", "source"}:
            self.loaded.append(attributes.get("src"))
        if tag == "link" and attributes.get("rel") not in {"index", "search", "next", "prev", "canonical"}:
            self.loaded.append(attributes.get("href"))


def every_command(group=cli.main, above="factcheck"):
    for name, command in group.commands.items():
        yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from every_command(command, f"{above} {name}")


def written(root):
    """The objects that the page of the library asks for, each by the name that it was defined under."""
    return {real(name) for name in DIRECTIVE.findall((root / "docs/api.md").read_text("utf-8"))}


def real(name):
    """A name of the package by its home: factcheck.FactChecker.check is factcheck.checker.FactChecker.check."""
    package, _, rest = name.partition(".")
    first, _, tail = rest.partition(".")
    value = getattr(factcheck, first, None) if first in factcheck.__all__ else None
    return f"{value.__module__}.{value.__qualname__}{tail and '.' + tail}" if isinstance(value, type) else f"{package}.{rest}"


def test_the_page_of_the_library_names_every_public_name_and_the_twin_of_every_command(root, promised):
    found = written(root)
    missing = {name for name in map(real, promised) if name not in found and name.rpartition(".")[0] not in found}
    assert missing == set()


def test_the_page_of_the_library_names_nothing_that_is_not_there(root):
    for name in DIRECTIVE.findall((root / "docs/api.md").read_text("utf-8")):
        home, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(home), attribute), name


def test_the_page_of_commands_has_a_section_with_the_options_of_each(root):
    text = runpy.run_path(str(root / "docs/conf.py"))["commands_markdown"]()
    sections = dict(re.findall(r"^#+ (factcheck .+?)\n(.*?)(?=^#+ factcheck |\Z)", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == {name for name, _ in every_command()}
    for name, command in every_command():
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.opts[-1] in sections[name], (name, parameter.name)


def test_the_site_builds_without_a_warning_and_holds_every_command(site):
    ids = Page((site / "cli.html").read_text("utf-8")).ids
    assert {name.replace(" ", "-") for name, _ in every_command()} <= ids


def test_the_site_lists_every_public_name_and_twin(site, promised):
    listed = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    names = {line.split(" ", 1)[0] for line in zlib.decompress(listed).decode().splitlines()}
    attributes = {"factcheck.checker.FactChecker.manifest"}  # of the object: its class says what it is
    assert {name.replace("factcheck.checker.FactChecker", "factcheck.FactChecker") for name in promised - attributes} <= names


def test_a_page_of_the_site_loads_nothing_from_elsewhere(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        for address in Page(page.read_text("utf-8")).loaded:
            assert not re.match(r"(?:[a-z]+:)?//", address or ""), (page.name, address)
    for sheet in site.rglob("*.css"):
        assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", sheet.read_text("utf-8")), sheet


def test_the_drawing_stands_in_its_page_and_takes_the_colours_of_the_theme(site):
    page = (site / "how-it-decides.html").read_text("utf-8")
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="decides"' in page
    assert "var(--color-foreground-primary" in page
