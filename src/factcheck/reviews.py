"""Reviews of claims, found in saved files and read whatever form they came in.

A review is a ClaimReview of schema.org: in JSON-LD, in an answer of a fact-check search, or in the row of a table. Publishers'
tools write each of its fields in several ways; here they become plain text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from factcheck.errors import InputError
from factcheck.feeds import read_documents, unescaped
from factcheck.ratings import number_of, read_number
from factcheck.rows import day_of, host_of
from factcheck.tables import read_rows

MAX_NAME = 200
"""Characters of a publisher's name; a longer one is cut."""

NUMBERS = ("ratingValue", "bestRating", "worstRating")
"""Fields of a Rating that hold numbers: value, best, worst."""

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "claimReviewed": ("claimreviewed", "claim", "claimtext", "text"),
    "url": ("url", "reviewurl", "claimreviewurl", "link"),
    "alternateName": ("reviewratingalternatename", "alternatename", "textualrating", "ratingname", "rating", "verdict"),
    "ratingValue": ("reviewratingratingvalue", "ratingvalue"),
    "bestRating": ("reviewratingbestrating", "bestrating"),
    "worstRating": ("reviewratingworstrating", "worstrating"),
    "author": ("publisher", "publishername", "authorname", "author", "reviewauthor", "site"),
    "datePublished": ("datepublished", "reviewdate", "date"),
}
"""Fields of ClaimReview and what a table may call them, in lower case and without signs; the first that is there counts."""

FORMATTING = re.compile(r"</?(?:a|b|br|div|em|i|li|p|span|strong|sub|sup|u|ul)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENCODER = json.JSONEncoder(ensure_ascii=False)


# ---------------------------------------------------------------------------------------------------------------------
# Reviews in files
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A ClaimReview as it stands in a file, or what is wrong with a document.

    Parameters
    ----------
    place : str
        File and line, in a document also the character, and among several reviews of one document the number.
    node : mapping
        The review in the form that schema.org gives it, its fields not yet read; empty when there is an error.
    error : str
        What is wrong and what to do.
    lacks_context : bool
        Whether neither the review nor the document names the vocabulary.
    """

    place: str
    node: Mapping[str, Any]
    error: str = ""
    lacks_context: bool = False


def find_reviews(sources: Sequence[str | Path]) -> Iterator[Found]:
    """Yield the reviews of some files, in their order; a document or row that cannot be read never stops the others.

    Parameters
    ----------
    sources : sequence of str or Path
        Files as in `factcheck.feeds.read_documents`; with the ending ``.csv`` or ``.tsv`` tables with a header.

    Yields
    ------
    Found

    Raises
    ------
    InputError
        When a file is missing or may not be read.
    """
    for source in sources:
        if Path(source).suffix.lower() in {".csv", ".tsv", ".tab"}:
            yield from _in_table(Path(source))
            continue
        met = False
        for document in read_documents(source):
            if document.error:
                met = True
                yield Found(document.place, {}, document.error)
                continue
            named = document.element or _names_vocabulary(document.value)
            nodes = _nodes(document.value)
            for number, node in enumerate(nodes, 1):
                met = True
                place = document.place if len(nodes) == 1 else f"{document.place}, review {number}"
                yield Found(place, node, lacks_context=not (named or _names_vocabulary(node)))
        if not met:
            yield Found(Path(source).name, {}, "holds no ClaimReview")


def _names_vocabulary(value: Any) -> bool:
    context = value.get("@context") if isinstance(value, dict) else None
    parts = context.values() if isinstance(context, dict) else context if isinstance(context, list) else [context]
    return any("schema.org" in part for part in parts if isinstance(part, str))


def _in_table(path: Path) -> Iterator[Found]:
    try:
        with read_rows(path) as table:
            columns = {"".join(filter(str.isalnum, column)).casefold(): column for column in table.columns}
            fields = {
                field: column for field, names in _HEADERS.items() if (column := next((columns[n] for n in names if n in columns), ""))
            }
            if absent := [field for field in ("claimReviewed", "url", "alternateName") if field not in fields]:
                seen = ", ".join(table.columns)
                yield Found(f"{table.name}:1", {}, f"has no column for {', '.join(absent)}; name it so in the header (seen: {seen})")
                return
            for row in table:
                place = f"{table.name}:{row.line}"
                cells = {field: row.values.get(column) for field, column in fields.items()}
                yield Found(place, {}, row.error.partition(": ")[2]) if row.error else Found(place, _node_of(cells))
    except InputError as error:
        if not path.is_file():
            raise
        yield Found(path.name, {}, str(error).removeprefix(f"{path.name}: "))


def _node_of(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ClaimReview that the cells of a row, by field, make."""
    rating = {name: value for name in ("alternateName", *NUMBERS) if (value := cells.get(name))}
    author = {"name": cells.get("author")}
    own = {name: value for name in ("claimReviewed", "url", "datePublished") if (value := cells.get(name))}
    return {"@context": "https://schema.org", "@type": "ClaimReview", **own, "author": author, "reviewRating": rating}


def _nodes(document: Any) -> list[Mapping[str, Any]]:
    """List the reviews of a document, wherever they stand in it, what they refer to by ``@id`` put in its place."""
    nodes: list[Mapping[str, Any]] = []
    named: dict[str, Any] = {}
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            if len(value) > 1 and isinstance(name := value.get("@id"), str):
                named.setdefault(name, value)
            if "claimreview" in types_of(value):
                nodes += [value] * any(not key.startswith("@") for key in value)  # else it only refers to one
            else:
                nodes += [_node_of_answer(value, answer) for answer in _answers(value)]
                waiting.extend(reversed(value.values()))
    return [_linked(node, named) for node in nodes]


def _answers(claim: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the reviews of a claim of a saved Fact Check Tools answer, which have no type; empty for any other object."""
    reviews = claim.get("claimReview")
    fields = [review for review in reviews if isinstance(review, dict) and "@type" not in review] if isinstance(reviews, list) else []
    return [review for review in fields if isinstance(claim.get("text"), str) or "textualRating" in review]


def _node_of_answer(claim: Mapping[str, Any], review: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ClaimReview that a claim of a saved Fact Check Tools answer and one of its reviews make."""
    publisher = review.get("publisher")
    author = publisher.get("name") or publisher.get("site") if isinstance(publisher, dict) else publisher
    cells = {"claimReviewed": claim.get("text"), "alternateName": review.get("textualRating"), "datePublished": review.get("reviewDate")}
    return _node_of({**cells, "url": review.get("url"), "author": author})


def types_of(node: Mapping[str, Any]) -> Sequence[str]:
    """Return the types of a node in lower case, without the address of their vocabulary."""
    types = node.get("@type")
    if types == "ClaimReview":
        return ("claimreview",)
    return [_short_name(name).lower() for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)]


def _short_name(name: str) -> str:
    return re.sub(r"^(?:https?://schema\.org/|schema:)", "", name) if ":" in name else name


def _linked(node: Mapping[str, Any], named: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a review with short names of its fields, and with what its fields refer to in their place; no deeper, so that it ends."""
    node = _with_short_names(node)
    return {
        key: [_target(item, named) for item in value[:20]] if isinstance(value, list) else _target(value, named)
        for key, value in node.items()
    }


def _target(value: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(value, dict) and len(value) <= 2 and isinstance(name := value.get("@id"), str):
        value = named.get(name, value)
    return _with_short_names(value)


def _with_short_names(value: Any) -> Any:
    if not isinstance(value, dict) or not any(":" in key for key in value):
        return value
    return {_short_name(key): item for key, item in value.items()}


# ---------------------------------------------------------------------------------------------------------------------
# Fields of a review
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Review:
    """The fields of a review as plain text, each empty where it is missing.

    Parameters
    ----------
    claim : str
    words : str
        Of the rating, as the publisher has them.
    rating : str
        The same, or where there are none the number and its scale.
    numbers : tuple of (object, object, object)
        Value, best and worst of the rating as they came.
    publisher : str
        Its name, or else the host of the page.
    url : str
        Of the review; not always an address.
    date : str
        Day of publication, ISO.
    """

    claim: str
    words: str
    rating: str
    numbers: tuple[Any, Any, Any]
    publisher: str
    url: str
    date: str


def read_review(node: Mapping[str, Any]) -> Review:
    """Read the fields of a ClaimReview, in whatever form they came.

    Parameters
    ----------
    node : mapping
        Of a `Found`.

    Returns
    -------
    Review

    Examples
    --------
    >>> review = read_review({"claimReviewed": {"@value": "Tea &amp; toast cure colds"}, "author": "Tea Desk", "reviewRating": "False"})
    >>> review.claim, review.publisher, review.words
    ('Tea & toast cure colds', 'Tea Desk', 'False')
    """
    words, numbers = _rating(node.get("reviewRating"))
    url = next(filter(host_of, map(_address, map(node.get, ("url", "mainEntityOfPage", "@id")))), "") or _address(node.get("url"))
    publisher = next(filter(None, map(text_of, map(node.get, ("author", "publisher", "sdPublisher")))), "") or url
    return Review(
        claim=text_of(node.get("claimReviewed")) or _claim_text(node.get("itemReviewed")),
        words=words,
        rating=words or _number_words(*numbers),
        numbers=numbers,
        publisher=(host_of(publisher) or publisher)[:MAX_NAME],
        url=url,
        date=_day_in(node.get("datePublished")) or _day_in(node.get("dateCreated")),
    )


def _claim_text(item: Any) -> str:
    """Return the text of a reviewed Claim; the name of any other work is no claim."""
    if isinstance(item, list):
        return next(filter(None, map(_claim_text, item[:20])), "") if not any(isinstance(part, list) for part in item) else ""
    return text_of(item.get("text")) or text_of(item.get("name")) if isinstance(item, dict) and "claim" in types_of(item) else ""


def _rating(rating: Any) -> tuple[str, tuple[Any, Any, Any]]:
    """Return the words of a rating, and its value, best and worst."""
    if isinstance(rating, list):
        parts = [_rating(part) for part in rating[:20] if not isinstance(part, list)]
        words = "; ".join(dict.fromkeys(words for words, _ in parts if words))  # two ratings are neither
        return words, next((numbers for _, numbers in parts if numbers[0] is not None), (None, None, None))
    if not isinstance(rating, dict) or "@value" in rating:
        rating = rating.get("@value") if isinstance(rating, dict) else rating
        return ("", (rating, None, None)) if number_of(rating) is not None else (text_of(rating), (None, None, None))
    value, best, worst = (_bare_value(rating.get(name)) for name in NUMBERS)
    words = text_of(rating.get("alternateName")) or text_of(rating.get("name"))
    if not words and number_of(value) is None:
        words = text_of(value)
    return words, (value, best, worst)


def _bare_value(value: Any) -> Any:
    if isinstance(value, list):
        value = value[0] if value else None
    return value.get("@value") if isinstance(value, dict) else value


def _number_words(value: Any, best: Any, worst: Any) -> str:
    if number_of(value) is None or read_number(value, best, worst).fault == "sentinel":
        return ""
    low, high = (number_of(end) if number_of(end) is not None else end_by_default for end, end_by_default in ((worst, 1), (best, 5)))
    return f"{number_of(value):g} ({low:g} to {high:g})"


def text_of(value: Any, room: int = 4) -> str:
    """Return the first text that a value holds: itself, its ``@value`` or name, or that of the first in a list that has one."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, bool) or value is None or not room:
        return ""
    if isinstance(value, dict):
        return next(filter(None, (text_of(value.get(key), room - 1) for key in ("@value", "name", "text"))), "")
    if isinstance(value, list):
        return next(filter(None, (text_of(item, room - 1) for item in islice(value, 20) if not isinstance(item, list))), "")
    return f"{value:g}" if isinstance(value, float) else str(value)


def plain(text: str) -> str:
    """Return text without entities (also those escaped twice), tags of formatting, marks that are not seen, and spare spaces."""
    if "&" in text:
        text = unescaped(unescaped(text))
    if "<" in text:
        text = FORMATTING.sub(" ", text)
    text = " ".join(text.split())
    return text if text.isascii() and text.isprintable() else _SURROGATE.sub("\ufffd", _UNSEEN.sub("", text))


def _address(value: Any) -> str:
    if isinstance(value, list):
        value = next(filter(None, value), None)
    if isinstance(value, dict):
        value = next((value[key] for key in ("@id", "url", "@value") if isinstance(value.get(key), str)), None)
    if not isinstance(value, str):
        return ""
    address = unescaped(value) if "&amp;" in value else value
    address = _SURROGATE.sub("\ufffd", address.strip())
    return f"https:{address}" if address.startswith("//") else address


def _day_in(value: Any) -> str:
    """Return the first certain day in a value as an ISO date, the empty string when there is none."""
    if isinstance(value, list):
        return next(filter(None, map(_day_in, (item for item in value[:20] if not isinstance(item, list)))), "")
    if isinstance(value, dict):
        value = value.get("@value")
    return day_of(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def short(value: Any, most: int = 60) -> str:
    """Return how a message shows what was seen: quoted, at most so many characters; nothing for nothing."""
    try:
        parts = [value] if isinstance(value, str) else [] if value is None else islice(_ENCODER.iterencode(value), most + 1)
        text = "".join(parts)  # no more than is shown: a value can be megabytes long
    except RecursionError:
        text = "..."
    return repr(text if len(text) <= most else text[: most - 3] + "...") if text else ""


def identify(url: str, claim: str) -> str:
    """Return the id of what a page says of a claim: 16 hexadecimal digits, whatever the anchor and the case of the claim."""
    return hashlib.sha256(f"{_without_anchor(url)}\n{claim.casefold()}".encode()).hexdigest()[:16]


def _without_anchor(url: str) -> str:
    page, _, anchor = url.partition("#")
    return url if anchor.startswith(("!", "/")) else page.rstrip("?")  # some sites keep the page itself behind #! and #/
