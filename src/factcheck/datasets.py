"""Research sets: what is known of each, their formats read into the project's own tables, and predictions for their scorers.

`convert` makes of a set's files one table: ``pairs`` (claim, evidence, label) for recipes and `evaluate pairs`, ``claims``
(claim, label) for `train` and `evaluate claims`, ``matching`` (query_id, query, statement_id) with its ``known claims`` for
`evaluate matching`, or ``statements``, the sentences of a corpus as a base to check claims against. Labels become SUPPORTS,
REFUTES, NOT ENOUGH INFO and CONFLICTING, or stay the publisher's own where they are no stances; spaces at the ends and line
breaks of texts go. What cannot be used is left out and counted by reason; a row that is damaged stops the reading.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factcheck import formats
from factcheck.downloads import Remote, download
from factcheck.errors import InputError
from factcheck.formats import Given, fraction_of, place_of
from factcheck.lines import STREAM
from factcheck.output import RowWriter
from factcheck.records import Label, Statement
from factcheck.scanning import shortened
from factcheck.tables import OUTPUT_FORMAT, Row, find_sources, format_of, read_rows

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "pairs": ("id", "claim", "evidence", "label"),
    "claims": ("id", "claim", "label"),
    "matching": ("query_id", "query", "statement_id"),
    "known claims": ("id", "text", "title", "subtitle", "rating", "url", "date"),
    "statements": tuple(Statement("", "", "", "", "").to_dict()),
}
"""Columns of each kind of table, in the order in which they are written."""

PARTS = ("train", "dev", "test")
"""Of a split: about eight, one and one tenth of the groups."""

_GROUPED_BY = {"pairs": ("claim", "evidence"), "claims": ("claim",), "matching": ("query", "statement_id")}
_DECISIVE = {Label.SUPPORTS.value: "SUPPORT", Label.REFUTES.value: "CONTRADICT"}


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is known of a research set.

    Parameters
    ----------
    name : str
    kind : str
        What `convert` makes of it, a key of `COLUMNS`.
    licence : str
        As its publisher states it.
    home : str
        Address of its page.
    files : str
        What `convert` reads.
    described : str
        Where its format is described.
    read : callable
        Its reader.
    remotes : tuple of Remote
        Addresses under which it is published; only those with a checksum are fetched.
    """

    name: str
    kind: str
    licence: str
    home: str
    files: str
    described: str
    read: Callable[[Given], Iterator[dict[str, str]]]
    remotes: tuple[Remote, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary; ``fetch`` is ``yes``, ``by hand`` (an address without checksum) or ``no address``."""
        pinned = any(remote.sha256 for remote in self.remotes)
        return {
            **{name: getattr(self, name) for name in ("name", "kind", "licence", "home", "files", "described")},
            "fetch": "yes" if pinned else "by hand" if self.remotes else "no address",
            "addresses": [remote.url for remote in self.remotes],
        }


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion wrote and left out.

    Parameters
    ----------
    files : dict of str to int
        Rows by the file that was written.
    labels : dict of str to int
        Rows by label, commonest first; empty where there are no labels.
    left_out : dict of str to int
        By reason, commonest first: ``no label``, ``no claim``, ``no evidence`` (nothing that a pair could hold), ``not found`` (evidence
        or a query that the given files lack), ``repeated`` (evidence that stands twice under one claim).
    """

    files: dict[str, int]
    labels: dict[str, int]
    left_out: dict[str, int]

    def lines(self) -> Iterator[str]:
        """Yield the counts in words."""
        yield from (f"{rows} rows in {file}." for file, rows in self.files.items())
        for what, counts in (("Labels", self.labels), ("Left out", self.left_out)):
            if counts:
                yield f"{what}: {', '.join(f'{count} {name}' for name, count in counts.items())}."


def describe() -> list[dict[str, Any]]:
    """Return what is known of each set, as JSON-ready dictionaries; see `Dataset`."""
    return [dataset.to_dict() for dataset in DATASETS.values()]


def fetch(name: str, folder: str | Path) -> list[Path]:
    """Download the files of a set whose checksum is known, over https; go on where an earlier call was cut off.

    Parameters
    ----------
    name : str
        A key of `DATASETS`.
    folder : str or Path

    Returns
    -------
    list of Path
        The files, whole and with their checksums.

    Raises
    ------
    InputError
        When the set is unknown or has no file with a known checksum; the message says how to come by it.
    FactcheckError
        As `factcheck.downloads.download` raises it.
    """
    dataset = _find(name)
    pinned = [remote for remote in dataset.remotes if remote.sha256]
    if not pinned:
        where = f" ({', '.join(remote.url for remote in dataset.remotes)})" if dataset.remotes else ""
        raise InputError(
            f"{name}: no checksum of its files is known, so they are not fetched. Download them by hand from {dataset.home}{where}, "
            f"unpack them, and give them to `factcheck data convert {name}`: {dataset.files}"
        )
    return [download(remote, folder) for remote in pinned]


def convert(name: str, sources: Sequence[str | Path], target: str | Path, *, split: bool = False) -> Converted:
    """Write the files of a set as one table of the project.

    Parameters
    ----------
    name : str
        A key of `DATASETS`.
    sources : sequence of str or Path
        Its files, in any order; a pattern such as ``wiki-*.jsonl`` stands for what fits it.
    target : str or Path
        Replaced when it is complete; the ending says the format. ``-`` is standard output, as JSON Lines.
    split : bool
        Write ``NAME.train.ENDING``, ``NAME.dev.ENDING`` and ``NAME.test.ENDING`` instead, so that no two parts share a claim or a
        piece of evidence (a query or a statement of matching): what is linked by one of them stays together. The smallest claim
        of a group says its part, by `factcheck.formats.fraction_of`; a group of more than a tenth of all rows is trained on.

    Raises
    ------
    InputError
        When the set is unknown, a file is none of it, a row is damaged (it names file, line and row), or there is no row to write.
    FactcheckError
        If writing fails.
    """
    dataset, left_out, labels = _find(name), Counter[str](), Counter[str]()
    files = _sources(name, sources)
    written = "jsonl" if str(target) == STREAM else format_of(target, None, option=OUTPUT_FORMAT)
    if split and dataset.kind not in _GROUPED_BY:
        raise InputError(f"--split: {name} makes {dataset.kind}, which have no parts; leave it away")
    if split and str(target) == STREAM:
        raise InputError("--split: writes three files, so -o cannot be standard output; give a file")
    targets = {part: Path(target).with_suffix(f".{part}{Path(target).suffix}") for part in PARTS} if split else {"": Path(target)}
    for file in files:
        if Path(file).exists() and any(other.exists() and other.samefile(file) for other in targets.values()):
            raise InputError(f"{file}: would be replaced by what is made of it; give -o another name")
    part_of = _parts(read_dataset(name, files), _GROUPED_BY[dataset.kind]) if split else lambda _: ""
    rows = Counter[str]()
    with ExitStack() as stack:
        writers = {
            part: stack.enter_context(RowWriter(path, format=written, columns=COLUMNS[dataset.kind])) for part, path in targets.items()
        }
        for row in read_dataset(name, files, left_out):
            part = part_of(row)
            writers[part].write(row)
            rows[part] += 1
            labels.update([row["label"]] if "label" in row else [])
        if not rows:
            raise InputError(f"{name}: no row can be made of the given files{_why(left_out)}; it reads {dataset.files}")
    return Converted({str(path): rows[part] for part, path in targets.items()}, dict(labels.most_common()), dict((+left_out).most_common()))


def read_dataset(name: str, sources: Sequence[str | Path], left_out: Counter[str] | None = None) -> Iterator[dict[str, str]]:
    """Yield the rows that `convert` writes, one by one; only documents that a claim cites are held.

    Parameters
    ----------
    name : str
        A key of `DATASETS`.
    sources : sequence of str or Path
    left_out : Counter, optional
        Counts what is left out, by reason.

    Yields
    ------
    dict of str to str
        By the columns of the set's kind. An id that comes again gets ``#2``, ``#3`` behind it.

    Raises
    ------
    InputError
        As `convert` raises it.
    """
    dataset, left_out = _find(name), Counter() if left_out is None else left_out
    given = Given(name, dataset.files, _sources(name, sources), left_out)
    needed = [column for column in ("claim", "evidence") if column in COLUMNS[dataset.kind]]
    seen = Counter[str]()
    for row in dataset.read(given):
        if lacking := next((column for column in needed if not row[column]), None):
            left_out[f"no {lacking}"] += 1
            continue
        if "id" in row and dataset.kind != "statements":  # a base is read by what refuses such ids; a corpus is too large to hold them
            seen[row["id"]] += 1
            if (times := seen[row["id"]]) > 1:
                if dataset.kind not in _GROUPED_BY:
                    raise InputError(f"{name}: the id {row['id']!r} stands twice in the given files; give each file once")
                row["id"] += f"#{times}"
        yield row


def _find(name: str) -> Dataset:
    if name in DATASETS:
        return DATASETS[name]
    near = difflib.get_close_matches(name.casefold(), DATASETS, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise InputError(f"{name}: is no known set; {hint}There are {', '.join(DATASETS)}")


def _sources(name: str, sources: Sequence[str | Path]) -> tuple[str | Path, ...]:
    if STREAM in map(str, sources):
        raise InputError(f"-: {name} is read more than once, so not from standard input; give files")
    return find_sources(sources)


def _why(left_out: Counter[str]) -> str:
    counts = ", ".join(f"{count} {reason}" for reason, count in (+left_out).most_common())
    return f" (left out: {counts})" if counts else ""


# ---------------------------------------------------------------------------------------------------------------------
# Splits
# ---------------------------------------------------------------------------------------------------------------------


def _parts(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> Callable[[Mapping[str, str]], str]:
    """Return what says the part of a row: rows that share a text of one of the columns, or are linked by others, have the same."""
    leader: dict[bytes, bytes] = {}
    smallest: dict[bytes, str] = {}  # text of the first column in a leader's group
    sizes = Counter[bytes]()

    def lead(text: bytes) -> bytes:
        while (above := leader.setdefault(text, text)) != text:
            leader[text] = leader[above]  # halves the way for who asks next
            text = above
        return text

    for row in rows:
        own, *others = dict.fromkeys(lead(_digest(column, row[column])) for column in columns)
        sizes[own] += 1
        smallest[own] = min(smallest.get(own, row[columns[0]]), row[columns[0]])
        for other in others:
            leader[other] = own
            sizes[own] += sizes.pop(other, 0)
            smallest[own] = min(smallest[own], smallest.pop(other, smallest[own]))
    most = sizes.total() / 10

    def part_of(row: Mapping[str, str]) -> str:
        group = lead(_digest(columns[0], row[columns[0]]))
        fraction = fraction_of(smallest[group])
        return "train" if fraction >= 0.2 or sizes[group] > most else "dev" if fraction >= 0.1 else "test"

    return part_of


def _digest(column: str, text: str) -> bytes:
    return hashlib.sha256(f"{column}\n{' '.join(text.casefold().split())}".encode("utf-8", "replace")).digest()[:16]


# ---------------------------------------------------------------------------------------------------------------------
# Predictions for official scorers
# ---------------------------------------------------------------------------------------------------------------------


def write_predictions(name: str, source: str | Path, target: str | Path, *, id_column: str = "id") -> int:
    """Write the verdicts of a batch as the predictions that a set's official scorer reads; return how many there are.

    The claims were checked against the statements that `convert` made of the set's corpus (``fever-pages``, ``scifact-corpus``):
    a statement's topic is its document, and behind the last dot of its id stands the number of the sentence. A verdict that
    abstains, or failed, cites nothing. Where evidence conflicts, SciFact's documents keep a label each; FEVER has one label for a
    claim, and it is the first evidence's.

    Parameters
    ----------
    name : {"fever", "scifact"}
    source : str or Path
        JSON Lines that `factcheck batch` wrote of the set's claims; the scorers want all of them, in their order.
    target : str or Path
        JSON Lines, replaced when complete: for FEVER ``{"id", "predicted_label", "predicted_evidence": [[page, line], ...]}``,
        for SciFact ``{"id", "evidence": {document: {"sentences": [...], "label": "SUPPORT" or "CONTRADICT"}}}``.
    id_column : str
        Column with the set's own ids, whole numbers.

    Raises
    ------
    InputError
        When there is no scorer of that name, or a row has no evidence column, no id, an id that came before or evidence that names no
        sentence; names file, line and row.

    References
    ----------
    The scorers of FEVER (github.com/sheffieldnlp/fever-scorer) and SciFact (github.com/allenai/scifact, doc/submissions.md).
    """
    predict = {"fever": _fever_prediction, "scifact": _scifact_prediction}.get(name)
    if predict is None:
        raise InputError(f"{name}: has no official scorer that is written for; allowed are fever, scifact")
    seen: set[int] = set()
    with read_rows(source) as reader, RowWriter(target, format="jsonl") as writer:
        for row in reader:
            if row.error:
                raise InputError(row.error)
            if "factcheck_evidence" not in row.values:
                raise InputError(f"{place_of(row)}: has no factcheck_evidence; give what `factcheck batch` wrote as JSON Lines")
            claim = _claim_id(row, id_column)
            if claim in seen:
                raise InputError(f"{place_of(row)}: the id {claim} stood above; a scorer wants each claim once")
            seen.add(claim)
            evidence = [one for one in row.values["factcheck_evidence"] or [] if one["stance"] in _DECISIVE]
            verdict = str(row.values.get("factcheck_verdict") or "")
            cited = [one for one in evidence if verdict in {one["stance"], Label.CONFLICTING.value}]
            located = [(*_sentence(row, one), one["stance"]) for one in cited]
            writer.write({"id": claim, **predict(located)})
    return len(seen)


def _fever_prediction(evidence: Sequence[tuple[str, int, str]]) -> dict[str, Any]:
    label = evidence[0][2] if evidence else Label.NOT_ENOUGH_INFO.value
    return {"predicted_label": label, "predicted_evidence": [[page, line] for page, line, stance in evidence if stance == label]}


def _scifact_prediction(evidence: Sequence[tuple[str, int, str]]) -> dict[str, Any]:
    documents: dict[str, dict[str, Any]] = {}
    for document, sentence, stance in evidence:
        predicted = documents.setdefault(document, {"sentences": [], "label": _DECISIVE[stance]})
        if predicted["label"] == _DECISIVE[stance]:
            predicted["sentences"].append(sentence)
    return {"evidence": documents}


def _claim_id(row: Row, column: str) -> int:
    value = row.values.get(column)
    if not str(value).isdecimal():
        raise InputError(
            f"{place_of(row)}: the id in {column!r} is {shortened(str(value))}; give the set's own, a whole number (--id-column)"
        )
    return int(str(value))


def _sentence(row: Row, evidence: Mapping[str, Any]) -> tuple[str, int]:
    document, number = str(evidence.get("topic", "")), str(evidence.get("id", "")).rpartition(".")[2]
    if not document or not number.isdecimal():
        raise InputError(
            f"{place_of(row)}: the statement {shortened(str(evidence.get('id')))} names no sentence; check the claims against a base that "
            "`factcheck data convert fever-pages` or `scifact-corpus` writes"
        )
    return document, int(number)


# ---------------------------------------------------------------------------------------------------------------------
# The registry
# ---------------------------------------------------------------------------------------------------------------------

_FEVER, _FEVER_FILES = "https://fever.ai/dataset/fever.html", "https://fever.ai/download/fever"
_SCIFACT, _SCIFACT_FILES = "https://github.com/allenai/scifact", "https://scifact.s3-us-west-2.amazonaws.com/release/2020-12-17"
_AVERITEC, _HEALTHVER = "https://github.com/MichSchli/AVeriTeC", "https://github.com/sarrouti/HealthVer"
_CHECK_COVID, _CHECK_COVID_FILES = "https://github.com/posuer/Check-COVID", "https://raw.githubusercontent.com/posuer/Check-COVID"
_CLIMATE_FEVER = "https://huggingface.co/datasets/tdiggelm/climate_fever"
_CLIMATE_FEVER_FILES = "https://www.sustainablefinance.uzh.ch/dam/jcr:df02e448-baa1-4db8-921a-58507be4838e"
_CHECKTHAT, _TREC = "https://sites.google.com/view/clef2022-checkthat", "https://github.com/sshaar/clef2020-factchecking-task2"
_SHARED_TASK = "https://competitions.codalab.org/competitions/26655"

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "fever",
            "pairs",
            "CC BY-SA 3.0",
            _FEVER,
            "claims (train.jsonl, shared_task_dev.jsonl) and the pages that they cite (wiki-pages/*.jsonl)",
            _FEVER,
            formats.read_fever,
            tuple(Remote(f"{_FEVER_FILES}/{file}") for file in ("train.jsonl", "shared_task_dev.jsonl", "wiki-pages.zip")),
        ),
        Dataset(
            "fever-pages",
            "statements",
            "CC BY-SA 3.0",
            _FEVER,
            "pages (wiki-pages/*.jsonl); with claims (shared_task_dev.jsonl) the pages that they cite",
            _FEVER,
            formats.read_fever_pages,
            (Remote(f"{_FEVER_FILES}/wiki-pages.zip"),),
        ),
        Dataset(
            "scifact",
            "pairs",
            "claims CC BY 4.0, abstracts ODC-By",
            _SCIFACT,
            "claims (claims_train.jsonl, claims_dev.jsonl) and corpus.jsonl",
            f"{_SCIFACT}, doc/data.md",
            formats.read_scifact,
            (Remote(f"{_SCIFACT_FILES}/data.tar.gz"),),
        ),
        Dataset(
            "scifact-corpus",
            "statements",
            "ODC-By",
            _SCIFACT,
            "corpus.jsonl",
            f"{_SCIFACT}, doc/data.md",
            formats.read_scifact_corpus,
            (Remote(f"{_SCIFACT_FILES}/data.tar.gz"),),
        ),
        Dataset(
            "averitec",
            "pairs",
            "CC BY-NC 4.0",
            _AVERITEC,
            "train.json, dev.json",
            f"{_AVERITEC}, README.md and eval.py",
            formats.read_averitec,
        ),
        Dataset(
            "healthver",
            "pairs",
            "none stated",
            _HEALTHVER,
            "healthver_train.csv, healthver_dev.csv, healthver_test.csv",
            f"{_HEALTHVER}, train.py and tools/data_processing.py",
            formats.read_healthver,
        ),
        Dataset(
            "check-covid",
            "pairs",
            "MIT",
            _CHECK_COVID,
            "claims (covidCheck_*.json) and corpus.json",
            "the files themselves",
            formats.read_check_covid,
            (
                Remote(
                    f"{_CHECK_COVID_FILES}/3ae70f8cac4df13a3ce56878e20d8e76790e422d/Check-COVID/corpus.json",
                    "2a56084b933f28ec02781a9e501082683ca4b9c4c1c6c8530190d6fb0002ce42",
                    635_536,
                ),
                Remote(
                    f"{_CHECK_COVID_FILES}/cb7953f3c50ee455831360a497c5190349de19d9/covidCheck_train_writtenAuth.json",
                    "1af4b5e364129631b49a9132cadcd4f1b4937c90bef22ba0c08242be1630858b",
                    317_414,
                ),
            ),
        ),
        Dataset(
            "climate-fever",
            "pairs",
            "none stated",
            _CLIMATE_FEVER,
            "climate-fever-dataset-r1.jsonl",
            _CLIMATE_FEVER,
            formats.read_climate_fever,
            (Remote(f"{_CLIMATE_FEVER_FILES}/climate-fever-dataset-r1.jsonl"),),
        ),
        Dataset(
            "constraint",
            "claims",
            "none stated",
            _SHARED_TASK,
            "Constraint_English_Train.xlsx or Constraint_Train.csv, and the like (id, tweet, label)",
            "the files themselves",
            formats.read_constraint,
        ),
        Dataset(
            "liar",
            "claims",
            "for research purposes only",
            "https://arxiv.org/abs/1705.00648",
            "train.tsv, valid.tsv, test.tsv",
            "its README, in the archive",
            formats.read_liar,
            (Remote("https://www.cs.ucsb.edu/~william/data/liar_dataset.zip"),),
        ),
        Dataset(
            "checkthat",
            "matching",
            "free for general research use",
            _CHECKTHAT,
            "queries (TSV: id, text) and qrels (TSV: query id, 0, claim id, relevance)",
            f"{_TREC}, README.md; later years keep it",
            formats.read_checkthat,
        ),
        Dataset(
            "checkthat-claims",
            "known claims",
            "free for general research use",
            _CHECKTHAT,
            "verified claims (vclaims/*.json, or verified_claims.docs.tsv)",
            f"{_TREC}, README.md; later years have a JSON file a claim",
            formats.read_checkthat_claims,
        ),
    )
}
"""The sets by name."""
