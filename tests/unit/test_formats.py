"""Readers of research formats: tiny made-up files of each, with the oddities that real ones have."""

import csv
import json
from collections import Counter

import pytest

from factcheck.datasets import read_dataset
from factcheck.errors import InputError
from factcheck.formats import fraction_of
from factcheck.rows import host_of
from factcheck.statements import read_known_claims, read_statements

S, R, N, C = "SUPPORTS", "REFUTES", "NOT ENOUGH INFO", "CONFLICTING"


@pytest.fixture
def written(tmp_path):
    """A function that writes rows to a file of that name, by its ending, and returns the path."""

    def write(name, content):
        file = tmp_path / name
        if isinstance(content, str):
            file.write_text(content, encoding="utf-8")
        elif file.suffix == ".csv":
            with file.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows(content)
        elif file.suffix == ".json":
            file.write_text(json.dumps(content), encoding="utf-8")
        else:
            file.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
        return file

    return write


def read(name, *files):
    """Return the rows as tuples without their ids, and what was left out."""
    left_out = Counter()
    rows = list(read_dataset(name, files, left_out))
    return [tuple(value for key, value in row.items() if key != "id") for row in rows], +left_out


def ids(name, *files):
    return [row["id"] for row in read_dataset(name, files)]


# ---------------------------------------------------------------------------------------------------------------------
# FEVER
# ---------------------------------------------------------------------------------------------------------------------

PAGES = [
    {"id": "", "text": "", "lines": ""},
    {
        "id": "Tin_-LRB-metal-RRB-",
        "text": "unused",
        "lines": "0\tTin -LRB- Sn -RRB- is a metal .\tmetal\tMetal\n1\tIt melts at 232 degrees .\n2\t\n3",
    },
    {"id": "Caf\u00e9_Tin", "lines": "0\tA bar in a made-up town ."},
]
CLAIM = {"id": 7, "verifiable": "VERIFIABLE", "label": "SUPPORTS", "claim": "Tin is a metal."}


def fever(evidence, **changes):
    return {**CLAIM, "evidence": evidence, **changes}


def test_fever_gives_a_pair_for_each_different_set_of_sentences(written):
    sets = [
        [[1, 2, "Tin_-LRB-metal-RRB-", 0]],
        [[3, 4, "Tin_-LRB-metal-RRB-", 0]],
        [[5, 6, "Tin_-LRB-metal-RRB-", 1], [5, 7, "Caf\u00e9_Tin", 0]],
    ]
    rows, left_out = read("fever", written("wiki.jsonl", PAGES), written("dev.jsonl", [fever(sets)]))
    assert rows == [
        ("Tin is a metal.", "Tin ( Sn ) is a metal .", S),
        ("Tin is a metal.", "It melts at 232 degrees . A bar in a made-up town .", S),
    ]
    assert left_out == {"repeated": 1}
    assert ids("fever", written("wiki.jsonl", PAGES), written("dev.jsonl", [fever(sets)])) == ["7-0", "7-1"]


def test_fever_finds_a_page_whose_accent_is_written_in_two_signs(written):
    rows, _ = read("fever", written("wiki.jsonl", PAGES), written("dev.jsonl", [fever([[[1, 2, "Cafe\u0301_Tin", 0]]])]))
    assert [row[1] for row in rows] == ["A bar in a made-up town ."]


def test_fever_leaves_out_and_counts_what_has_no_evidence_no_label_or_no_page_at_hand(written):
    claims = [
        fever([[[1, 2, None, None]]], label=N),
        fever([], label=N),
        fever([[[1, 2, "Nowhere", 0]]]),
        fever([[[1, 2, "Tin_-LRB-metal-RRB-", 2]]]),
        fever([[[1, 2, "Tin_-LRB-metal-RRB-", 99]]]),
        {"id": 8, "claim": "A claim of the blind part"},
        fever([[[1, 2, "Tin_-LRB-metal-RRB-", 1]]], label="refutes"),
    ]
    rows, left_out = read("fever", written("dev.jsonl", claims), written("wiki.jsonl", PAGES))
    assert rows == [("Tin is a metal.", "It melts at 232 degrees .", R)]
    assert left_out == {"no evidence": 2, "not found": 3, "no label": 1}


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (fever([["Tin", 0]]), "is no list of"),
        (fever([[[1, 2, "Tin", "0"]]]), "no numbers of sentences"),
        (fever("none"), "'evidence' is 'none'"),
        (fever([[[1, 2, "Tin_-LRB-metal-RRB-", 0]]], label="MAYBE"), "the label 'MAYBE' is not known; fever has supports, refutes"),
        (fever([[[1, 2, "Tin_-LRB-metal-RRB-", 0]]], claim=None), "'claim' is 'None', and must be a text"),
    ],
)
def test_a_claim_of_another_form_is_refused_with_file_and_line(written, claim, words):
    with pytest.raises(InputError, match=rf"dev\.jsonl:2: row 2: .*{words}"):
        read("fever", written("dev.jsonl", [fever([]), claim]), written("wiki.jsonl", PAGES))


def test_a_damaged_line_stops_the_reading(written):
    with pytest.raises(InputError, match=r"dev\.jsonl:2: row 2 is not JSON"):
        read("fever", written("dev.jsonl", json.dumps(fever([])) + "\n{oops\n"), written("wiki.jsonl", PAGES))


def test_files_that_lack_or_do_not_fit_are_named_with_what_is_read(written):
    with pytest.raises(InputError, match=r"none of the files has rows with 'lines'; fever reads claims \(train\.jsonl"):
        read("fever", written("dev.jsonl", [fever([])]))
    with pytest.raises(InputError, match=r"odd\.jsonl: its first row has 'x'; fever reads"):
        read("fever", written("dev.jsonl", [fever([])]), written("odd.jsonl", [{"x": 1}]))


def test_a_document_that_stands_twice_with_other_sentences_is_refused_and_the_same_one_is_not(written):
    cited = written("dev.jsonl", [fever([[[1, 2, "Tin_-LRB-metal-RRB-", 1]]])])
    rows, _ = read("fever", cited, written("a.jsonl", PAGES), written("b.jsonl", PAGES))
    assert len(rows) == 1
    other = written("b.jsonl", [{"id": "Tin_-LRB-metal-RRB-", "lines": "0\tAnother text"}])
    with pytest.raises(InputError, match=r"b\.jsonl:1: row 1: the document 'Tin_-LRB-metal-RRB-' stood before"):
        read("fever", cited, written("a.jsonl", PAGES), other)


def test_fever_pages_become_a_base_of_sentences_that_can_be_cited(written, tmp_path):
    base = written("base.jsonl", list(read_dataset("fever-pages", [written("wiki.jsonl", PAGES)])))
    statements = read_statements(base)
    assert [(one.topic, one.id[16:], one.text) for one in statements] == [
        ("Tin_-LRB-metal-RRB-", ".0", "Tin ( Sn ) is a metal ."),
        ("Tin_-LRB-metal-RRB-", ".1", "It melts at 232 degrees ."),
        ("Caf\u00e9_Tin", ".0", "A bar in a made-up town ."),
    ]
    assert statements[0].url == "https://en.wikipedia.org/wiki/Tin_(metal)"
    assert all(one.citable and host_of(one.url) == "en.wikipedia.org" for one in statements)


def test_fever_pages_with_claims_are_those_that_the_claims_cite(written):
    claims = written("dev.jsonl", [fever([[[1, 2, "Caf\u00e9_Tin", 0]]])])
    rows, _ = read("fever-pages", written("wiki.jsonl", PAGES), claims)
    assert {row[0] for row in rows} == {"Caf\u00e9_Tin"}


# ---------------------------------------------------------------------------------------------------------------------
# SciFact and Check-COVID
# ---------------------------------------------------------------------------------------------------------------------

CORPUS = [
    {"doc_id": 11, "title": "Tin", "abstract": ["Tin melts early.\n", "Lead  melts later.", "Iron\u0085 last."], "structured": False},
    {"doc_id": 12, "title": "Zinc", "abstract": [f"Sentence number {i} on zinc." for i in range(9)], "structured": False},
]


def scifact(identifier, claim, evidence, cited=()):
    return {"id": identifier, "claim": claim, "evidence": evidence, "cited_doc_ids": list(cited)}


def test_scifact_gives_a_pair_for_each_rationale_in_whatever_case_its_label_is(written):
    evidence = {"11": [{"sentences": [2, 0], "label": "support"}, {"sentences": [1], "label": "CONTRADICT"}]}
    claims = written("claims.jsonl", [scifact(3, " Tin melts\nfirst ", evidence, [11, 12])])
    rows, left_out = read("scifact", claims, written("corpus.jsonl", CORPUS))
    assert rows == [("Tin melts first", "Iron last. Tin melts early.", S), ("Tin melts first", "Lead melts later.", R)]
    assert not left_out
    assert ids("scifact", claims, written("corpus.jsonl", CORPUS)) == ["3-11-0", "3-11-1"]


def test_scifact_s_claims_without_evidence_cite_as_many_sentences_as_rationales_have(written):
    unknown = [scifact(i, f"Claim number {i}", {}, [12]) for i in range(60)]
    known = [scifact(99, "x", {"11": [{"sentences": [0], "label": "SUPPORT"}, {"sentences": [1, 2], "label": "SUPPORT"}]})]
    corpus = written("corpus.jsonl", CORPUS)
    rows, _ = read("scifact", written("claims.jsonl", known + unknown), corpus)
    texts = [text for _, text, label in rows if label == N]
    assert len(texts) == 60
    assert {text.count("Sentence") for text in texts} == {1, 2}
    assert len(set(texts)) > 8  # from all over the abstract
    assert all(text in " ".join(CORPUS[1]["abstract"]) for text in texts)
    assert read("scifact", written("claims.jsonl", known + unknown), corpus)[0] == rows
    alone, _ = read("scifact", written("claims.jsonl", unknown), corpus)
    assert {text.count("Sentence") for _, text, _ in alone} == {1}


def test_scifact_counts_what_has_no_label_no_evidence_or_no_document(written):
    claims = [
        {"id": 1, "claim": "Of the blind part"},
        scifact(2, "Cites nothing", {}),
        scifact(3, "Cites what is not there", {"77": [{"sentences": [0], "label": "SUPPORT"}]}),
        scifact(4, "Cites a sentence too far", {"11": [{"sentences": [3], "label": "SUPPORT"}]}),
        scifact(5, "Cites an absent abstract", {}, [78]),
        scifact(6, "Good", {"11": [{"sentences": [0], "label": "SUPPORT"}]}),
    ]
    rows, left_out = read("scifact", written("claims.jsonl", claims), written("corpus.jsonl", CORPUS))
    assert rows == [("Good", "Tin melts early.", S)]
    assert left_out == {"no label": 1, "no evidence": 1, "not found": 3}


@pytest.mark.parametrize("rationale", [{"label": "SUPPORT"}, [2], {"sentences": [True], "label": "SUPPORT"}, {"sentences": "0"}])
def test_a_rationale_of_another_form_is_refused(written, rationale):
    with pytest.raises(InputError, match=r"claims\.jsonl:1: row 1: "):
        read("scifact", written("claims.jsonl", [scifact(1, "x", {"11": [rationale]})]), written("corpus.jsonl", CORPUS))


def test_a_claim_id_that_comes_again_is_told_apart(written):
    claim = scifact(3, "Tin melts", {"11": [{"sentences": [0], "label": "SUPPORT"}]})
    assert ids("scifact", written("claims.jsonl", [claim, claim]), written("corpus.jsonl", CORPUS)) == ["3-11-0", "3-11-0#2"]


def test_the_corpus_becomes_a_base_of_sentences_that_can_be_cited(written):
    corpus = written("corpus.jsonl", CORPUS)
    statements = read_statements(written("base.jsonl", list(read_dataset("scifact-corpus", [corpus]))))
    assert [(one.id, one.topic) for one in statements[:4]] == [("11.0", "11"), ("11.1", "11"), ("11.2", "11"), ("12.0", "12")]
    assert statements[0].url == "https://api.semanticscholar.org/CorpusID:11"
    assert statements[2].text == "Iron last."


def test_signs_that_a_statement_may_not_hold_are_taken_out_of_a_corpus(written):
    corpus = written("corpus.jsonl", [{"doc_id": 1, "abstract": ["Tin \u202emelts\x00 early.", "\u0007"]}])
    assert [row["statement"] for row in read_dataset("scifact-corpus", [corpus])] == ["Tin melts early."]


def covid(label, marked, cord_id="abc", **changes):
    return {"id": f"c_{label}", "claim": "Soap kills it", "cord_id": cord_id, "label": label, "evidence_set": marked, **changes}


def test_check_covid_reads_json_lines_that_are_called_json_and_the_sentences_that_are_marked(written):
    corpus = "\n".join(json.dumps({"cord_id": "abc", "title": "t", "abstract": ["Soap works.", "Water alone does not."]}) for _ in range(2))
    claims = [
        covid("SUPPORT", [{"sent_index": 0, "type": "PRIMARY"}, {"sent_index": 1, "type": "SUPPLEMENTARY"}]),
        covid("Refute", [{"sent_index": 1, "type": "PRIMARY"}]),
        covid("NOTENOUGHINFO", [{"sent_index": 0, "type": "PRIMARY"}]),
        covid("NOTENOUGHINFO", []),
        covid("SUPPORT", [{"sent_index": 0, "type": "PRIMARY"}], cord_id="zzz"),
        covid(None, [{"sent_index": 0, "type": "PRIMARY"}]),
    ]
    lines = "".join(json.dumps(row) + "\n" for row in claims)
    rows, left_out = read("check-covid", written("train.json", lines), written("corpus.json", corpus))
    assert rows == [
        ("Soap kills it", "Soap works. Water alone does not.", S),
        ("Soap kills it", "Water alone does not.", R),
        ("Soap kills it", "Soap works.", N),
    ]
    assert left_out == {"no evidence": 1, "not found": 1, "no label": 1}
    with pytest.raises(InputError, match=r"train\.json:1: row 1: .* no numbers of sentences"):
        read("check-covid", written("train.json", json.dumps(covid("SUPPORT", [{"type": "PRIMARY"}]))), written("corpus.json", corpus))


# ---------------------------------------------------------------------------------------------------------------------
# AVeriTeC, CLIMATE-FEVER, HealthVer
# ---------------------------------------------------------------------------------------------------------------------


def averitec(label, questions):
    return {"claim": "The bridge is closed", "label": label, "justification": "unused", "questions": questions}


def test_averitec_puts_questions_and_answers_together_as_its_scorer_does(written):
    asked = [
        {"question": "Is it?", "answers": [{"answer": "Yes", "answer_type": "Boolean", "boolean_explanation": "The mayor said so."}]},
        {
            "question": "Since when?",
            "answers": [{"answer": "May", "answer_type": "Extractive"}, {"answer": "June", "answer_type": "Abstractive"}],
        },
        {"question": "By whom?", "answers": []},
    ]
    claims = [
        averitec("Supported", asked),
        averitec("refuted", asked[2:]),
        averitec("Not Enough Evidence", [{"question": "Why?", "answers": {"answer": "Rust", "answer_type": "Extractive"}}]),
        averitec("Conflicting Evidence/Cherrypicking", asked[2:]),
        averitec("Refuted", []),
        averitec(None, asked),
    ]
    file = written("dev.json", claims)
    rows, left_out = read("averitec", file)
    whole = "Is it? Yes. The mayor said so. Since when? May Since when? June By whom? No answer could be found."
    assert [row[1:] for row in rows] == [
        (whole, S),
        ("By whom? No answer could be found.", R),
        ("Why? Rust", N),
        ("By whom? No answer could be found.", C),
    ]
    assert left_out == {"no evidence": 1, "no label": 1}
    assert ids("averitec", file) == ["dev-0", "dev-1", "dev-2", "dev-3"]


@pytest.mark.parametrize("question", ["Why?", {"question": "Why?"}, {"question": "Why?", "answers": ["Rust"]}])
def test_a_question_of_another_form_is_refused(written, question):
    with pytest.raises(InputError, match=r"dev\.json:1: row 1: .* is no question with a list of answers"):
        read("averitec", written("dev.json", [averitec("Supported", [question])]))


def test_climate_fever_gives_a_pair_for_each_sentence_by_its_own_label(written):
    evidences = [
        {"evidence_id": "Ice:1", "evidence_label": "SUPPORTS", "article": "Ice", "evidence": "Ice  melts.", "entropy": 0.0, "votes": []},
        {"evidence_id": "Ice:2", "evidence_label": "not_enough_info", "article": "Ice", "evidence": "Ice is cold."},
        {"evidence_id": "Ice:3", "evidence_label": None, "article": "Ice", "evidence": "Ice is old."},
        {"evidence_id": "Ice:4", "evidence_label": "REFUTES", "article": "Ice", "evidence": ""},
    ]
    claims = [
        {"claim_id": "4", "claim": "Ice melts", "claim_label": "DISPUTED", "evidences": evidences},
        {"claim_id": "5", "claim": "None", "claim_label": "SUPPORTS", "evidences": []},
    ]
    file = written("climate.jsonl", claims)
    rows, left_out = read("climate-fever", file)
    assert rows == [("Ice melts", "Ice melts.", S), ("Ice melts", "Ice is cold.", N)]
    assert left_out == {"no label": 1, "no evidence": 2}
    assert ids("climate-fever", file) == ["4-0", "4-1"]
    with pytest.raises(InputError, match=r"climate\.jsonl:1: row 1: the label 'DISPUTED'"):
        read("climate-fever", written("climate.jsonl", [{**claims[0], "evidences": [{**evidences[0], "evidence_label": "DISPUTED"}]}]))


def test_healthver_reads_a_table_with_its_columns_in_any_order_and_with_or_without_ids(written):
    rows = [
        ("id", "evidence", "claim", "label", "topic_ip", "question"),
        ("12", "Masks, worn\nwell, help.", "Masks help", "Supports", "1", "q"),
        ("12", "Hot air.", "Masks help", "REFUTES", "1", "q"),
        ("13", "Masks are blue.", "Masks help", "neutral", "1", "q"),
        ("14", "", "Masks help", "Neutral", "1", "q"),
        ("15", "x", "", "Neutral", "1", "q"),
        ("16", "x", "Masks help", "", "1", "q"),
    ]
    file = written("healthver_dev.csv", rows)
    pairs, left_out = read("healthver", file)
    assert pairs == [("Masks help", "Masks, worn well, help.", S), ("Masks help", "Hot air.", R), ("Masks help", "Masks are blue.", N)]
    assert left_out == {"no evidence": 1, "no claim": 1, "no label": 1}
    assert ids("healthver", file) == ["12", "12#2", "13"]
    assert ids("healthver", written("healthver_dev.csv", [row[1:] for row in rows]))[:2] == ["1", "2"]
    with pytest.raises(InputError, match=r"healthver_dev\.csv:2: row 1: 'claim' is not there"):
        read("healthver", written("healthver_dev.csv", [("evidence", "text", "label"), ("a", "b", "Supports")]))


# ---------------------------------------------------------------------------------------------------------------------
# Labelled claims
# ---------------------------------------------------------------------------------------------------------------------

TWEETS = [
    ("id", "tweet", "label"),
    ("1", "Soup cures it,\n all of it", "FAKE"),
    ("2", "Wash your hands", "real"),
    ("3", "No label here", ""),
]


def test_constraint_reads_csv_and_excel(written, tmp_path):
    expected = [("Soup cures it, all of it", "fake"), ("Wash your hands", "real")]
    assert read("constraint", written("Constraint_Train.csv", TWEETS)) == (expected, {"no label": 1})
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "train.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(TWEETS):
            sheet.write_row(number, 0, [int(row[0]) if number else row[0], *row[1:]])
    assert read("constraint", tmp_path / "train.xlsx") == (expected, {"no label": 1})
    assert ids("constraint", tmp_path / "train.xlsx") == ["1", "2"]


def liar(*cells):
    return "\t".join([*cells, *[""] * (14 - len(cells))]) + "\n"


def test_liar_has_no_header_and_takes_quotation_marks_for_signs(written):
    text = (
        liar("1.json", "half-true", 'Says "the bridge')
        + "\n"
        + liar("2.json", "Pants-Fire", "The moon  is cheese")
        + liar("3.json", "FALSE", "It")
    )
    file = written("train.tsv", text)
    assert read("liar", file) == ([('Says "the bridge', "half-true"), ("The moon is cheese", "pants-fire"), ("It", "false")], {})
    assert ids("liar", file) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("one cell\n", "is no row"),
        (liar("2.json", "maybe", "x"), "the label 'maybe'"),
        (liar("2.json", "true", "\udcff"), "is no row of UTF-8"),
    ],
)
def test_a_line_that_is_none_of_liar_is_refused(tmp_path, line, words):
    (tmp_path / "train.tsv").write_bytes((liar("1.json", "true", "x") + line).encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=rf"train\.tsv:2: .*{words}"):
        read("liar", tmp_path / "train.tsv")


# ---------------------------------------------------------------------------------------------------------------------
# CheckThat!
# ---------------------------------------------------------------------------------------------------------------------

QUERIES = 'tweet-1\tThe bridge burns\ntweet-2\t"He said ""no"" to\nthe mayor"\n'
QRELS = "tweet-2\t0\tv-9\t1\ntweet-1\t0\tv-3\t1\ntweet-1\t0\tv-4\t1\ntweet-1\t0\tv-3\t1\ntweet-2\t0\tv-4\t0\ntweet-8\t0\tv-3\t1\n"
MATCHED = [("tweet-2", 'He said "no" to the mayor', "v-9"), ("tweet-1", "The bridge burns", "v-3"), ("tweet-1", "The bridge burns", "v-4")]


@pytest.mark.parametrize(
    "headers", [("", ""), ("tweet_id\ttweet_content\n", "tweet_id\t0\tvclaim_id\trelevance\n"), ("\ttweet_content\n", "")]
)
def test_checkthat_matches_queries_by_their_qrels_with_and_without_a_header(written, headers):
    files = written("qrels.tsv", headers[1] + QRELS), written("queries.tsv", headers[0] + QUERIES)
    left_out = Counter()
    rows = [tuple(row.values()) for row in read_dataset("checkthat", files, left_out)]
    assert rows == MATCHED
    assert +left_out == {"repeated": 1, "not found": 1}


def test_checkthat_refuses_what_is_neither_and_what_lacks(written):
    queries, qrels = written("queries.tsv", QUERIES), written("a.qrels", QRELS)
    with pytest.raises(InputError, match="there are no qrels among the files"):
        read("checkthat", queries)
    with pytest.raises(InputError, match="there are no queries among the files"):
        read("checkthat", qrels)
    with pytest.raises(InputError, match=r"odd\.tsv:1: has 3 cells"):
        read("checkthat", queries, qrels, written("odd.tsv", "a\tb\tc\n"))
    with pytest.raises(InputError, match=r"odd\.tsv:1: has 4 cells, 'a \| 0 \| c \| yes'"):
        read("checkthat", queries, qrels, written("odd.tsv", "a\t0\tc\tyes\n"))
    with pytest.raises(InputError, match=r"more\.tsv:1: the query 'tweet-1' stood before with another text"):
        read("checkthat", queries, qrels, written("more.tsv", "tweet-1\tAnother text\n"))
    with pytest.raises(InputError, match=r"odd\.tsv:1: opens a quote that is not closed"):
        read("checkthat", queries, qrels, written("odd.tsv", 'tweet-3\t"open\n'))


def test_fact_checked_claims_are_read_from_a_json_file_each(written):
    first = {
        "vclaim_id": "v-3",
        "vclaim": "The bridge\nburnt",
        "title": "Did it?",
        "subtitle": "No.",
        "author": "unused",
        "date": "1 May 2020",
    }
    second = {"vclaim_id": 0, "vclaim": "He said no", "truth_label": False, "url": "/no/host", "title": None}
    files = written("a.json", first), written("b.json", second)
    rows = list(read_dataset("checkthat-claims", files))
    assert rows == [
        {"id": "v-3", "text": "The bridge burnt", "title": "Did it?", "subtitle": "No.", "rating": "", "url": "", "date": "1 May 2020"},
        {"id": "0", "text": "He said no", "title": "", "subtitle": "", "rating": "false", "url": "", "date": ""},
    ]
    known = read_known_claims(written("known.jsonl", rows))
    assert (known[0].text, str(known[0].published), known[1].rating) == ("The bridge burnt (Did it?) No.", "2020-05-01", "false")
    with pytest.raises(InputError, match="the id 'v-3' stands twice"):
        read("checkthat-claims", files[0], files[0])


@pytest.mark.parametrize("content", ['{"vclaim_id": "v-1"}', "[1]", "{oops", '{"vclaim_id": "v-1", "vclaim": " "}'])
def test_a_file_that_is_no_fact_checked_claim_is_refused(written, content):
    with pytest.raises(InputError, match=r"a\.json: "):
        read("checkthat-claims", written("a.json", content))


@pytest.mark.parametrize("header", ["", "vclaim_id\tvclaim\ttitle\n", "\tvclaim\ttitle\tbody\n"])
def test_fact_checked_claims_are_read_from_a_table(written, header):
    body = "\tA long text" if "body" in header else ""
    file = written("verified_claims.docs.tsv", f'{header}3\t"He ""burnt"" it"\tDid he?{body}\n4\tIt rains\tDoes it?{body}\n')
    rows = [(row["id"], row["text"], row["title"]) for row in read_dataset("checkthat-claims", [file])]
    assert rows == [("3", 'He "burnt" it', "Did he?"), ("4", "It rains", "Does it?")]


def test_a_text_s_fraction_is_the_begin_of_its_sha256():
    assert fraction_of("Tin melts") == 0x27565D24 / 16**8
