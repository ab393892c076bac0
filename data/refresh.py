"""Bring what is derived from the tables up to date: split columns, the counts in the data card, croissant.json.

python data/refresh.py            writes them
python data/refresh.py --check    writes nothing, names what is out of date and exits 1
"""  # noqa: INP001 - a script

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from factcheck import claims, statements
from factcheck.records import Statement
from factcheck.rows import write_table

HERE = Path(__file__).resolve().parent
NAMES = ("citeAs", "column", "extract", "field", "fileObject", "key", "recordSet", "references", "source", "isLiveDataset", "format")
TABLES = {
    "statements.csv": (
        "What authorities say: one true, checkable sentence a row, with publisher, address and dates.",
        {
            "id": "Stable name of the statement.",
            "topic": "One of the topics in the data card.",
            "statement": "What the publisher holds, in our words.",
            "publisher": "Who says so.",
            "url": "Page of the publisher, or its front page.",
            "published": "Day of publication, ISO 8601; empty where we are not certain.",
            "valid_until": "Last day on which it holds, ISO 8601; empty for most.",
        },
    ),
    "claims.csv": (
        "What people say: claims with the label that each bears against its statement.",
        {
            "id": "Stable name of the claim.",
            "claim": "The claim as somebody might write it.",
            "label": "SUPPORTS, REFUTES or NOT ENOUGH INFO.",
            "statement_id": "The statement that it was written for; empty for none.",
            "topic": "Topic of the statement, or everyday.",
            "kind": "One of the kinds in the data card.",
            "split": "train, calibration or test, by statement.",
            "topic_split": "train, calibration or test, by topic.",
        },
    ),
    "everyday.csv": (
        "Everyday sentences that no statement decides; for measuring alone.",
        {
            "id": "Stable name of the sentence.",
            "text": "The sentence.",
            "register": "One of the registers in the data card.",
        },
    ),
    "reports.csv": (
        "Posts that speak of a myth without making the claim; for measuring alone.",
        {
            "id": "Stable name of the post.",
            "text": "The post.",
            "kind": "One of the kinds in the data card, which gives the right verdicts of each.",
            "myth_of": "The statement that refutes the myth.",
        },
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Write what is out of date, or only name it; return the exit code."""
    base = statements.read_statements(HERE / "statements.csv")
    rows = claims.read_claims(HERE / "claims.csv")
    due = [replace(row, split=a, topic_split=b) for row, (a, b) in zip(rows, claims.split_claims(rows, base), strict=True)]
    stale = [] if due == list(rows) else ["claims.csv"]
    write = "--check" not in arguments
    if stale and write:
        write_table(HERE / "claims.csv", claims.COLUMNS, [asdict(row) for row in due])
    for name, text in (("README.md", card(base, due)), ("croissant.json", croissant())):
        path = HERE / name
        if not path.exists() or text != path.read_text(encoding="utf-8"):
            stale.append(name)
            if write:
                path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"data/{name} {'brought up to date' if write else 'is out of date; run python data/refresh.py'}", file=sys.stderr)  # noqa: T201
    return 1 if stale and not write else 0


def card(base: Sequence[Statement], rows: Sequence[claims.LabelledClaim]) -> str:
    """Return the data card with fresh counts between its markers."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    for name, counts in (
        ("statements", statements.describe(statements.stats(base))),
        ("claims", claims.describe(claims.claim_stats(rows))),
    ):
        block = f"<!-- {name} -->\n{counts}\n<!-- end of {name} -->"
        text = re.sub(rf"<!-- {name} -->.*?<!-- end of {name} -->", lambda _, block=block: block, text, flags=re.DOTALL)
    return text


def croissant() -> str:
    """Return the Croissant 1.0 description of the tables."""
    document = {
        "@context": {
            "@language": "en",
            "@vocab": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/",
            "dct": "http://purl.org/dc/terms/",
            "sc": "https://schema.org/",
            "conformsTo": "dct:conformsTo",
            "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
            **{name: f"cr:{name}" for name in sorted(NAMES)},
        },
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "factcheck-statements-and-claims",
        "description": "Statements of authorities with publisher and address, and claims labelled against them, in English.",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "creator": {"@type": "Organization", "name": "The factcheck contributors"},
        "citeAs": "The factcheck contributors: factcheck, statements and labelled claims. CC BY 4.0.",
        "version": "1.0.0",
        "inLanguage": "en",
        "keywords": ["fact-checking", "claim verification", "misinformation", "stance"],
        "isLiveDataset": False,
        "distribution": [file_object(name) for name in TABLES],
        "recordSet": [record_set(name) for name in TABLES],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def file_object(name: str) -> dict[str, str]:
    """Describe one file."""
    content = (HERE / name).read_bytes()
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": "text/csv",
        "contentSize": f"{len(content)} B",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def record_set(name: str) -> dict[str, object]:
    """Describe the columns of one file."""
    description, columns = TABLES[name]
    table = name.removesuffix(".csv")
    fields: list[dict[str, object]] = [
        {
            "@type": "cr:Field",
            "@id": f"{table}/{column}",
            "name": column,
            "description": text,
            "dataType": "sc:URL" if column == "url" else "sc:Text",
            "source": {"fileObject": {"@id": name}, "extract": {"column": column}},
        }
        for column, text in columns.items()
    ]
    for field in fields:
        if field["name"] in {"statement_id", "myth_of"}:
            field["references"] = {"field": {"@id": "statements/id"}}
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": description,
        "key": {"@id": f"{table}/id"},
        "field": fields,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
