"""A batch as one page to read and hand on: what was checked with what, the myths in it, what repeats, and what no statement settles.

The page is one file that asks for nothing: style, script, charts and rows are in it. What people wrote reaches it as text only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

from factcheck import __version__
from factcheck.charts import EXTRA, time_chart, topics_chart
from factcheck.checker import SHIPPED, bundle_path
from factcheck.clusters import near_duplicates, subjects, words_of
from factcheck.errors import InputError
from factcheck.lines import STREAM, open_file, required, same_file
from factcheck.output import script_safe, write_whole
from factcheck.records import STANCES, Label, Reason, Statement
from factcheck.rows import host_of
from factcheck.statements import fingerprint, read_statements
from factcheck.text import FUNCTION_WORDS, normalize, stem
from factcheck.verdicts import MAX_POST, MEANING, ROLE, Cited, Post, Verdicts, read_verdicts

MAX_POSTS = 100_000
"""Rows whose posts are grouped and listed; of those behind them only the verdicts are counted."""

MAX_TEXT = 14_000_000
"""Bytes of all different posts in a page; where they are longer, the longest are cut to one length."""

UNSETTLED = (Reason.NO_RELEVANT_STATEMENT.value, Reason.LOW_PROBABILITY.value)
"""Reasons of posts that claim something which no statement settled."""

_TOPICS, _MYTHS, _STATEMENTS, _REPEATED, _SUBJECTS, _SERIES = 6, 3, 10, 10, 10, 6  # that the page shows, most first
_EXAMPLE = 320  # characters of a post outside the table
_NO_TOPIC = "(no topic)"
_WORD = re.compile(r"[^\W_](?:[\w'\u2019-]*\w)?")

_BRIEFLY = {
    Reason.DECIDED: "decided",
    Reason.NO_RELEVANT_STATEMENT: "no statement",
    Reason.LOW_PROBABILITY: "not sure enough",
    Reason.CONFLICTING_EVIDENCE: "statements disagree",
    Reason.NOT_A_CLAIM: "not a claim",
    Reason.OUTDATED_STATEMENT: "statement outdated",
    Reason.ERROR: "error",
}
_ORDER = (Label.REFUTES, Label.SUPPORTS, Label.CONFLICTING, Label.NOT_ENOUGH_INFO, "")


@dataclass(frozen=True, slots=True)
class Written:
    """What a report came to.

    Parameters
    ----------
    rows, listed : int
        Rows of the table, and those of them whose posts the page lists.
    size : int
        Of the page, in bytes.
    """

    rows: int
    listed: int
    size: int


def write(
    source: str | Path,
    target: str | Path,
    *,
    text_column: str = "text",
    date_column: str | None = None,
    summary: str | Path | None = None,
    statements: str | Path | None = None,
    input_format: str | None = None,
    encoding: str = "utf-8",
) -> Written:
    """Write what a batch found as one HTML page.

    The same input gives the same bytes.

    Parameters
    ----------
    source : str or Path
        What `factcheck.batch.run` wrote, in any format; ``-`` for standard input. Topics, nearest statements and probabilities of
        all stances are in JSON, JSON Lines and Parquet; from the other formats the page has the topics of statements that are in the base.
    target : str or Path
        A file that is there is replaced when the new one is complete.
    text_column : str
        Column of the claims.
    date_column : str, optional
        Column of the day of each post. With it the page shows how the myths went over time.
    summary : str or Path, optional
        What the batch wrote with ``--summary``: which bundle and which statements answered.
    statements : str or Path, optional
        The statement base, for the topics. None takes the one that ships.
    input_format, encoding
        As in `factcheck.tables.read_rows`.

    Raises
    ------
    InputError
        If the source is no table of verdicts or the summary not its own, a column is missing, the target cannot be written, or a
        package of the extra ``report`` is not installed.
    """
    for package in ("jinja2", "matplotlib"):
        required(package, "the report", extra=EXTRA)
    if str(target) == STREAM:
        raise InputError("stdout: a page is one file; give its name")
    if any(same_file(target, other) for other in (source, summary, statements) if other is not None):
        raise InputError(f"{target}: is an input; give the page another name")
    base = read_statements(statements)
    topics = {statement.id: statement for statement in base}
    verdicts = read_verdicts(
        source,
        text_column=text_column,
        date_column=date_column,
        topics=topics,
        most=MAX_POSTS,
        input_format=input_format,
        encoding=encoding,
    )
    about = _about(_summary(summary, verdicts), base)
    page = _page(verdicts, _Groups(verdicts.posts), about, dated=date_column is not None)
    write_whole(Path(target), page)
    return Written(verdicts.rows, len(verdicts.posts), len(page.encode()))


# ---------------------------------------------------------------------------------------------------------------------
# What was checked with what
# ---------------------------------------------------------------------------------------------------------------------


def _summary(path: str | Path | None, verdicts: Verdicts) -> dict[str, Any]:
    """Return the summary of the batch; refuse one whose counts are not those of the table."""
    if path is None:
        return {}
    with open_file(path) as file:
        try:
            summary = json.loads(file.read())
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: is no JSON; give what `factcheck batch --summary` wrote") from error
    print_ = summary.get("fingerprint") if isinstance(summary, dict) else None
    if not isinstance(print_, dict) or not all(isinstance(value, str) for value in print_.values()):
        raise InputError(f"{path}: is no summary, as it lacks 'fingerprint'; give what `factcheck batch --summary` wrote")
    verdict_counts = Counter[str]()
    for (verdict, _), count in verdicts.counts.items():
        verdict_counts[verdict] += count
    seen = {"rows": verdicts.rows, "verdicts": {label: count for label, count in verdict_counts.items() if label}}
    for name, value in seen.items():
        if summary.get(name) != value:
            shown = json.dumps(summary.get(name))[:100]
            raise InputError(
                f"{path}: is the summary of another batch: its {name} are {shown}, those of {verdicts.name} {json.dumps(value)}; "
                "give the one that was written with this table, or none"
            )
    return dict(print_)


def _about(print_: Mapping[str, str], base: Sequence[Statement]) -> dict[str, Any]:
    """Return what is known of the bundle and the base that answered."""
    bundle = print_.get("bundle", "")
    name = next((name for name in SHIPPED if bundle and _manifest_hash(name) == bundle), "")
    same = print_.get("statements") == fingerprint(base)
    return {
        "bundle": bundle,
        "bundle_name": name,
        "statements": print_.get("statements", ""),
        "statement_count": len(base) if same else 0,
        "checked_with": print_.get("version", ""),
        "written_with": __version__,
    }


def _manifest_hash(name: str) -> str:
    manifest = bundle_path(name) / "manifest.json"
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else ""


# ---------------------------------------------------------------------------------------------------------------------
# Posts that say the same
# ---------------------------------------------------------------------------------------------------------------------


class _Groups:
    """Posts with the same words, near-duplicates of these, and subjects of what is unsettled.

    Parameters
    ----------
    posts : list of Post

    Attributes
    ----------
    cluster : list of int
        For each post, a number that its near-duplicates share.
    sizes, wordings : Counter of int
        Posts, and different sets of words, by cluster.
    subject : list of int
        For each post, the position of its subject in ``subjects``, -1 for none.
    subjects : list of list of int
        Unsettled posts of one subject, the first the one that most are like; the largest subject first.
    """

    def __init__(self, posts: Sequence[Post]) -> None:
        bags: dict[str, frozenset[str]] = {}  # by text
        members: dict[object, list[int]] = {}  # by what posts with the same words share
        for place, post in enumerate(posts):
            if not post.cluster and post.text not in bags:
                bags[post.text] = words_of(post.text)
            # a row without a text repeats none
            members.setdefault((post.cluster or bags[post.text] or post.text) if post.text.strip() else place, []).append(place)
        groups = sorted(members.values(), key=lambda group: -len(group))
        words = [bags[text] if (text := posts[group[0]].text) in bags else words_of(text) for group in groups]
        leaders = near_duplicates(words)
        self.cluster = [0] * len(posts)
        self.sizes, self.wordings = Counter[int](), Counter[int]()
        for group, leader in zip(groups, leaders, strict=True):
            self.sizes[leader] += len(group)
            self.wordings[leader] += 1
            for place in group:
                self.cluster[place] = leader
        self._find_subjects(posts, groups, words)

    def _find_subjects(self, posts: Sequence[Post], groups: Sequence[list[int]], words: Sequence[frozenset[str]]) -> None:
        unsettled = [[place for place in group if posts[place].reason in UNSETTLED] for group in groups]
        kept = [number for number, own in enumerate(unsettled) if own]
        found = subjects([words[number] for number in kept], [len(unsettled[number]) for number in kept], _SUBJECTS)
        self.subjects = [[place for number in numbers for place in unsettled[kept[number]]] for numbers in found]
        self.subject = [-1] * len(posts)
        for number, places in enumerate(self.subjects):
            for place in places:
                self.subject[place] = number


# ---------------------------------------------------------------------------------------------------------------------
# The page
# ---------------------------------------------------------------------------------------------------------------------


def _page(verdicts: Verdicts, groups: _Groups, about: Mapping[str, Any], *, dated: bool) -> str:
    jinja = required("jinja2", "the report", extra=EXTRA)
    folder = resources.files("factcheck").joinpath("templates")
    page, style, script = (folder.joinpath(f"report.{ending}").read_text(encoding="utf-8") for ending in ("html", "css", "js"))
    environment = jinja.Environment(autoescape=True, undefined=jinja.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"count": lambda number: f"{number:,}", "percent": _percent, "example": _example, "host": host_of}
    markup = required("markupsafe", "the report", extra=EXTRA).Markup
    days = sorted(day for day in verdicts.days if day)
    cited = {place for place, _ in verdicts.decided}
    published = sorted(day for place in cited if (day := verdicts.cited[place].published))
    by_topic = _by_topic(verdicts)
    series = _series(verdicts, by_topic)
    time, period = time_chart(series) if days else ("", "")
    return str(
        environment.from_string(page).render(
            style=markup(style),
            script=markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            listed=markup(script_safe(json.dumps(_listed(verdicts, groups), ensure_ascii=False, separators=(",", ":"), allow_nan=False))),
            verdicts=verdicts,
            about=about,
            dated=dated,
            days=(days[0], days[-1]) if days else (),
            undated=verdicts.days[""],
            cited=len(cited),
            published=(published[0], published[-1]) if published else (),
            counts=_counts(verdicts),
            topics=_myths(verdicts, groups, by_topic),
            topics_chart=markup(topics_chart(dict(islice(by_topic.items(), _TOPICS)))) if by_topic else "",
            by_topic=by_topic,
            time_chart=markup(time),
            series=series,
            period=period,
            statements=_deciding(verdicts),
            repeated=_repeated(verdicts, groups),
            subjects=_subjects(verdicts, groups),
            roles=ROLE,
            most_topics=_TOPICS,
        )
    )


def _counts(verdicts: Verdicts) -> list[dict[str, Any]]:
    """Return for each verdict, in the order of the page, its rows and those of each of its reasons."""
    found = []
    for verdict in _ORDER:
        reasons = [(reason, verdicts.counts[verdict, reason], MEANING[reason]) for reason in Reason if verdicts.counts[verdict, reason]]
        if reasons or verdict in {Label.REFUTES, Label.SUPPORTS, Label.NOT_ENOUGH_INFO}:
            rows = sum(count for _, count, _ in reasons)
            found.append(
                {"verdict": str(verdict), "role": ROLE[verdict], "rows": rows, "reasons": sorted(reasons, key=lambda item: -item[1])}
            )
    return found


def _by_topic(verdicts: Verdicts) -> dict[str, Counter[str]]:
    """Return the decided rows by topic and role, the topic with most refuted posts first."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for (place, verdict), count in verdicts.decided.items():
        found[verdicts.cited[place].topic or _NO_TOPIC][ROLE[Label(verdict)]] += count
    return dict(sorted(found.items(), key=lambda item: (-item[1]["refutes"], -item[1].total(), item[0])))


def _series(verdicts: Verdicts, by_topic: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    """Return rows by day: all of them, and those refuted of the topics with most of them."""
    known = {topic or _NO_TOPIC: days for topic, days in verdicts.refuted.items()}
    found = {"All posts": verdicts.days, **{topic: known[topic] for topic in islice((t for t in by_topic if t in known), _SERIES)}}
    return {name: {day: count for day, count in sorted(days.items()) if day} for name, days in found.items()}


def _myths(verdicts: Verdicts, groups: _Groups, by_topic: Mapping[str, Counter[str]]) -> list[dict[str, Any]]:
    """Return the statements that refuted most posts, by topic, each with the post that was repeated most."""
    examples: dict[int, Post] = {}
    best: dict[int, tuple[int, float]] = {}
    for place, post in enumerate(verdicts.posts):
        if post.verdict == Label.REFUTES and post.cited >= 0:
            rank = (groups.sizes[groups.cluster[place]], post.probability or 0.0)
            if rank > best.get(post.cited, (0, 0.0)):
                best[post.cited], examples[post.cited] = rank, post
    myths: dict[str, list[dict[str, Any]]] = defaultdict(list)
    refuted = [(place, count) for (place, verdict), count in verdicts.decided.items() if verdict == Label.REFUTES]
    for place, count in sorted(refuted, key=lambda item: (-item[1], item[0])):
        statement = verdicts.cited[place]
        example = examples[place].text if place in examples else ""
        myths[statement.topic or _NO_TOPIC].append({"place": place, "statement": statement, "count": count, "example": example})
    found = []
    for topic, counts in by_topic.items():
        if own := myths.get(topic):
            found.append({"topic": topic, "rows": counts["refutes"], "statements": len(own), "myths": own[:_MYTHS]})
    return found


def _deciding(verdicts: Verdicts) -> list[dict[str, Any]]:
    """Return the statements that decided most rows."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for (place, verdict), count in verdicts.decided.items():
        found[place][ROLE[Label(verdict)]] += count
    most = sorted(found.items(), key=lambda item: (-item[1].total(), item[0]))[:_STATEMENTS]
    return [{"place": place, "statement": verdicts.cited[place], "rows": counts.total(), **_roles(counts)} for place, counts in most]


def _roles(counts: Counter[str]) -> dict[str, int]:
    return {role: counts[role] for role in ("refutes", "supports", "conflicting")}


def _repeated(verdicts: Verdicts, groups: _Groups) -> dict[str, Any]:
    """Return the largest clusters of near-duplicates, and how many there are."""
    largest = [cluster for cluster, size in sorted(groups.sizes.items(), key=lambda item: (-item[1], item[0])) if size > 1]
    members: dict[int, list[Post]] = {cluster: [] for cluster in largest[:_REPEATED]}
    for place, post in enumerate(verdicts.posts):
        if groups.cluster[place] in members:
            members[groups.cluster[place]].append(post)
    shown = []
    for cluster, posts in members.items():
        verdict_counts = Counter(post.verdict for post in posts)
        days = sorted(post.day for post in posts if post.day)
        text = Counter(post.text for post in posts).most_common(1)[0][0]
        own = [(verdict, verdict_counts[verdict]) for verdict in map(str, _ORDER) if verdict_counts[verdict]]
        shown.append(
            {"cluster": cluster, "posts": len(posts), "wordings": groups.wordings[cluster], "text": text, "verdicts": own, "days": days}
        )
    return {"shown": shown, "clusters": len(largest), "posts": sum(groups.sizes[cluster] for cluster in largest)}


def _subjects(verdicts: Verdicts, groups: _Groups) -> list[dict[str, Any]]:
    """Return the largest subjects that no statement settles, each with three posts of different words and the statement that is nearest."""
    found = []
    for number, places in enumerate(groups.subjects):
        different = {groups.cluster[place]: verdicts.posts[place].text for place in reversed(places)}
        first = [groups.cluster[place] for place in places]
        near = Counter(post.nearest for place in places if (post := verdicts.posts[place]).nearest >= 0).most_common(1)
        reasons = Counter(verdicts.posts[place].reason for place in places)
        found.append(
            {
                "subject": number,
                "posts": len(places),
                "examples": [different[cluster] for cluster in islice(dict.fromkeys(first), 3)],
                "nearest": verdicts.cited[near[0][0]] if near and 2 * near[0][1] >= len(places) else None,
                "unsure": reasons[Reason.LOW_PROBABILITY],
            }
        )
    return found


# ---------------------------------------------------------------------------------------------------------------------
# The rows that the page's script lists
# ---------------------------------------------------------------------------------------------------------------------


def _listed(verdicts: Verdicts, groups: _Groups) -> dict[str, Any]:
    """Return what the script of the page reads: rows of the same text and answer share an entry, columns stand as lists."""
    texts = dict[str, int]()
    entries = dict[tuple[Any, ...], int]()
    rows: list[int] = []
    for place, post in enumerate(verdicts.posts):
        key = (
            texts.setdefault(post.text, len(texts)),
            post.verdict,
            post.reason,
            post.probability,
            post.cited,
            post.nearest,
            post.probabilities,
            post.error,
            groups.cluster[place],
            groups.subject[place],
        )
        rows.append(entries.setdefault(key, len(entries)))
    cut = _cut(texts)
    days = sorted({post.day for post in verdicts.posts})
    position = {day: number for number, day in enumerate(days)}
    of_post, verdict, reason, probability, cited, nearest, probabilities, error, cluster, subject = (
        zip(*entries, strict=True) if entries else [()] * 10
    )
    shown = list(texts)
    return {
        "name": verdicts.name,
        "cut": cut,
        "verdicts": [[str(label), ROLE[label]] for label in _ORDER],
        "reasons": [[code.value, _BRIEFLY[code], MEANING[code]] for code in Reason],
        "stances": list(STANCES),
        "days": days,
        "statements": [[item.id, item.topic, item.text, item.publisher, item.url, item.published] for item in verdicts.cited],
        "sizes": {str(number): size for number, size in groups.sizes.items() if size > 1},
        "texts": [text[:cut] + "\u2026" if len(text) > cut else text for text in texts],
        "entries": {
            "text": of_post,
            "verdict": [_ORDER.index(label) for label in verdict],
            "reason": [list(Reason).index(Reason(code)) for code in reason],
            "probability": [-1 if number is None else round(number * 1000) for number in probability],
            "cited": cited,
            "nearest": nearest,
            "stances": [[round(number * 1000) for number in numbers] for numbers in probabilities],
            "words": list(_shared(zip((shown[number] for number in of_post), cited, nearest, strict=True), verdicts.cited)),
            "error": error,
            "cluster": cluster,
            "subject": subject,
        },
        "rows": rows,
        "day": [position[post.day] for post in verdicts.posts],
    }


def _cut(texts: Iterable[str]) -> int:
    """Return the length, in characters, to which texts are cut so that all fit into about `MAX_TEXT` bytes."""
    sizes = [(len(script_safe(json.dumps(text, ensure_ascii=False)).encode()), len(text)) for text in texts]
    low, high = 1, min(MAX_POST, max((length for _, length in sizes), default=1))
    while low < high:
        middle = (low + high + 1) // 2
        if sum(size if length <= middle else size * middle // length for size, length in sizes) <= MAX_TEXT:
            low = middle
        else:
            high = middle - 1
    return low


def _shared(posts: Iterator[tuple[str, int, int]], cited: Sequence[Cited]) -> Iterator[str]:
    """Yield for each post the words, in lower case, by which it and its statement are about the same, in whatever form each has them."""
    stems = [_stems(statement.text) for statement in cited]
    for text, deciding, nearest in posts:
        place = deciding if deciding >= 0 else nearest
        own = _stems(text) if place >= 0 else {}
        both = own.keys() & stems[place].keys() if own else ()
        yield " ".join(sorted({word for name in both for word in (*own[name], *stems[place][name])}))


def _stems(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for word in _WORD.findall(text):
        if name := _stem(word.lower()):
            found[name].add(word.lower())
    return found


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    plain = normalize(word).lower()
    return "" if plain in FUNCTION_WORDS or not plain else stem(plain)


# ---------------------------------------------------------------------------------------------------------------------
# Words of the page
# ---------------------------------------------------------------------------------------------------------------------


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0.0%"


def _example(text: str) -> str:
    """Return a post as it stands outside the table: on one line, and cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _EXAMPLE else line[: _EXAMPLE - 1].rstrip() + "\u2026"
