"""Readers of research formats: the files of a set in, rows of the project's own tables out.

Each reader takes what is `Given` and yields rows, holding only the documents that a claim cites. A label becomes one of the
project's; what has none, or nothing to stand on, is left out and counted by reason; a row that is damaged is an `InputError`
with its place. `factcheck.datasets` says where each format is described and which files a reader wants.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from factcheck.errors import InputError
from factcheck.lines import Lines, open_file, undecoded
from factcheck.records import Label, Statement
from factcheck.rows import has_control_character
from factcheck.scanning import JSON, MAX_RECORD, CsvRecords, shortened
from factcheck.tables import INPUT_FORMAT, Row, format_of, read_rows

# ---------------------------------------------------------------------------------------------------------------------
# What readers share
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """The files of a set, and what its reader asks of them.

    Parameters
    ----------
    name : str
        Of the set.
    reads : str
        Which files its reader wants, for messages.
    files : sequence of str or Path
    left_out : Counter
        What could not be used, by reason.
    """

    name: str
    reads: str
    files: Sequence[str | Path]
    left_out: Counter[str]

    def by_key(self, *keys: str) -> list[list[str | Path]]:
        """Return the files whose rows have the first key, those with the second, and so on."""
        found: list[list[str | Path]] = [[] for _ in keys]
        for file in self.files:
            rows = self.rows(file)
            columns = next((list(row.values) for row in rows), [])
            rows.close()
            position = next((i for i, key in enumerate(keys) if key in columns), None)
            if position is None:
                raise InputError(f"{file}: its first row has {', '.join(map(repr, columns)) or 'nothing'}; {self.name} reads {self.reads}")
            found[position].append(file)
        return found

    def both(self, *keys: str) -> list[list[str | Path]]:
        """Return the same, of which none may be without files."""
        found = self.by_key(*keys)
        if lacking := [key for key, files in zip(keys, found, strict=True) if not files]:
            raise InputError(f"{self.name}: none of the files has rows with {lacking[0]!r}; {self.name} reads {self.reads}")
        return found

    def rows(self, *files: str | Path) -> Generator[Row, None, None]:
        """Yield the rows of tables; a damaged one is an error."""
        for file in files:
            chosen = format_of(file, None, option=INPUT_FORMAT)
            with read_rows(file, format="jsonl" if chosen == "json" and not _is_array(file) else chosen) as reader:
                for row in reader:
                    if row.error:
                        raise InputError(row.error)
                    yield row

    def text(self, row: Row, key: str) -> str:
        """Return a text of a row, on one line; a number as text."""
        value = row.values.get(key)
        if not isinstance(value, str | int) or isinstance(value, bool):
            seen = f"is {shortened(str(value))}" if key in row.values else "is not there"
            raise InputError(f"{place_of(row)}: {key!r} {seen}, and must be a text; {self.name} reads {self.reads}")
        return _clean(str(value))

    def entries(self, row: Row, key: str, kind: type[Any] = list) -> Any:
        """Return a list or an object of a row; an empty one where there is none."""
        value = row.values.get(key)
        if value is not None and not isinstance(value, kind):
            raise InputError(
                f"{place_of(row)}: {key!r} is {shortened(str(value))}, and must be {kind.__name__}; {self.name} reads {self.reads}"
            )
        return kind() if value is None else value

    def label(self, place: str, value: Any, labels: Mapping[str, str]) -> str | None:
        """Return what a label becomes; None, and counted, where there is none."""
        if value is None or value == "":
            self.left_out["no label"] += 1
            return None
        folded = re.sub(r"[\s_-]+", "", str(value)).casefold()
        if folded not in labels:
            raise InputError(f"{place}: the label {shortened(str(value))} is not known; {self.name} has {', '.join(labels)}")
        return labels[folded]

    def documents(
        self, files: Sequence[str | Path], key: str, wanted: set[str], parse: Callable[[Row], dict[int, str]]
    ) -> dict[str, dict[int, str]]:
        """Return the sentences of the documents that are wanted, by document, whose name stands under the key, and number."""
        found: dict[str, dict[int, str]] = {}
        for row in self.rows(*files):
            if (document := _composed(self.text(row, key))) in wanted:
                sentences = parse(row)
                if found.setdefault(document, sentences) != sentences:
                    raise InputError(f"{place_of(row)}: the document {document!r} stood before with other sentences; give one of the two")
        return found


def place_of(row: Row) -> str:
    """Return where a row stands, for the begin of a message."""
    return f"{row.file}:{row.line}: row {row.number}"


def _is_array(file: str | Path) -> bool:
    lines = Lines(file, "utf-8")
    try:
        return lines.piece().lstrip().startswith("[")
    finally:
        lines.close()


def _clean(text: str) -> str:
    return " ".join(text.split())


def _composed(name: str) -> str:
    """Return a name with each accented letter as one sign: FEVER's claims and pages do not always write them alike."""
    return unicodedata.normalize("NFC", name)


def _joined(sentences: Mapping[int, str], numbers: Iterable[int]) -> str | None:
    """Return sentences of a document as one text; None where one is not there."""
    texts = [sentences.get(number, "") for number in numbers]
    return " ".join(texts) if texts and all(texts) else None


def _numbers(place: str, values: Any) -> list[int]:
    """Return sentence numbers, each once, in their order."""
    if not isinstance(values, list) or not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        raise InputError(f"{place}: {shortened(str(values))} are no numbers of sentences; they must be a list of whole numbers")
    return list(dict.fromkeys(values))


def fraction_of(text: str) -> float:
    """Return a number in [0, 1) that a text has everywhere and always, by its sha256: what a split by texts goes by.

    Examples
    --------
    >>> fraction_of("Tin melts") == fraction_of("Tin melts"), 0 <= fraction_of("Tin melts") < 1
    (True, True)
    """
    return int(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8], 16) / 16**8


# ---------------------------------------------------------------------------------------------------------------------
# Pairs
# ---------------------------------------------------------------------------------------------------------------------

# What each set's labels become, without case, spaces, dashes and underscores.
_S, _R, _N, _C = (label.value for label in (Label.SUPPORTS, Label.REFUTES, Label.NOT_ENOUGH_INFO, Label.CONFLICTING))
_FEVER = {"supports": _S, "refutes": _R, "notenoughinfo": _N}
_SCIFACT = {"support": _S, "contradict": _R, "notenoughinfo": _N}
_CHECK_COVID = {"support": _S, "refute": _R, "notenoughinfo": _N}
_AVERITEC = {"supported": _S, "refuted": _R, "notenoughevidence": _N, "conflictingevidence/cherrypicking": _C}
_HEALTHVER = {"supports": _S, "refutes": _R, "neutral": _N}


def read_fever(given: Given) -> Iterator[dict[str, str]]:
    """Read claims and the Wikipedia pages that they cite: a pair for each different set of sentences that settles a claim."""
    claims, pages = given.both("claim", "lines")
    wanted = {page for row in given.rows(*claims) for found in _fever_sets(given, row) for page, _ in found}
    documents = given.documents(pages, "id", wanted, _page)
    for row in given.rows(*claims):
        if (label := given.label(place_of(row), row.values.get("label"), _FEVER)) is None:
            continue
        sets = list(_fever_sets(given, row))
        different = list(dict.fromkeys(sets))
        given.left_out["repeated"] += len(sets) - len(different)
        given.left_out["no evidence"] += not sets
        for number, found in enumerate(different):
            sentences = [documents.get(page, {}).get(line, "") for page, line in found]
            if all(sentences):
                claim = {"id": f"{given.text(row, 'id')}-{number}", "claim": given.text(row, "claim")}
                yield {**claim, "evidence": " ".join(sentences), "label": label}
            else:
                given.left_out["not found"] += 1


def _fever_sets(given: Given, row: Row) -> Iterator[tuple[tuple[str, int], ...]]:
    """Yield the sets of (page, line) that are evidence; a set without a page is none."""
    for found in given.entries(row, "evidence"):
        if not isinstance(found, list) or not all(isinstance(item, list) and len(item) == 4 for item in found):
            raise InputError(f"{place_of(row)}: the evidence {shortened(str(found))} is no list of [annotation, evidence, page, line]")
        lines = [(_composed(str(page)), line) for _, _, page, line in found if page is not None]
        if lines:
            _numbers(place_of(row), [line for _, line in lines])
            yield tuple(dict.fromkeys(lines))


def _page(row: Row) -> dict[int, str]:
    sentences = {}
    for line in str(row.values.get("lines", "")).split("\n"):
        number, _, rest = line.partition("\t")
        if number.isdecimal():
            sentences[int(number)] = _clean(_plain(rest.partition("\t")[0]))
    return sentences


_ESCAPES = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}", "-COLON-": ":"}


def _plain(text: str) -> str:
    """Return a text of FEVER's pages with its signs in place of their names."""
    return re.sub("|".join(_ESCAPES), lambda found: _ESCAPES[found.group()], text)


def read_scifact(given: Given) -> Iterator[dict[str, str]]:
    """Read claims and the abstracts that they cite: a pair for each rationale.

    A claim without a rationale is NOT ENOUGH INFO with each abstract that it cites, by as many sentences as a rationale of these
    files has: whole abstracts would give the label away by their length. Which ones, says `fraction_of`.
    """
    claims, corpus = given.both("claim", "abstract")
    cited = [found for row in given.rows(*claims) for found in _scifact_evidence(given, row)]
    lengths = sorted(len(numbers) for _, numbers, _ in cited if numbers) or [1]
    documents = given.documents(corpus, "doc_id", {document for document, _, _ in cited}, partial(_abstract, given))
    for row in given.rows(*claims):
        if "evidence" not in row.values:
            given.left_out["no label"] += 1
            continue
        claim, found = given.text(row, "claim"), _scifact_evidence(given, row)
        given.left_out["no evidence"] += not found
        for position, (document, numbers, label) in enumerate(found):
            sentences = documents.get(document, {})
            text = _joined(sentences, numbers or _excerpt(claim, document, len(sentences), lengths))
            given.left_out["not found"] += text is None
            if text is not None and (stance := given.label(place_of(row), label, _SCIFACT)):
                yield {"id": f"{given.text(row, 'id')}-{document}-{position}", "claim": claim, "evidence": text, "label": stance}


def _scifact_evidence(given: Given, row: Row) -> list[tuple[str, list[int], Any]]:
    """Return document, sentences and label of each rationale; where there is none, the cited documents, without sentences."""
    found: list[tuple[str, list[int], Any]] = []
    for document, rationales in given.entries(row, "evidence", dict).items():
        for rationale in rationales if isinstance(rationales, list) else [rationales]:
            if not isinstance(rationale, dict) or not rationale.get("sentences"):
                raise InputError(f"{place_of(row)}: the evidence {shortened(str(rationale))} is no object with sentences and label")
            found.append((document, _numbers(place_of(row), rationale["sentences"]), rationale.get("label")))
    return found or [(str(document), [], Label.NOT_ENOUGH_INFO.value) for document in given.entries(row, "cited_doc_ids")]


def _excerpt(claim: str, document: str, sentences: int, lengths: Sequence[int]) -> range:
    """Return numbers of sentences that stand for a document: as many as one of these lengths, from somewhere."""
    size = min(sentences, lengths[int(fraction_of(f"{claim}\n{document}") * len(lengths))])
    start = int(fraction_of(f"{document}\n{claim}") * (sentences - size + 1))
    return range(start, start + size)


def _abstract(given: Given, row: Row) -> dict[int, str]:
    return {number: _clean(str(sentence)) for number, sentence in enumerate(given.entries(row, "abstract"))}


def read_check_covid(given: Given) -> Iterator[dict[str, str]]:
    """Read claims and the abstracts of their articles: a pair a claim, by the sentences that were marked."""
    claims, corpus = given.both("claim", "abstract")
    wanted = {given.text(row, "cord_id") for row in given.rows(*claims)}
    documents = given.documents(corpus, "cord_id", wanted, partial(_abstract, given))
    for row in given.rows(*claims):
        marked = given.entries(row, "evidence_set")
        numbers = _numbers(place_of(row), [item.get("sent_index") if isinstance(item, dict) else item for item in marked])
        if (label := given.label(place_of(row), row.values.get("label"), _CHECK_COVID)) is None:
            continue
        text = _joined(documents.get(given.text(row, "cord_id"), {}), numbers) if numbers else ""
        if text is None:
            given.left_out["not found"] += 1
            continue
        yield {"id": given.text(row, "id"), "claim": given.text(row, "claim"), "evidence": text, "label": label}


def read_averitec(given: Given) -> Iterator[dict[str, str]]:
    """Read claims with questions and answers, which are the evidence, put together as the set's own scorer does."""
    for row in given.rows(*given.files):
        if (label := given.label(place_of(row), row.values.get("label"), _AVERITEC)) is None:
            continue
        texts = []
        for question in given.entries(row, "questions"):
            answers = question.get("answers") if isinstance(question, dict) else None
            answers = [answers] if isinstance(answers, dict) else answers
            if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
                raise InputError(f"{place_of(row)}: {shortened(str(question))} is no question with a list of answers")
            texts += [f"{question.get('question', '')} {answer}" for answer in map(_answer, answers or [{"answer": _NO_ANSWER}])]
        identifier = f"{Path(row.file).stem}-{row.number - 1}"
        yield {"id": identifier, "claim": given.text(row, "claim"), "evidence": _clean(" ".join(texts)), "label": label}


_NO_ANSWER = "No answer could be found."
"""What AVeriTeC's own scorer puts where there is none."""


def _answer(answer: Mapping[str, Any]) -> str:
    why = answer.get("boolean_explanation") if str(answer.get("answer_type", "")).casefold() == "boolean" else ""
    return f"{answer.get('answer') or ''}. {why}" if why else str(answer.get("answer") or "")


def read_climate_fever(given: Given) -> Iterator[dict[str, str]]:
    """Read claims with five sentences each: a pair for each sentence, by the label that it has for itself."""
    for row in given.rows(*given.files):
        claim = {"id": given.text(row, "claim_id"), "claim": given.text(row, "claim")}
        evidence = given.entries(row, "evidences")
        given.left_out["no evidence"] += not evidence
        for number, item in enumerate(evidence):
            if not isinstance(item, dict):
                raise InputError(f"{place_of(row)}: the evidence {shortened(str(item))} is no object with evidence and evidence_label")
            if label := given.label(place_of(row), item.get("evidence_label"), _FEVER):
                text = _clean(str(item.get("evidence") or ""))
                yield {**claim, "id": f"{claim['id']}-{number}", "evidence": text, "label": label}


def read_healthver(given: Given) -> Iterator[dict[str, str]]:
    """Read rows of evidence, claim and label."""
    for row in given.rows(*given.files):
        if label := given.label(place_of(row), row.values.get("label"), _HEALTHVER):
            identifier = given.text(row, "id") if "id" in row.values else str(row.number)
            yield {"id": identifier, "claim": given.text(row, "claim"), "evidence": given.text(row, "evidence"), "label": label}


# ---------------------------------------------------------------------------------------------------------------------
# Labelled claims
# ---------------------------------------------------------------------------------------------------------------------

_CONSTRAINT = {"real": "real", "fake": "fake"}
_LIAR = {label.replace("-", ""): label for label in ("pants-fire", "false", "barely-true", "half-true", "mostly-true", "true")}


def read_constraint(given: Given) -> Iterator[dict[str, str]]:
    """Read rows of id, tweet and label."""
    for row in given.rows(*given.files):
        if label := given.label(place_of(row), row.values.get("label"), _CONSTRAINT):
            yield {"id": given.text(row, "id"), "claim": given.text(row, "tweet"), "label": label}


def read_liar(given: Given) -> Iterator[dict[str, str]]:
    """Read id, label and statement, the first of fourteen cells; there is no header, and a quotation mark is a sign like others."""
    for file in given.files:
        lines = Lines(file, "utf-8")
        try:
            while line := lines.take():
                place, cells = f"{lines.name}:{lines.number}", line.rstrip("\r\n").split("\t")
                if not line.strip():
                    continue
                if len(cells) < 3 or len(line) > MAX_RECORD or undecoded(line) is not None:
                    raise InputError(f"{place}: {shortened(line)} is no row of UTF-8 text with an id, a label and a statement between tabs")
                if label := given.label(place, cells[1], _LIAR):
                    yield {"id": cells[0].removesuffix(".json"), "claim": _clean(cells[2]), "label": label}
        finally:
            lines.close()


# ---------------------------------------------------------------------------------------------------------------------
# Claims that were fact-checked before
# ---------------------------------------------------------------------------------------------------------------------


def read_checkthat(given: Given) -> Iterator[dict[str, str]]:
    """Read queries (id, text) and qrels (query id, 0, claim id, relevance), TSV with or without a header, told apart by their width."""
    queries: dict[str, str] = {}
    right: dict[tuple[str, str], None] = {}
    for file in given.files:
        for place, cells in _cells(file):
            if len(cells) == 2:
                if queries.setdefault(cells[0], cells[1]) != cells[1]:
                    raise InputError(f"{place}: the query {cells[0]!r} stood before with another text; give one of the two")
            elif len(cells) == 4 and cells[3].lstrip("-").isdecimal():
                given.left_out["repeated"] += (cells[0], cells[2]) in right
                right.update({(cells[0], cells[2]): None} if int(cells[3]) > 0 else {})
            else:
                raise InputError(f"{place}: has {len(cells)} cells, {shortened(' | '.join(cells))}; {given.name} reads {given.reads}")
    if not queries or not right:
        lacking = "qrels" if queries else "queries"
        raise InputError(f"{given.name}: there are no {lacking} among the files; it reads {given.reads}")
    for query, statement in right:
        if query in queries:
            yield {"query_id": query, "query": queries[query], "statement_id": statement}
        else:
            given.left_out["not found"] += 1


_HEADER = frozenset({"", "id", "tweet_id", "iclaim_id", "vclaim_id"})
"""What stands in the first cell of a header; an id it is never."""


def _cells(file: str | Path, *, header: bool = False) -> Iterator[tuple[str, list[str]]]:
    """Yield place and cells of a TSV file; its header only when it is asked for."""
    lines = Lines(file, "utf-8")
    try:
        for number, record in enumerate(CsvRecords(lines, "\t").records()):
            place = f"{lines.name}:{record.line}"
            if record.problem:
                raise InputError(f"{place}: {record.problem[1]}")
            cells = [_clean(cell) for cell in record.cells]
            if header or number or cells[0].casefold() not in _HEADER:
                yield place, cells
    finally:
        lines.close()


def read_checkthat_claims(given: Given) -> Iterator[dict[str, str]]:
    """Read claims that were fact-checked: a JSON file each, or a TSV of id, claim and title."""
    for file in given.files:
        name = str(file).lower()
        for place, values in _vclaim(file) if name.endswith(".json") else _vclaims(file):
            cells = {column: _clean(_as_text(values.get(key))) for column, key in _VCLAIM.items()}
            if not cells["id"] or not cells["text"]:
                raise InputError(f"{place}: has no vclaim_id or no vclaim; {given.name} reads {given.reads}")
            yield cells | {"url": cells["url"] if cells["url"].startswith(("http://", "https://")) else ""}


_VCLAIM = {
    "id": "vclaim_id",
    "text": "vclaim",
    "title": "title",
    "subtitle": "subtitle",
    "rating": "truth_label",
    "url": "url",
    "date": "date",
}


def _vclaim(file: str | Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with open_file(file) as stream:
        raw = stream.read(MAX_RECORD + 1)
    try:
        values = JSON.decode(raw[:MAX_RECORD].decode("utf-8-sig").strip())
    except (ValueError, RecursionError) as error:
        size = f"longer than {MAX_RECORD:,} bytes, or " if len(raw) > MAX_RECORD else ""
        raise InputError(f"{file}: is {size}not one object of JSON ({error}); fetch it again") from error
    if not isinstance(values, dict):
        raise InputError(f"{file}: is no object of JSON; each file holds one claim that was fact-checked")
    yield str(file), values


def _vclaims(file: str | Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    names = ["vclaim_id", "vclaim", "title"]
    for number, (place, cells) in enumerate(_cells(file, header=True)):
        if not number and "vclaim" in cells:
            names = ["vclaim_id", *cells[1:]]
        elif len(cells) < 2:
            raise InputError(f"{place}: has one cell; a row has the id of a claim, the claim and the title of its article, between tabs")
        else:
            yield place, dict(zip(names, cells, strict=False))


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


# ---------------------------------------------------------------------------------------------------------------------
# Corpora as statement bases
# ---------------------------------------------------------------------------------------------------------------------


def read_fever_pages(given: Given) -> Iterator[dict[str, str]]:
    """Read the sentences of pages as statements; where claims are given too, of the pages that they cite.

    The id of a page may hold any sign, that of a statement may not: it is made of the page's sha256.
    """
    claims, pages = given.by_key("claim", "lines")
    wanted = {page for row in given.rows(*claims) for found in _fever_sets(given, row) for page, _ in found}
    for row in given.rows(*pages):
        name = given.text(row, "id")
        if (page := _composed(name)) in wanted or not claims:
            identifier = hashlib.sha256(page.encode("utf-8", "replace")).hexdigest()[:16]
            address = f"https://en.wikipedia.org/wiki/{quote(_plain(page), safe='()_,:!', errors='replace')}"
            yield from _statements(identifier, name, _page(row), "Wikipedia", address)


def read_scifact_corpus(given: Given) -> Iterator[dict[str, str]]:
    """Read the sentences of abstracts as statements; an abstract's address is that of its Semantic Scholar id."""
    for row in given.rows(*given.both("abstract")[0]):
        document = given.text(row, "doc_id")
        yield from _statements(
            document, document, _abstract(given, row), "Semantic Scholar", f"https://api.semanticscholar.org/CorpusID:{document}"
        )


def _statements(identifier: str, document: str, sentences: Mapping[int, str], publisher: str, url: str) -> Iterator[dict[str, str]]:
    for number, sentence in sentences.items():
        printable = sentence
        if has_control_character(sentence):
            printable = _clean("".join(" " if has_control_character(sign) else sign for sign in sentence))
        if printable:
            yield Statement(f"{identifier}.{number}", document, printable, publisher, url).to_dict()
