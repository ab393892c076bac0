"""Charts of a report as SVG that stands inside a page: its words are text, its colours are those of the page, light or dark.

matplotlib draws with stand-in colours; each becomes the style sheet's variable of the same role. Nothing depends on the day, the machine's
fonts or the settings of a user, so the same figures give the same bytes.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import re
import textwrap
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from factcheck.lines import required

EXTRA = "report"

_INK, _RULE, _SURFACE = "#010203", "#010204", "#010209"
_ROLES = {
    _INK: "ink",
    _RULE: "rule",
    _SURFACE: "surface",
    "#010205": "supports",
    "#010206": "refutes",
    "#010207": "conflicting",
    "#010208": "undecided",
}
_COLOUR = {role: colour for colour, role in _ROLES.items()}
_WIDTH = 9.0  # inches; the page stretches it
_LABEL = 26  # characters of a label in a line
_DAYS, _WEEKS = 45, 400  # spans, in days, up to which a bar is a day or a week; beyond, a month

_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "factcheck", "font.size": 9.0, "text.parse_math": False, "axes.unicode_minus": False}


def topics_chart(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Draw how the decided posts of each topic came out, as bars from the top down.

    Parameters
    ----------
    counts : mapping of str to mapping of str to int
        By topic, in order, and by role: ``refutes``, ``supports``, ``conflicting``. At least one.

    Returns
    -------
    str
        An ``svg`` element.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    with _figure(0.5 + 0.3 * len(counts)) as figure:
        axes = figure.add_subplot()
        left = [0] * len(counts)
        for role in ("refutes", "supports", "conflicting"):
            parts = [own.get(role, 0) for own in counts.values()]
            axes.barh(range(len(counts)), parts, left=left, height=0.68, color=_COLOUR[role], edgecolor=_SURFACE, linewidth=0.7)
            left = [start + part for start, part in zip(left, parts, strict=True)]
        for row, total in enumerate(left):
            axes.annotate(f"{total:,}", (total, row), xytext=(4, 0), textcoords="offset points", va="center", color=_INK)
        axes.set_yticks(range(len(counts)), [textwrap.shorten(name, _LABEL, placeholder="…") for name in counts])
        axes.set_ylim(len(counts) - 0.5, -0.5)
        axes.set_xlim(0, max(left) * 1.08)
        _plain(axes, bottom=False)
        return _svg(figure, "topics")


def time_chart(series: Mapping[str, Mapping[str, int]]) -> tuple[str, str]:
    """Draw the posts of each series over time, one row of bars below the other, all but the first on one scale.

    Parameters
    ----------
    series : mapping of str to mapping of str to int
        By name, in order, and by ISO day. The first is of all posts, the others of those that were refuted. It has at least one day.

    Returns
    -------
    (str, str)
        An ``svg`` element, and what a bar is: ``day``, ``week`` or ``month``.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    days = sorted({datetime.date.fromisoformat(day) for own in series.values() for day in own})
    span = (days[-1] - days[0]).days
    period = "day" if span <= _DAYS else "week" if span <= _WEEKS else "month"
    bars = {name: _by_period(own, period) for name, own in series.items()}
    first, last = _start(days[0], period).toordinal(), _start(days[-1], period).toordinal()
    width = {"day": 1, "week": 7, "month": 28}[period]
    highest = max((count for own in list(bars.values())[1:] for count in own.values()), default=1)
    with _figure(0.4 + 0.62 * len(bars)) as figure:
        rows = figure.subplots(len(bars), 1, sharex=True, squeeze=False)[:, 0]
        for number, (axes, (name, own)) in enumerate(zip(rows, bars.items(), strict=True)):
            tallest = max(own.values(), default=0)
            colour = _COLOUR["refutes" if number else "undecided"]
            axes.bar([start.toordinal() + width / 2 for start in own], list(own.values()), width=width * 0.86, color=colour, linewidth=0)
            axes.set_ylim(0, max(1, highest if number else tallest) * 1.12)
            axes.set_xlim(first - width * 0.3, last + width * 1.3)
            axes.set_yticks([tallest] if tallest else [])
            label = textwrap.fill(textwrap.shorten(name, 2 * _LABEL, placeholder="…"), _LABEL)
            axes.set_ylabel(label, rotation=0, ha="right", va="center", color=_INK)
            axes.yaxis.set_label_coords(-0.055, 0.5)
            _plain(axes, bottom=True)
        ticks = _ticks(first, last + width, period)
        rows[-1].set_xticks([day.toordinal() + width / 2 for day in ticks], [_tick_name(day, period) for day in ticks])
        return _svg(figure, "time"), period


@contextlib.contextmanager
def _figure(height: float) -> Iterator[Any]:
    """Yield an empty figure; what is drawn on it has matplotlib's own settings and ours, not those of a user."""
    matplotlib = required("matplotlib", "the report", extra=EXTRA)
    figures = required("matplotlib.figure", "the report", extra=EXTRA)
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        figure = figures.Figure(figsize=(_WIDTH, height), layout="constrained")
        figure.patch.set_visible(False)
        yield figure


def _plain(axes: Any, *, bottom: bool) -> None:
    """Leave of the frame what is read: with bars that stand a line below them, with bars that lie one at their left."""
    for side, spine in axes.spines.items():
        spine.set_visible(side == ("bottom" if bottom else "left"))
        spine.set_edgecolor(_RULE)
    axes.tick_params(length=0, colors=_INK)
    axes.patch.set_visible(False)
    if not bottom:
        axes.set_xticks([])


def _by_period(counts: Mapping[str, int], period: str) -> dict[datetime.date, int]:
    summed: dict[datetime.date, int] = {}
    for day, count in sorted(counts.items()):
        start = _start(datetime.date.fromisoformat(day), period)
        summed[start] = summed.get(start, 0) + count
    return summed


def _start(day: datetime.date, period: str) -> datetime.date:
    if period == "week":
        return day - datetime.timedelta(days=min(day.weekday(), day.toordinal() - 1))
    return day.replace(day=1) if period == "month" else day


def _ticks(first: int, last: int, period: str) -> list[datetime.date]:
    """Return at most eight starts of a period, evenly spread."""
    days = [datetime.date.fromordinal(number) for number in range(first, last)]
    starts = [day for day in days if _start(day, period) == day]
    return starts[:: max(1, -(-len(starts) // 8))]


def _tick_name(day: datetime.date, period: str) -> str:
    return f"{day:%Y-%m}" if period == "month" else day.isoformat()


def _svg(figure: Any, name: str) -> str:
    """Return the figure as an element that takes the page's width, font and colours, with identifiers of its own."""
    backend = required("matplotlib.backends.backend_svg", "the report", extra=EXTRA)
    written = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # its own font measures; the page's shows
        backend.FigureCanvasSVG(figure).print_svg(written, metadata={"Date": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)  # a style would be one of the whole page
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true" focusable="false">', svg, count=1)
    return _TAG.sub(lambda tag: _own(tag[0], name), svg).strip()


_TAG = re.compile("<[^>]*>")  # in a text < is written &lt;


def _own(tag: str, name: str) -> str:
    """Return a tag with the page's font and colours, and an identifier that begins with the name of the figure."""
    tag = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{name}-", tag.replace("xlink:href", "href"))
    tag = re.sub(r"font-family: [^;\"]*;? ?", "", tag)
    for colour, role in _ROLES.items():
        tag = tag.replace(colour, f"var(--{role})")
    return tag
