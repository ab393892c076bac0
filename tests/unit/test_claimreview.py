"""ClaimReview in and out: nothing that is required is lost, every rating is read whole, and what is left out is counted and named."""

import csv
import gzip
import itertools
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck import claimreview
from factcheck.claimreview import COLUMNS, export_reviews, import_reviews, lint_reviews
from factcheck.errors import InputError
from factcheck.statements import read_known_claims

S, R, N = "SUPPORTS", "REFUTES", "NOT ENOUGH INFO"
HOST = "https://desk.example.org"


def review(claim="Tea cures colds", rating="False", url=f"{HOST}/1", **fields):
    rating = {"@type": "Rating", "alternateName": rating} if isinstance(rating, str) else rating
    author = {"@type": "Organization", "name": "Tea Desk"}
    own = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": url,
        "claimReviewed": claim,
        "author": author,
        "reviewRating": rating,
    }
    return {name: value for name, value in {**own, **fields}.items() if value is not None}


def numbered(rating, value, best=5, worst=1):
    return {"@type": "Rating", "alternateName": rating, "ratingValue": value, "bestRating": best, "worstRating": worst}


def script(document):
    return f'<script type="application/ld+json">{json.dumps(document)}</script>\n'


@pytest.fixture
def take(tmp_path):
    """Import documents, each in a file of its own, and return the summary and the rows of the table."""

    def take(*contents, ratings=None, name="in.json"):
        paths = []
        for number, content in enumerate(contents):
            paths.append(tmp_path / f"{number}-{name}")
            raw = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
            paths[-1].write_bytes(raw)
        done = import_reviews(paths, tmp_path / "known.jsonl", ratings=ratings)
        return done, [json.loads(line) for line in (tmp_path / "known.jsonl").read_text().splitlines()]

    return take


def decisions(path, *rows, **fields):
    """Write a table of decisions, confirmed unless a row says otherwise."""
    usual = {"claim": "Tea cures colds", "url": f"{HOST}/1", "rating": "False", "label": R, "date": "2024-05-01", "confirmed": "yes"}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, usual)
        writer.writeheader()
        writer.writerows({**usual, **fields, **row} for row in rows)
    return path


@pytest.fixture
def publish(tmp_path):
    """Export decisions as the Tea Desk and return the summary and the text of the file."""

    def publish(*rows, name="out.json", publisher="Tea Desk", publisher_url=HOST, **fields):
        path = decisions(tmp_path / "decided.csv", *rows, **fields)
        done = export_reviews(path, tmp_path / name, publisher=publisher, publisher_url=publisher_url)
        return done, (tmp_path / name).read_text(encoding="utf-8")

    return publish


# ---------------------------------------------------------------------------------------------------------------------
# Oddities
# ---------------------------------------------------------------------------------------------------------------------

ODD = {
    "a list": [review()],
    "a graph": {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, review()]},
    "a graph with references": {"@graph": [{"@id": "#d", "name": "Tea Desk", "x": 1}, review(author={"@id": "#d"})]},
    "a page": "<html><head>" + script({"@type": "WebPage"}) + script(review()) + "</head></html>",
    "a page with comments around": '<html><script type="application/ld+json"><!-- ' + json.dumps(review()) + " --></script>",
    "a feed": {
        "@type": "DataFeed",
        "dataFeedElement": [{"@type": "DataFeedItem", "item": [review()]}, {"@type": "DataFeedItem", "item": None}],
    },
    "a dump": script({"@type": "Review"}) + script(review()),
    "an answer": {
        "claims": [
            {"text": "Tea cures colds", "claimReview": [{"url": f"{HOST}/1", "textualRating": "False", "publisher": {"name": "Tea Desk"}}]}
        ]
    },
    "lines": json.dumps({"@type": "WebPage"}) + "\n" + json.dumps(review()) + "\n",
    "gzip": gzip.compress(json.dumps(review()).encode()),
    "gzip of a dump": gzip.compress(script(review()).encode()),
    "byte-order mark": b"\xef\xbb\xbf" + json.dumps(review()).encode(),
    "utf-16": json.dumps(review()).encode("utf-16"),
    "type as list": review(**{"@type": ["ClaimReview", "Article"]}),
    "type as address": review(**{"@type": "http://schema.org/ClaimReview"}),
    "prefixed fields": {("" if key[0] == "@" else "schema:") + key: value for key, value in review().items()},
    "author as string": review(author="Tea Desk"),
    "author as list": review(author=[{"@type": "Organization", "name": "Tea Desk"}]),
    "author missing": review(author=None),
    "publisher for author": review(author=None, publisher={"name": "Tea Desk"}),
    "reviewed item as work": review(itemReviewed={"@type": "CreativeWork", "name": "A film", "author": {"name": "Somebody"}}),
    "reviewed item as list": review(itemReviewed=[{"@type": "Claim", "name": "Tea"}]),
    "claim only in the reviewed item": review(None, itemReviewed={"@type": "Claim", "text": "Tea cures colds"}),
    "claim as value": review({"@value": "Tea cures colds", "@language": "en"}),
    "claim as list": review(["Tea cures colds"]),
    "claim with entities": review("Tea&nbsp;cures &#99;olds"),
    "claim with entities twice": review("Tea&amp;nbsp;cures colds"),
    "claim with tags": review("<p>Tea <b>cures</b> colds</p>"),
    "claim over lines": review("Tea\n cures\tcolds "),
    "raw line break": json.dumps(review("Tea cures@colds")).replace("@colds", "\ncolds"),
    "rating as string": review(reviewRating="False"),
    "rating as list": review(reviewRating=[{"alternateName": "False"}]),
    "rating name as value": review({"@value": "Tea cures colds"}, {"alternateName": {"@value": "False"}}),
    "rating name in languages": review(
        rating={"alternateName": [{"@language": "en", "@value": "False"}, {"@language": "fr", "@value": "Faux"}]}
    ),
    "rating in name": review(rating={"name": "False"}),
    "rating in the number": review(rating={"ratingValue": "False", "bestRating": "True", "worstRating": "False"}),
    "numbers as strings": review(rating=numbered("False", "1", "5", "1")),
    "numbers with words": review(rating=numbered("False", "one", "five", "")),
    "scale turned over": review(rating=numbered("False", 5, 1, 5)),
    "scale of one point": review(rating=numbered("False", 0, 0, 0)),
    "minus one for none": review(rating=numbered("False", -1, -1, -1)),
    "number too large": review(rating={"alternateName": "False", "ratingValue": 10**400}),
    "url with anchor": review(url=f"{HOST}/1#verdict"),
    "url as object": review(url={"@id": f"{HOST}/1"}),
    "url as list": review(url=[f"{HOST}/1"]),
    "url with spaces": review(url=f" {HOST}/1 "),
    "url without scheme": review(url="//desk.example.org/1"),
    "url of the page": review(url=None, mainEntityOfPage=f"{HOST}/1"),
    "date as list": review(datePublished=["2024-05-01", "2024-05-02"]),
    "date in words": review(datePublished="May 1st, 2024 at noon"),
    "date of nonsense": review(datePublished={"year": 2024}),
    "nulls": review(itemReviewed=None) | {"itemReviewed": None, "datePublished": None, "image": None},
    "twice": [review(), review(url=f"{HOST}/1#again")],
    "broken neighbours": '{"@type": "ClaimReview", \n' + json.dumps(review()) + "\n{{{\n",
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_document_comes_through_import_and_export_with_every_required_field(take, publish, tmp_path, name):
    _, (row,) = take(ODD[name])
    assert (row["text"], row["rating"], row["label"]) == ("Tea cures colds", "False", R)
    done, _ = publish({"claim": row["text"], "url": row["url"], "rating": row["rating"], "label": row["label"], "date": row["date"]})
    assert (done.written, done.faults) == (1, ())
    assert lint_reviews([tmp_path / "out.json"]) == []
    again = import_reviews([tmp_path / "out.json"], tmp_path / "again.jsonl")
    assert again.fault_count == 0
    assert {**json.loads((tmp_path / "again.jsonl").read_text()), "publisher": row["publisher"]} == row


def test_rows_of_a_table_are_read_as_documents_are(tmp_path):
    (tmp_path / "a.csv").write_text(
        f"claim,url,rating,publisher,date\nTea cures colds,{HOST}/1,False,Tea Desk,1 May 2024\n,{HOST}/2,False,Tea Desk,\n"
    )
    done = import_reviews([tmp_path / "a.csv"], tmp_path / "known.csv")
    with (tmp_path / "known.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert tuple(row) == COLUMNS
    assert row | {"id": ""} == dict(zip(COLUMNS, ("", "Tea cures colds", "False", R, "Tea Desk", f"{HOST}/1", "2024-05-01"), strict=True))
    assert done.dropped == {"no_claim": 1}


@pytest.mark.parametrize("name", ["known.csv", "known.jsonl", "known.ndjson", "known.CSV"])
def test_the_table_can_be_searched(tmp_path, name):
    (tmp_path / "a.json").write_text(json.dumps([review(), review("Rain is wet", "True", f"{HOST}/2")]))
    import_reviews([tmp_path / "a.json"], tmp_path / name)
    assert [(known.text, known.publisher, known.url) for known in read_known_claims(tmp_path / name)] == [
        ("Tea cures colds", "Tea Desk", f"{HOST}/1"),
        ("Rain is wet", "Tea Desk", f"{HOST}/2"),
    ]


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["False", f"{HOST}/1", "2024-05-01", "-1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@value", "@id", "@type", "name", "text", "url", "alternateName", "ratingValue", "schema:name"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
FIELDS = "@context @id url claimReviewed author publisher sdPublisher itemReviewed reviewRating datePublished mainEntityOfPage".split()


@given(nodes=st.lists(st.dictionaries(st.sampled_from(FIELDS), ANY_JSON), min_size=1, max_size=3))
def test_whatever_stands_in_its_fields_a_review_is_kept_or_named(tmp_path_factory, nodes):
    folder = tmp_path_factory.getbasetemp()
    path = folder / "any.json"
    path.write_text(json.dumps({"@graph": [{"url": 1, **node, "@type": "ClaimReview"} for node in nodes]}))
    done = import_reviews([path], folder / "any.jsonl")
    assert done.read == len(nodes) == done.kept + sum(done.dropped.values())
    assert len((folder / "any.jsonl").read_text().splitlines()) == done.kept
    dropped = [fault.place for fault in done.faults]
    assert len(dropped) == done.fault_count == sum(count for why, count in done.dropped.items() if why not in {"duplicate", "superseded"})
    assert set(dropped) <= {fault.place for fault in lint_reviews([path])}


# ---------------------------------------------------------------------------------------------------------------------
# Labels
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rating", "label"), [("True", S), ("FALSE!", R), ("Half-true", N), ("True, but late", ""), ("Nobody knows what", "")]
)
def test_the_words_of_a_rating_decide_whole(take, rating, label):
    _, (row,) = take(review(rating=rating))
    assert (row["rating"], row["label"]) == (rating, label)


@pytest.mark.parametrize(
    ("rating", "label", "shown"),
    [
        (numbered(None, 1), R, "1 (1 to 5)"),
        (numbered("", "5"), S, "5 (1 to 5)"),
        (numbered(None, 3), N, "3 (1 to 5)"),
        (numbered(None, 1, 1, 5), "", "1 (5 to 1)"),
        (numbered("Well, well", 5), "", "Well, well"),
        (numbered("False", 5), R, "False"),
    ],
)
def test_a_number_speaks_only_where_there_are_no_words(take, rating, label, shown):
    _, (row,) = take(review(rating=rating))
    assert (row["label"], row["rating"]) == (label, shown)


def test_the_users_map_decides_over_the_one_that_ships(take, tmp_path):
    (tmp_path / "own.csv").write_text("rating,label\nThree lemons,REFUTES\nTrue,\n")
    done, (one, two) = take([review(rating="Three lemons"), review(rating="True", url=f"{HOST}/2")], ratings=tmp_path / "own.csv")
    assert (one["label"], two["label"]) == (R, "")
    assert done.ratings.endswith("+own.csv")


def test_unmapped_ratings_are_counted_commonest_first(take):
    ratings = ["Rotten", "Fresh", "Fresh", "False", "Stale", "Fresh", "Stale"]
    done, _ = take([review(rating=rating, url=f"{HOST}/{n}") for n, rating in enumerate(ratings)])
    assert list(done.unmapped.items()) == [("Fresh", 3), ("Stale", 2), ("Rotten", 1)]
    assert done.labels == {S: 0, R: 1, N: 0, "": 6}


def test_unmapped_ratings_without_end_are_counted_together(take, monkeypatch):
    monkeypatch.setattr(claimreview, "MAX_UNMAPPED", 2)
    done, _ = take([review(rating=f"Odd {n % 5}", url=f"{HOST}/{n}") for n in range(10)])
    assert done.unmapped == {claimreview.OTHER_RATINGS: 6, "Odd 0": 2, "Odd 1": 2}


# ---------------------------------------------------------------------------------------------------------------------
# Numbers, repeats, disagreements
# ---------------------------------------------------------------------------------------------------------------------


def test_numbers_that_say_nothing_are_counted_by_fault(take):
    numbers = [(-1, -1, -1), (1, 1, 5), (0, 0, 0), (9, 5, 1), (1, 5, 1)]
    done, rows = take([review(rating=numbered("False", *number), url=f"{HOST}/{n}") for n, number in enumerate(numbers)])
    assert done.numbers == {"sentinel": 1, "reversed_scale": 1, "no_scale": 1, "out_of_scale": 1}
    assert [row["label"] for row in rows] == [R] * 5


def test_a_number_that_contradicts_the_words_is_reported_and_the_words_win(take):
    done, (row,) = take(review(rating=numbered("False", 5)))
    assert row["label"] == R
    assert done.conflicts == {"words_and_number": 1}
    assert done.disagreements == ("0-in.json:1, character 1: the rating 'False' has a number that says SUPPORTS",)


def test_the_numbers_of_a_publisher_whose_scale_runs_the_other_way_are_not_used(take):
    reversed_ = [review(rating=numbered("False", 5), url=f"{HOST}/{n}") for n in range(3)]
    alone = review(rating=numbered(None, 5), url=f"{HOST}/4")
    other = review(rating=numbered(None, 5), url="https://b.example.org/1", author="Other Desk")
    done, rows = take([alone, other, *reversed_])
    assert done.reversed_publishers == ("Tea Desk",)
    assert [row["label"] for row in rows] == ["", S, R, R, R]


@pytest.mark.parametrize(
    ("first", "second", "kept", "dropped", "conflicts"),
    [
        (("False", "2024-01-01"), ("False.", "2024-02-01"), ("False.", R), {"duplicate": 1}, {}),
        (("False", "2024-02-01"), ("False.", "2024-01-01"), ("False", R), {"duplicate": 1}, {}),
        (("False", "2024-01-01"), ("Rotten", "2024-01-01"), ("False", R), {"duplicate": 1}, {}),
        (("Rotten", "2024-01-01"), ("False", None), ("False", R), {"duplicate": 1}, {}),
        (("False", "2024-01-01"), ("Rotten", "2024-02-01"), ("Rotten", ""), {"superseded": 1}, {}),
        (("False", "2024-01-01"), ("True", "2024-02-01"), ("True", S), {"superseded": 1}, {}),
        (("False", "2024-02-01"), ("True", "2024-01-01"), ("False", R), {"superseded": 1}, {}),
        (("False", "2024-01-01"), ("True", "2024-01-01"), ("False", ""), {"duplicate": 1}, {"same_page": 1}),
        (("False", None), ("True", "2024-01-01"), ("False", ""), {"duplicate": 1}, {"same_page": 1}),
    ],
)
def test_of_two_reviews_of_one_page_and_claim_the_later_stays_or_neither_decides(take, first, second, kept, dropped, conflicts):
    urls = (f"{HOST}/1#a", f"{HOST}/1#b")
    done, (row,) = take(
        [review(rating=rating, url=url, datePublished=date) for (rating, date), url in zip((first, second), urls, strict=True)]
    )
    assert (row["rating"], row["label"]) == kept
    assert (done.dropped, done.conflicts) == (dropped, conflicts)


@pytest.mark.parametrize(
    ("repeats", "kept"),
    [
        ([("False", "2024-01-01"), ("False.", "2024-03-01"), ("True", "2024-02-01")], ("False.", R)),
        ([("False", "2024-01-01"), ("True", "2024-01-01"), ("Rotten", "2024-01-01")], (None, "")),
        ([("False", "2024-01-01"), ("False", "2024-01-01"), ("True", "2024-01-01")], (None, "")),
        ([("False", "2024-01-01"), ("True", "2024-01-01"), ("True.", "2024-01-02")], ("True.", S)),
    ],
)
def test_which_of_many_reviews_of_one_page_and_claim_stays_does_not_depend_on_their_order(take, repeats, kept):
    for order in itertools.permutations(repeats):
        _, (row,) = take([review(rating=rating, datePublished=date) for rating, date in order])
        assert (row["rating"] if kept[0] else None, row["label"]) == kept


def test_repeats_of_a_review_are_counted_once(take):
    done, _ = take([review(rating=numbered("False", 5)), review("Rain", "Rotten"), review("Sun", numbered("False", 1, 1, 5))] * 4)
    assert (done.conflicts, done.unmapped, done.numbers) == ({"words_and_number": 1}, {"Rotten": 1}, {"reversed_scale": 1})
    assert done.reversed_publishers == ()


def test_two_claims_of_one_page_are_two(take):
    done, rows = take([review(), review("Tea cures coughs")])
    assert done.kept == len({row["id"] for row in rows}) == 2


def test_publishers_that_disagree_are_both_kept_and_reported(take):
    done, rows = take([review(), review("tea cures colds.", "True", "https://b.example.org/1", author="Other Desk")])
    assert [row["label"] for row in rows] == [R, S]
    assert done.conflicts == {"other_page": 1}
    assert done.disagreements[0].startswith("Other Desk (https://b.example.org/1) says SUPPORTS and another page REFUTES")


def test_ids_stay_the_same_whatever_else_is_imported(take):
    _, (alone,) = take(review())
    _, rows = take([review("Rain is wet", "True", f"{HOST}/2"), review(rating="Nobody knows")])
    assert rows[1]["id"] == alone["id"]


# ---------------------------------------------------------------------------------------------------------------------
# What is left out
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "reason", "field"),
    [
        (review(None), "no_claim", "claimReviewed"),
        (review("<p> </p>"), "no_claim", "claimReviewed"),
        (review(None, itemReviewed={"@type": "CreativeWork", "name": "A film"}), "no_claim", "claimReviewed"),
        (review(rating={}), "no_rating", "alternateName"),
        (review(rating=numbered(None, -1, -1, -1)), "no_rating", "alternateName"),
        (review(url=None), "no_url", "url"),
        (review(url="javascript:alert(1)"), "no_url", "url"),
        (review(url="/checks/1"), "no_url", "url"),
        (review("x" * 5_001), "too_long", "claimReviewed"),
        (review(rating="x" * 1_001), "too_long", "alternateName"),
        (review(url=HOST + "/" + "x" * 2_000), "too_long", "url"),
    ],
)
def test_a_review_without_what_it_needs_is_dropped_counted_and_named(take, document, reason, field):
    done, rows = take([document, review()])
    assert (done.read, done.kept, len(rows)) == (2, 1, 1)
    assert done.dropped == {reason: 1}
    assert done.fault_count == 1
    assert done.faults[0].place == "0-in.json:1, character 1, review 1"
    assert done.faults[0].field.endswith(field)


def test_a_bad_file_stops_no_other_and_is_named_with_its_place(take):
    done, rows = take("", '{"@type": "ClaimReview",\n]', b"\x1f\x8bgarbage", "<html></html>", {"@type": "WebPage"}, review())
    assert len(rows) == 1
    assert [str(fault).partition(":")[0] for fault in done.faults] == [f"{n}-in.json" for n in range(5)]


def test_faults_are_listed_up_to_a_limit_and_all_counted(take):
    done, _ = take([review(None, url=f"{HOST}/{n}") for n in range(250)])
    assert (len(done.faults), done.fault_count) == (claimreview.MAX_LISTED, 250)
    assert "... and 150 more documents or reviews with a fault" in list(done.lines())


def test_a_missing_source_writes_no_table(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(review()))
    with pytest.raises(InputError, match=r"none\.json"):
        import_reviews([tmp_path / "a.json", tmp_path / "none.json"], tmp_path / "known.jsonl")
    assert not (tmp_path / "known.jsonl").exists()


def test_a_target_that_cannot_be_written_is_told_before_the_reading(tmp_path):
    for name, message in (
        *((f"known{ending}", r"\.csv, \.jsonl, \.ndjson only") for ending in ("", ".xyz", ".tsv", ".json", ".parquet", ".xlsx", ".csv.gz")),
        ("none/known.csv", "does not exist"),
    ):
        with pytest.raises(InputError, match=message):
            import_reviews([tmp_path / "none.json"], tmp_path / name)


def test_a_claim_that_a_spreadsheet_would_run_is_disarmed_in_csv_only(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(review("=HYPERLINK(1)")))
    for name, text in (("known.csv", "'=HYPERLINK(1)"), ("known.jsonl", '"=HYPERLINK(1)"')):
        import_reviews([tmp_path / "a.json"], tmp_path / name)
        assert text in (tmp_path / name).read_text()


# ---------------------------------------------------------------------------------------------------------------------
# Export
# ---------------------------------------------------------------------------------------------------------------------


def test_a_confirmed_row_becomes_a_whole_claimreview(publish):
    _, text = publish({})
    assert json.loads(text) == [
        {
            "@context": "https://schema.org",
            "@type": "ClaimReview",
            "url": f"{HOST}/1",
            "claimReviewed": "Tea cures colds",
            "itemReviewed": {"@type": "Claim", "name": "Tea cures colds"},
            "author": {"@type": "Organization", "name": "Tea Desk", "url": HOST},
            "reviewRating": {"@type": "Rating", "alternateName": "False", "ratingValue": 1, "bestRating": 5, "worstRating": 1},
            "datePublished": "2024-05-01",
        }
    ]


@pytest.mark.parametrize("confirmed", ["", "no", "No", "false", "0", "maybe", "not confirmed", "unconfirmed"])
def test_a_row_that_no_human_confirmed_is_left_out_and_counted(publish, confirmed):
    done, text = publish({"confirmed": confirmed}, {"url": f"{HOST}/2", "confirmed": " YES "})
    assert (done.written, done.unconfirmed, done.faults) == (1, 1, ())
    assert [document["url"] for document in json.loads(text)] == [f"{HOST}/2"]


@pytest.mark.parametrize(("label", "value"), [(S, 5), (R, 1), (N, None), ("CONFLICTING", None), ("", None)])
def test_only_a_decided_label_has_a_number(publish, label, value):
    _, text = publish({"rating": "Our own words", "label": label})
    assert json.loads(text)[0]["reviewRating"].get("ratingValue") == value


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"claim": ""}, "claim"),
        ({"rating": " "}, "rating"),
        ({"url": ""}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://other.example.org/1"}, "url"),
        ({"url": "https://evildesk.example.org/1"}, "url"),
        ({"label": "WRONG"}, "label"),
        ({"label": S}, "rating"),
        ({"label": S, "rating": "Mostly false"}, "rating"),
        ({"url": f"{HOST}/\u202e1"}, "url"),
        ({"date": "1 May 2024"}, "date"),
        ({"date": "2024-02-30"}, "date"),
        ({"claim": "x" * 5_001}, "claim"),
    ],
)
def test_a_confirmed_row_that_a_consumer_would_reject_is_refused_and_named(publish, row, column):
    done, text = publish(row, {"url": f"{HOST}/2"})
    assert (done.written, done.refused) == (1, 1)
    assert [(fault.place, fault.field) for fault in done.faults] == [("decided.csv:2", column)]
    assert [document["url"] for document in json.loads(text)] == [f"{HOST}/2"]


def test_an_address_is_published_as_it_was_given(publish):
    done, text = publish({"url": f" {HOST}/?id=1&section=2&copy=3 "})
    assert done.faults == ()
    assert json.loads(text)[0]["url"] == f"{HOST}/?id=1&section=2&copy=3"


def test_a_lone_surrogate_is_no_crash(tmp_path):
    row = {"claim": "Tea \ud800", "url": f"{HOST}/1", "rating": "False", "label": R, "date": "", "confirmed": True}
    (tmp_path / "decided.json").write_text(json.dumps([row, {**row, "url": f"{HOST}/\ud800"}]))
    done = export_reviews(tmp_path / "decided.json", tmp_path / "out.json", publisher="Tea \udc80Desk", publisher_url=HOST)
    assert (done.written, [fault.field for fault in done.faults]) == (1, ["url"])
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))[0]["author"]["name"] == "Tea \ufffdDesk"


@pytest.mark.parametrize("name", ["decided.json", "decided.jsonl"])
def test_a_row_without_the_key_that_confirms_it_is_a_fault(tmp_path, name):
    row = {"claim": "Tea cures colds", "url": f"{HOST}/1", "rating": "False", "confirmed": "yes"}
    rows = [json.dumps({**row, "url": f"{HOST}/2", "confirmed": None}), json.dumps({**row, "confirmed": "yes"}), json.dumps({"claim": "x"})]
    (tmp_path / name).write_text("\n".join(rows) if name.endswith("l") else f"[{', '.join(rows)}]")
    done = export_reviews(tmp_path / name, tmp_path / "out.json", publisher="Tea Desk", publisher_url=HOST)
    assert (done.written, done.unconfirmed, done.refused) == (1, 1, 1)
    assert [fault.field for fault in done.faults] == ["confirmed"]


def test_a_subdomain_of_the_publisher_is_its_own(publish):
    done, _ = publish({"url": "https://checks.desk.example.org/1"}, {"url": "https://www.desk.example.org/1"})
    assert done.written == 2


def test_a_claim_given_twice_for_one_page_is_refused(publish):
    done, _ = publish({}, {"claim": "tea cures colds"})
    assert (done.written, done.refused) == (1, 1)


def test_a_ragged_row_is_refused_and_stops_no_other(tmp_path):
    path = decisions(tmp_path / "decided.csv", {})
    path.write_text(path.read_text().replace("\n", "\nragged,row\n", 1))
    done = export_reviews(path, tmp_path / "out.json", publisher="Tea Desk", publisher_url=HOST)
    assert (done.written, done.refused, done.faults[0].place) == (1, 1, "decided.csv:2")


HOSTILE = '</script><script>alert(1)</script><!-- & \u2028 "quoted" \\'


@pytest.mark.parametrize("name", ["out.json", "out.jsonld", "out.jsonl", "out.ndjson", "out.html"])
def test_a_hostile_claim_stays_text_in_every_format(publish, tmp_path, name):
    done, text = publish({"claim": HOSTILE}, {"url": f"{HOST}/2"}, name=name)
    assert done.written == 2
    assert not re.search(r"<(?!script type=\"application/ld\+json\">|/script>\n)|[&\u2028]", text)
    import_reviews([tmp_path / name], tmp_path / "again.jsonl")
    first, second = (json.loads(line) for line in (tmp_path / "again.jsonl").read_text().split("\n")[:2])
    assert (first["text"], second["text"]) == (" ".join(HOSTILE.split()), "Tea cures colds")


@pytest.mark.parametrize(
    ("publisher", "url"), [("", HOST), (" ", HOST), ("Tea Desk", ""), ("Tea Desk", "desk.example.org"), ("Tea Desk", "file:///etc")]
)
def test_without_a_name_and_an_address_nothing_is_published(publish, tmp_path, publisher, url):
    with pytest.raises(InputError, match="--publisher"):
        publish({}, publisher=publisher, publisher_url=url)
    assert not (tmp_path / "out.json").exists()


def test_a_missing_column_or_an_unknown_ending_is_an_error_of_the_input(tmp_path):
    (tmp_path / "a.csv").write_text("claim,url,rating\na,b,c\n")
    with pytest.raises(InputError, match="no column 'label'"):
        export_reviews(tmp_path / "a.csv", tmp_path / "out.json", publisher="Tea Desk", publisher_url=HOST)
    with pytest.raises(InputError, match=r"use one of \.json"):
        export_reviews(tmp_path / "a.csv", tmp_path / "out.xml", publisher="Tea Desk", publisher_url=HOST)


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    path = decisions(tmp_path / "decided.csv", {})
    with pytest.raises(InputError, match="cannot be written"):
        export_reviews(path, tmp_path / "none" / "out.json", publisher="Tea Desk", publisher_url=HOST)
    (tmp_path / "out.json").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        export_reviews(path, tmp_path / "out.json", publisher="Tea Desk", publisher_url=HOST)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["decided.csv", "out.json"]


# ---------------------------------------------------------------------------------------------------------------------
# Lint
# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def faults(tmp_path):
    """Lint a document and return field and first words of each fault."""

    def faults(document):
        path = tmp_path / "a.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return [(fault.field, fault.advice) for fault in lint_reviews([path])]

    return faults


def test_a_good_review_has_no_faults(faults):
    assert (
        faults(review(rating=numbered("False", 1), datePublished="2024-05-01T10:00:00Z", itemReviewed={"@type": "Claim", "name": "Tea"}))
        == []
    )


@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        (review(**{"@context": None}), "@context", "is missing"),
        (review(None), "claimReviewed", "is missing"),
        (review(" "), "claimReviewed", "is empty"),
        (review("\x00"), "claimReviewed", "is empty"),
        (review("Tea &#" + "1" * 5_000), "claimReviewed", "holds HTML"),
        (review({"@value": "Tea"}), "claimReviewed", "is not plain text"),
        (review("Tea &amp; toast"), "claimReviewed", "holds HTML"),
        (review("<b>Tea</b>"), "claimReviewed", "holds HTML"),
        (review(url=None), "url", "is missing"),
        (review(url="/1"), "url", "is no address"),
        (review(url=["https://a.example.org"]), "url", "is not plain text"),
        (review(author=None), "author", "is missing"),
        (review(author="Tea Desk"), "author", "is plain text"),
        (review(author={"@type": "Organization"}), "author", "has no name"),
        (review(datePublished="1 May 2024"), "datePublished", "is no ISO date"),
        (review(datePublished=["2024-05-01"]), "datePublished", "is no ISO date"),
        (review(datePublished="2024-02-30"), "datePublished", "is no ISO date"),
        (review(itemReviewed={"@type": "CreativeWork"}), "itemReviewed", "is no Claim"),
        (review(reviewRating="False"), "reviewRating", "is missing, or no object"),
        (review(reviewRating=[{"alternateName": "False"}]), "reviewRating", "is missing, or no object"),
        (review(rating={"@type": "Rating", "ratingValue": 1}), "reviewRating.alternateName", "is missing"),
        (review(rating={"alternateName": {"@value": "False"}}), "reviewRating.alternateName", "is not plain text"),
        (review(rating=numbered("False", "one")), "reviewRating.ratingValue", "is no number"),
        (review(rating=numbered("False", -1, -1, -1)), "reviewRating", "has -1"),
        (review(rating=numbered("False", 1, 1, 5)), "reviewRating", "has bestRating below worstRating"),
        (review(rating=numbered("False", 1, 1, 1)), "reviewRating", "has bestRating equal"),
        (review(rating=numbered("False", 9)), "reviewRating", "has a ratingValue outside"),
        ("{", "", "is not JSON"),
    ],
)
def test_each_fault_is_named_with_its_field(faults, document, field, words):
    ((seen_field, advice),) = faults(document)
    assert seen_field == field
    assert advice.startswith(words)


def test_a_claim_rated_twice_on_one_page_is_a_fault(faults):
    ((_, again),) = faults(json.dumps(review()) + "\n" + json.dumps(review(url=f"{HOST}/1#b")))
    ((_, other),) = faults(json.dumps(review()) + "\n" + json.dumps(review(rating="True")))
    ((_, listed),) = faults([review(), review(rating="True")])
    assert again.endswith("is the same again; keep one")
    assert "'True' here and 'False' there" in other
    assert "'True' here and 'False' there" in listed


def test_a_lint_stops_behind_so_many_faults(faults, monkeypatch):
    monkeypatch.setattr(claimreview, "MAX_FAULTS", 20)
    found = faults("\n".join(json.dumps(review(url=None)) for _ in range(50)))
    assert len(found) == 21
    assert found[-1][1].startswith("20 faults stand before this")


def test_what_a_fault_shows_is_short_and_its_depth_harmless(faults, tmp_path):
    deep = json.dumps(review()).replace('"False"', "[" * 900 + "]" * 900)
    (tmp_path / "a.json").write_text(deep)
    assert [len(str(fault)) < 300 for fault in lint_reviews([tmp_path / "a.json"])] == [True]
