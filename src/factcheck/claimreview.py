"""ClaimReview in and out: fact checks that others published become known claims, one's own become a document that others can read.

In come pages and feeds with JSON-LD (schema.org ClaimReview), saved answers of a fact-check search, and tables, with the oddities
that publishers' tools make. Nothing is guessed: what a rating says comes from its words, whole (`factcheck.ratings`); its number
speaks only where there are no words, and a review that cannot be read is counted and named, never dropped in silence.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from factcheck.errors import InputError
from factcheck.feeds import unescaped
from factcheck.lines import STREAM
from factcheck.output import RowWriter, script_safe, write_whole
from factcheck.ratings import Number, RatingMap, number_of, read_number, read_ratings
from factcheck.records import STANCES, Label
from factcheck.reviews import (
    FORMATTING,
    NUMBERS,
    Found,
    Review,
    find_reviews,
    identify,
    plain,
    read_review,
    short,
    text_of,
    types_of,
)
from factcheck.rows import day_of, host_of
from factcheck.tables import read_rows, require_column

COLUMNS = ("id", "text", "rating", "label", "publisher", "url", "date")
"""Columns of a table of known claims, in the order in which they are written."""

DECISION_COLUMNS = ("claim", "url", "rating", "label", "date", "confirmed")
"""Columns of a table of one's own decisions, as `export_reviews` reads it."""

CONFIRMED = ("yes", "y", "true", "1", "x", "confirmed")
"""What stands under ``confirmed``, in any case, where a human has confirmed the row."""

MAX_CLAIM, MAX_RATING, MAX_URL = 5_000, 1_000, 2_000
"""Characters of a field; a review with a longer one is dropped and reported."""

MAX_LISTED = 100
"""Faults and disagreements that an import lists one by one; all are counted."""

MAX_FAULTS = 10_000
"""Faults behind which a lint stops."""

MAX_UNMAPPED = 10_000
"""Different unmapped ratings that are counted one by one."""

OTHER_RATINGS = "(other ratings)"
"""Under which the unmapped ratings beyond `MAX_UNMAPPED` are counted together."""

_TABLES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_DISPUTED = "disputed"
"""Stands for the label of a page and claim with two labels and no later one, while reviews are read."""

_DECISIVE = {Label.SUPPORTS.value: Label.REFUTES.value, Label.REFUTES.value: Label.SUPPORTS.value}
_SCALE = {Label.SUPPORTS.value: 5, Label.REFUTES.value: 1}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a document or a row.

    Parameters
    ----------
    place : str
        File, line and, in a document, character.
    field : str
        Of ClaimReview, or a column; empty when the whole is meant.
    advice : str
        What is wrong and what to do.
    seen : str
        What stands there, shortened; may be empty.
    """

    place: str
    field: str
    advice: str
    seen: str = ""

    def __str__(self) -> str:
        """Return one line: place, field, what is wrong and what to do, what was seen."""
        return f"{self.place}: " + f"{self.field}: " * bool(self.field) + self.advice + f" (seen: {self.seen})" * bool(self.seen)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import read, kept and left out.

    Parameters
    ----------
    ratings : str
        Version of the map of ratings.
    read, kept : int
        Reviews.
    labels : dict of str to int
        Of the kept reviews; the empty string where the rating is unmapped or disagrees with itself.
    dropped : dict of str to int
        By reason, commonest first: ``no_claim``, ``no_url``, ``no_rating``, ``too_long``; ``duplicate`` of the same page and claim;
        ``superseded`` by a later review of the same page and claim.
    unmapped : dict of str to int
        Ratings without a label, commonest first, those beyond `MAX_UNMAPPED` as `OTHER_RATINGS`; of repeats of one claim on one page
        the first is counted, here and in the numbers.
    numbers : dict of str to int
        Numbers that say nothing, by the faults of `factcheck.ratings.Number`.
    reversed_publishers : tuple of str
        Whose numbers contradict their words more often than not; such numbers are not used.
    conflicts : dict of str to int
        ``words_and_number`` of one review (the words won), ``same_page`` and claim with two labels and no later one (it has none
        now), ``other_page`` that says the opposite of a claim (all are kept).
    disagreements : tuple of str
        The first conflicts, in words.
    faults : tuple of Fault
        The first documents that could not be read and reviews that lack what they need.
    fault_count : int
        How many there are in all.
    """

    ratings: str
    read: int
    kept: int
    labels: dict[str, int]
    dropped: dict[str, int]
    unmapped: dict[str, int]
    numbers: dict[str, int]
    reversed_publishers: tuple[str, ...]
    conflicts: dict[str, int]
    disagreements: tuple[str, ...]
    faults: tuple[Fault, ...]
    fault_count: int

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {**asdict(self), "faults": [str(fault) for fault in self.faults]}

    def lines(self) -> Iterator[str]:
        """Yield the counts in words, the first faults and disagreements, and the commonest unmapped ratings."""
        yield from map(str, self.faults)
        if self.fault_count > len(self.faults):
            yield f"... and {self.fault_count - len(self.faults)} more documents or reviews with a fault"
        yield from (f"disagreement: {words}" for words in self.disagreements)
        yield f"{self.read} reviews read, {self.kept} kept ({_counts({label or 'no label': n for label, n in self.labels.items()})})."
        for what, counts in (("Dropped", self.dropped), ("Disagreements", self.conflicts), ("Numbers without a meaning", self.numbers)):
            if counts:
                yield f"{what}: {_counts(counts)}."
        if self.reversed_publishers:
            yield f"Numbers contradict words, and were not used: {', '.join(self.reversed_publishers[:20])}."
        if self.unmapped:
            yield f"{sum(self.unmapped.values())} without a label, map {self.ratings}: {_counts(dict(islice(self.unmapped.items(), 20)))}."


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote and left out.

    Parameters
    ----------
    written, unconfirmed, refused : int
        Rows; the refused ones are confirmed (or do not say whether they are) and cannot be published as they are.
    faults : tuple of Fault
        What is wrong with the refused rows, one or more a row.
    """

    written: int
    unconfirmed: int
    refused: int
    faults: tuple[Fault, ...]


# ---------------------------------------------------------------------------------------------------------------------
# Import
# ---------------------------------------------------------------------------------------------------------------------


def import_reviews(sources: Sequence[str | Path], target: str | Path, *, ratings: str | Path | None = None) -> Imported:
    """Write the reviews of some files as one table of known claims, which `factcheck.statements.read_known_claims` reads.

    Memory grows by a few hundred bytes a review, whatever the size of the files. The id of a row is made of its page (without anchor)
    and its claim, and stays the same from import to import.

    Parameters
    ----------
    sources : sequence of str or Path
        JSON, JSON Lines or HTML as in `factcheck.feeds.read_documents`; with the ending ``.csv`` or ``.tsv`` a table.
    target : str or Path
        By its ending ``.csv`` CSV, ``.jsonl`` or ``.ndjson`` JSON Lines, ``-`` for standard output as CSV. Columns are `COLUMNS`;
        ``rating`` is the publisher's words, ``label`` what they say of the claim. In CSV a cell that a spreadsheet would run gets an
        apostrophe.
    ratings : str or Path, optional
        The user's own map, as in `factcheck.ratings.read_ratings`.

    Returns
    -------
    Imported

    Raises
    ------
    InputError
        When a source cannot be opened, the map cannot be read, or the target cannot be written or has another ending. No target is
        written then.
    """
    ending = ".csv" if str(target) == STREAM else Path(target).suffix.lower()
    if ending not in _TABLES:
        raise InputError(f"{target}: known claims are read from {', '.join(_TABLES)} only; give one of these endings")
    if not Path(target).parent.is_dir():  # better said before the reading than behind it
        raise InputError(f"{target}: the folder {Path(target).parent} does not exist; create it first")
    ledger = _Ledger(read_ratings(ratings))
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        for found in find_reviews(sources):
            if found.error:
                ledger.fault(Fault(found.place, "", found.error))
            elif row := ledger.take(found):
                spool.write(json.dumps(row) + "\n")
        spool.seek(0)
        with RowWriter(target, format=_TABLES[ending], columns=COLUMNS, added=COLUMNS) as writer:
            for cells in ledger.final(map(json.loads, spool)):
                writer.write(dict(zip(COLUMNS, cells, strict=True)))
    return ledger.summary()


class _Ledger:
    """Decides which reviews are kept and with what label, and counts.

    Which of two reviews of one page and claim is kept is known only at the end: so rows wait in a file, and here are only their
    numbers, dates and labels.
    """

    def __init__(self, ratings: RatingMap) -> None:
        self._ratings = ratings
        self._read = self._faults_met = 0
        self._kept: dict[str, tuple[int, str, str]] = {}
        self._labels: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._unmapped: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()
        self._conflicts: Counter[str] = Counter()
        self._disagreements: list[str] = []
        self._faults: list[Fault] = []
        self._agreement: defaultdict[str, Counter[bool]] = defaultdict(Counter)
        self._by_claim: dict[int, str] = {}

    def fault(self, fault: Fault) -> None:
        self._faults_met += 1
        if len(self._faults) < MAX_LISTED:
            self._faults.append(fault)

    def take(self, found: Found) -> list[str] | None:
        """Return the row of a review, its last cell ``number`` where the label comes from one; None when it is not kept."""
        self._read += 1
        review = read_review(found.node)
        if what := _unusable(review):
            self._dropped[what[0]] += 1
            self.fault(Fault(found.place, *what[1:]))
            return None
        number = read_number(*review.numbers)
        label, source = (self._ratings.label(review.words), "words") if review.words else (number.label, "number")
        identifier, row_number = identify(review.url, review.claim), self._read
        if identifier not in self._kept:
            self._count(found.place, review, label, number)
        elif not self._replaces(found.place, review, identifier, label):
            return None
        self._kept[identifier] = (row_number, review.date, label)
        return [str(row_number), identifier, review.claim, review.rating, review.publisher, review.url, review.date, source]

    def final(self, rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, ...]]:
        """Yield the cells of `COLUMNS` of the rows that stay."""
        distrusted = set(self._reversed())
        for row_number, identifier, claim, rating, publisher, url, date, source in rows:
            kept_number, _, label = self._kept[identifier]
            if int(row_number) != kept_number:
                continue
            if label == _DISPUTED or (source == "number" and publisher in distrusted):
                label = ""
            self._compare(claim, publisher, url, label)
            self._labels[label] += 1
            yield identifier, claim, rating, label, publisher, url, date

    def summary(self) -> Imported:
        return Imported(
            ratings=self._ratings.version,
            read=self._read,
            kept=len(self._kept),
            labels={label: self._labels[label] for label in (*STANCES, "")},
            dropped=dict(self._dropped.most_common()),
            unmapped=dict(self._unmapped.most_common()),
            numbers=dict(self._numbers.most_common()),
            reversed_publishers=self._reversed(),
            conflicts=dict(self._conflicts.most_common()),
            disagreements=tuple(self._disagreements),
            faults=tuple(self._faults),
            fault_count=self._faults_met,
        )

    def _count(self, place: str, review: Review, label: str, number: Number) -> None:
        """Count what the words and the number of a rating say. Words win, also those that the map does not know."""
        if number.fault:
            self._numbers[number.fault] += 1
        if review.words and label in _DECISIVE and number.label in _DECISIVE:
            self._agreement[review.publisher][label == number.label] += 1
            if label != number.label:
                self._conflict("words_and_number", f"{place}: the rating {review.words!r} has a number that says {number.label}")
        if not label:
            known = review.rating in self._unmapped or len(self._unmapped) < MAX_UNMAPPED
            self._unmapped[review.rating if known else OTHER_RATINGS] += 1

    def _replaces(self, place: str, review: Review, identifier: str, label: str) -> bool:
        """Tell whether a review takes the place of the kept one of the same page and claim."""
        row_number, date, kept_label = self._kept[identifier]
        if label == kept_label:
            self._dropped["duplicate"] += 1
            return review.date > date  # with the later date, or what comes next would be compared with an older one
        if date and review.date and date != review.date:
            self._dropped["superseded"] += 1
            return review.date > date
        self._dropped["duplicate"] += 1
        if not label or not kept_label:  # what has no label contradicts none
            return not kept_label
        self._conflict("same_page", f"{place}: {review.url} rates one claim {kept_label} and {review.rating!r}")
        self._kept[identifier] = (row_number, date, _DISPUTED)
        return False

    def _compare(self, claim: str, publisher: str, url: str, label: str) -> None:
        if label in _DECISIVE:
            key = int.from_bytes(hashlib.blake2b(claim.casefold().rstrip(".!").encode(), digest_size=8).digest())
            if self._by_claim.setdefault(key, label) != label:
                self._conflict("other_page", f"{publisher} ({url}) says {label} and another page {_DECISIVE[label]} of: {short(claim)}")

    def _conflict(self, kind: str, words: str) -> None:
        self._conflicts[kind] += 1
        if len(self._disagreements) < MAX_LISTED:
            self._disagreements.append(words)

    def _reversed(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, agrees in self._agreement.items() if agrees[False] >= 3 and agrees[False] > agrees[True]))


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _unusable(review: Review) -> tuple[str, str, str, str] | None:
    """Return why a review cannot be kept, and the field, advice and sight of its fault; None when it can."""
    if not review.claim:
        return "no_claim", "claimReviewed", "is missing or empty; the review says of nothing what it is", ""
    if not review.rating:
        return "no_rating", "reviewRating.alternateName", "is missing, and there is no number; nothing says how the claim was rated", ""
    if not host_of(review.url):
        return "no_url", "url", "is missing or no address that begins with http:// or https://", short(review.url)
    fields = {"claimReviewed": (review.claim, MAX_CLAIM), "alternateName": (review.rating, MAX_RATING), "url": (review.url, MAX_URL)}
    for field, (text, limit) in fields.items():
        if len(text) > limit:
            return "too_long", field, f"has {len(text):,} characters, at most {limit:,} are kept; shorten it", short(text)
    return None


# ---------------------------------------------------------------------------------------------------------------------
# Export
# ---------------------------------------------------------------------------------------------------------------------


def export_reviews(
    source: str | Path, target: str | Path, *, publisher: str, publisher_url: str, ratings: str | Path | None = None
) -> Exported:
    """Write one's own confirmed decisions as ClaimReview.

    Parameters
    ----------
    source : str or Path
        A table as in `factcheck.tables.read_rows` with `DECISION_COLUMNS`: ``url`` is one's own page about the claim, on the
        publisher's host; ``rating`` one's own words; ``label`` may be empty; ``date`` is ISO or empty. Rows not `CONFIRMED` are left
        out.
    target : str or Path
        By its ending ``.json`` or ``.jsonld`` a list, ``.jsonl`` or ``.ndjson`` one document a line, ``.html`` one script element
        a line. Replaced whole.
    publisher, publisher_url : str
        Who says so.
    ratings : str or Path, optional
        As in `import_reviews`: a row whose words say something else than its label is not written.

    Returns
    -------
    Exported

    Raises
    ------
    InputError
        When a name or address is missing, a column is missing, or the target cannot be written or has another ending.
    """
    host, name = host_of(publisher_url), plain(publisher)
    if not name or not host:
        raise InputError(f"--publisher, --publisher-url: give your name and your http(s) address; seen: {publisher!r}, {publisher_url!r}")
    if Path(target).suffix.lower() not in _LAYOUTS:
        raise InputError(f"{target}: the ending tells no format; use one of {', '.join(_LAYOUTS)}")
    author = {"@type": "Organization", "name": name, "url": publisher_url}
    known, unconfirmed = read_ratings(ratings), 0
    written: dict[str, str] = {}
    faults: list[Fault] = []
    with read_rows(source) as table:
        for column in DECISION_COLUMNS if not table.keyed else ():
            require_column(table.columns, column, name=table.name, option="the column")
        for row in table:
            place = f"{table.name}:{row.line}"
            seen = {column: str(row.values.get(column) or "") for column in DECISION_COLUMNS}
            cells = {**{column: plain(cell) for column, cell in seen.items()}, "url": seen["url"].strip()}  # &sect=1 is no sign there
            if row.error:
                faults.append(Fault(place, "", row.error.partition(": ")[2]))
            elif "confirmed" not in row.values:
                faults.append(Fault(place, "confirmed", "is missing; write yes where a human has confirmed the row, else no"))
            elif cells["confirmed"].casefold() not in CONFIRMED:
                unconfirmed += 1
            elif found := _undecided(cells, host, known, written):
                faults += [Fault(place, *what) for what in found]
            else:
                written[identify(cells["url"], cells["claim"])] = script_safe(json.dumps(_document(cells, author), ensure_ascii=False))
    write_whole(Path(target), _LAYOUTS[Path(target).suffix.lower()](list(written.values())))
    return Exported(len(written), unconfirmed, len({fault.place for fault in faults}), tuple(faults))


def _undecided(cells: Mapping[str, str], host: str, ratings: RatingMap, written: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """List field, advice and sight of what keeps a confirmed row from being published."""
    faults = [(column, "is empty; fill it", "") for column in ("claim", "url", "rating") if not cells[column]]
    own = host_of(cells["url"])
    if cells["url"] and not own:
        faults.append(("url", "is no address that begins with http:// or https://", short(cells["url"])))
    elif own and own != host and not own.endswith(f".{host}"):
        faults.append(("url", f"is not on {host}; consumers take a review only from its own publisher's pages", short(cells["url"])))
    if cells["label"] not in ("", *(label.value for label in Label)):
        faults.append(("label", f"is no label; use {', '.join(Label)}, or leave it empty", short(cells["label"])))
    elif cells["label"] in _DECISIVE and (said := ratings.label(cells["rating"])) not in ("", cells["label"]):
        faults.append(("rating", f"says {said} where the label is {cells['label']}; mend one of the two", short(cells["rating"])))
    if cells["date"] and day_of(cells["date"]) != cells["date"]:
        faults.append(("date", "is no day; give it as YYYY-MM-DD or leave it empty", short(cells["date"])))
    for column, limit in (("claim", MAX_CLAIM), ("rating", MAX_RATING), ("url", MAX_URL)):
        if len(cells[column]) > limit:
            faults.append((column, f"has {len(cells[column]):,} characters, at most {limit:,} are allowed", short(cells[column])))
    if not faults and identify(cells["url"], cells["claim"]) in written:
        faults.append(("claim", "stands twice with this url; keep one row", short(cells["claim"])))
    return faults


def _document(cells: Mapping[str, str], author: Mapping[str, str]) -> dict[str, Any]:
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": cells["rating"]}
    if cells["label"] in _SCALE:  # a middle number would read as half true, which neither unproven nor conflicting is
        rating |= {"ratingValue": _SCALE[cells["label"]], "bestRating": 5, "worstRating": 1}
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": cells["url"],
        "claimReviewed": cells["claim"],
        "itemReviewed": {"@type": "Claim", "name": cells["claim"]},
        "author": dict(author),
        "reviewRating": rating,
        **({"datePublished": cells["date"]} if cells["date"] else {}),
    }


def _as_list(documents: Sequence[str]) -> str:
    return "[\n" + ",\n".join(documents) + "\n]\n"


def _as_lines(documents: Sequence[str]) -> str:
    return "".join(f"{document}\n" for document in documents)


def _as_scripts(documents: Sequence[str]) -> str:
    return _as_lines([f'<script type="application/ld+json">{document}</script>' for document in documents])


_LAYOUTS = {".json": _as_list, ".jsonld": _as_list, ".jsonl": _as_lines, ".ndjson": _as_lines, ".html": _as_scripts}


# ---------------------------------------------------------------------------------------------------------------------
# Lint
# ---------------------------------------------------------------------------------------------------------------------


def lint_reviews(sources: Sequence[str | Path]) -> list[Fault]:
    """List what a consumer of ClaimReview would reject or misread, in the order of the files.

    Consumers differ; what is listed is what schema.org defines (ClaimReview, Claim, Rating) and the large consumers document:
    a context, ``claimReviewed``, ``url`` and ``reviewRating.alternateName`` as plain text, a publisher with a name, numbers on a
    scale that runs upwards, ISO dates, and one rating for one claim of one page.

    Parameters
    ----------
    sources : sequence of str or Path
        As in `import_reviews`.

    Returns
    -------
    list of Fault
        Empty when nothing is wrong; behind `MAX_FAULTS` one more says that the rest was not read.

    Raises
    ------
    InputError
        When a source cannot be opened.
    """
    faults: list[Fault] = []
    met: dict[str, tuple[str, str]] = {}
    for found in find_reviews(sources):
        if len(faults) >= MAX_FAULTS:
            return [*faults, Fault(found.place, "", f"{len(faults):,} faults stand before this; mend them first, the rest was not read")]
        if found.error:
            faults.append(Fault(found.place, "", found.error))
            continue
        if found.lacks_context:
            faults.append(Fault(found.place, "@context", 'is missing; write "@context": "https://schema.org"'))
        faults += [Fault(found.place, *what) for what in (*_field_faults(found.node), *_rating_faults(found.node.get("reviewRating")))]
        review = read_review(found.node)
        if review.claim and review.url:
            key = identify(review.url, review.claim)
            if key in met:
                place, rating = met[key]
                what = "is the same again" if rating == review.rating else f"is rated {short(review.rating)} here and {short(rating)} there"
                faults.append(Fault(found.place, "", f"this claim of this page stands already at {place} and {what}; keep one"))
            met.setdefault(key, (found.place, review.rating))
    return faults


def _field_faults(node: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield field, advice and sight of what is wrong with a review, its rating left out."""
    for field in ("claimReviewed", "url"):
        yield from _text_faults(field, node.get(field))
    if isinstance(url := node.get("url"), str) and url and not host_of(url):
        yield "url", "is no address that begins with http:// or https://", short(url)
    author = node.get("author")
    if not isinstance(author, dict | list):
        what = "is plain text; write it as an Organization with a name" if author else "is missing; name the publisher"
        yield "author", what, short(author)
    elif not text_of(author):
        yield "author", "has no name; give one", short(author)
    date = node.get("datePublished")
    if date is not None and not (isinstance(date, str) and day_of(date) == date[:10] and date[10:11] in ("", "T")):
        yield "datePublished", "is no ISO date; write YYYY-MM-DD", short(date)
    claim = node.get("itemReviewed")
    if claim is not None and not (isinstance(claim, dict) and "claim" in types_of(claim)):
        yield "itemReviewed", "is no Claim; give it that type", short(claim)


def _rating_faults(rating: Any) -> Iterator[tuple[str, str, str]]:
    if not isinstance(rating, dict):
        yield "reviewRating", "is missing, or no object; write a Rating with an alternateName", short(rating)
        return
    yield from _text_faults("reviewRating.alternateName", rating.get("alternateName"))
    value = rating.get("ratingValue")
    if value is not None and number_of(value) is None:
        yield "reviewRating.ratingValue", "is no number; words belong in alternateName", short(value)
    if fault := read_number(value, rating.get("bestRating"), rating.get("worstRating")).fault:
        yield "reviewRating", _NUMBER_ADVICE[fault], short({key: rating[key] for key in NUMBERS if key in rating})


def _text_faults(field: str, value: Any) -> Iterator[tuple[str, str, str]]:
    if not isinstance(value, str):
        yield field, "is missing; fill it" if value is None else "is not plain text; write it as one string", short(value)
    elif not plain(value):
        yield field, "is empty; fill it", ""
    elif field != "url" and (unescaped(value) != value or FORMATTING.search(value)):
        yield field, "holds HTML, which is shown as it stands; write plain text", short(value)


_NUMBER_ADVICE = {
    "sentinel": "has -1 for no number; leave the number out",
    "no_scale": "has bestRating equal to worstRating; give the ends of the scale",
    "reversed_scale": "has bestRating below worstRating; let the scale run upwards to true",
    "out_of_scale": "has a ratingValue outside its scale (1 to 5 unless it says otherwise); give bestRating and worstRating",
}
