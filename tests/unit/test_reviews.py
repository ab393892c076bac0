"""Reviews of claims: found wherever they stand in a file, and each field read in every form in which publishers write it."""

import json

import pytest

from factcheck.errors import InputError
from factcheck.reviews import MAX_NAME, find_reviews, identify, plain, read_review, short, text_of


@pytest.fixture
def read(tmp_path):
    """Return the reviews of a value, or of a text, in a file."""

    def read(content, name="file.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return [read_review(found.node) for found in find_reviews([path]) if not found.error]

    return read


def review(**fields):
    return {
        "@type": "ClaimReview",
        "url": "https://a.example.org/1",
        "claimReviewed": "Tea cures colds",
        "reviewRating": {"alternateName": "False"},
        **fields,
    }


# ---------------------------------------------------------------------------------------------------------------------
# Where a review stands
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        review(),
        [review()],
        [[review()]],
        {"@graph": [{"@type": "WebPage"}, review()]},
        {"@type": "DataFeed", "dataFeedElement": [{"@type": "DataFeedItem", "item": [review()]}]},
        {"@type": "DataFeed", "dataFeedElement": [{"@type": "DataFeedItem", "item": review()}]},
        {"@type": "NewsArticle", "mainEntity": {"review": review()}},
        {"@type": "WebPage", "hasPart": [review(), {"@type": "ClaimReview", "@id": "#only-a-reference"}]},
        review(**{"@type": ["ClaimReview"]}),
        review(**{"@type": ["Article", "http://schema.org/ClaimReview"]}),
        review(**{"@type": "https://schema.org/ClaimReview"}),
        review(**{"@type": "schema:ClaimReview"}),
        review(**{"@type": "claimReview"}),
        {"schema:" + key if key != "@type" else key: value for key, value in review().items()},
        {"http://schema.org/" + key if key != "@type" else key: value for key, value in review().items()},
        {"claims": [{"text": "Tea cures colds", "claimReview": [{"url": "https://a.example.org/1", "textualRating": "False"}]}]},
        {"@type": "Article", "claimReview": review()},
        {"@type": "Article", "claimReview": [review()]},
        {"@type": "Article", "text": "An article", "claimReview": [review()]},
        {"@type": "Article", "text": "An article", "claimReview": {"@graph": [review()]}},
        {"claimReview": [{"item": review()}]},
    ],
)
def test_a_review_is_found_once_wherever_it_stands(read, document):
    (found,) = read(document)
    assert (found.claim, found.url, found.words) == ("Tea cures colds", "https://a.example.org/1", "False")


def test_what_is_no_review_is_not_found(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"@type": "Review"}, {"@type": None}, {"@type": 5}, {"claimReview": "text"}, "ClaimReview", None]))
    (found,) = find_reviews([path])
    assert found.error == "holds no ClaimReview"


def test_references_inside_a_document_are_followed(read):
    graph = [
        {"@type": "Organization", "@id": "#desk", "name": "Tea Desk"},
        {"@type": "Rating", "@id": "#r", "alternateName": "False"},
        review(author={"@id": "#desk"}, reviewRating={"@id": "#r"}),
    ]
    (found,) = read({"@graph": graph})
    assert (found.publisher, found.words) == ("Tea Desk", "False")


@pytest.mark.parametrize("named", [{}, {"@id": "#other", "name": "x"}])
def test_expanded_names_inside_lists_are_read_with_and_without_references(read, named):
    long = "http://schema.org/"
    expanded = {
        "@type": [f"{long}ClaimReview"],
        f"{long}url": [{"@id": "https://a.example.org/1"}],
        f"{long}claimReviewed": [{"@value": "Tea cures colds"}],
        f"{long}author": [{f"{long}name": [{"@value": "Tea Desk"}]}],
        f"{long}reviewRating": [{**{f"{long}x{n}": n for n in range(60)}, f"{long}alternateName": [{"@value": "False"}]}],
    }
    (found,) = read([expanded, named])
    assert (found.claim, found.publisher, found.words) == ("Tea cures colds", "Tea Desk", "False")


def test_an_answer_without_a_claim_is_found_all_the_same(read):
    (found,) = read({"claims": [{"claimReview": [{"url": "https://a.example.org/1", "textualRating": "False"}]}]})
    assert (found.claim, found.words) == ("", "False")


def test_references_that_run_in_circles_end(read):
    graph = [
        {"@id": "#a", "name": {"@id": "#b"}, "x": 1},
        {"@id": "#b", "name": {"@id": "#a"}, "x": 1},
        review(author=[{"@id": "#a"}, {"@id": "#none"}]),
    ]
    (found,) = read({"@graph": graph})
    assert found.publisher == "a.example.org"


def test_an_answer_gives_each_review_of_each_claim(read):
    reviews = [
        {
            "publisher": {"name": "Tea Desk", "site": "a.example.org"},
            "url": "https://a.example.org/1",
            "reviewDate": "2024-05-01T00:00:00Z",
            "textualRating": "False",
        },
        {"publisher": {"site": "b.example.org"}, "url": "https://b.example.org/1", "textualRating": "True", "languageCode": "en"},
    ]
    one, two = read(
        {
            "claims": [{"text": "Tea cures colds", "claimant": "Somebody", "claimReview": reviews}, {"text": "No review"}],
            "nextPageToken": "x",
        }
    )
    assert (one.claim, one.publisher, one.date, one.words) == ("Tea cures colds", "Tea Desk", "2024-05-01", "False")
    assert (two.claim, two.publisher, two.date, two.words) == ("Tea cures colds", "b.example.org", "", "True")


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            "claimReviewed,url,reviewRating.alternateName,author,datePublished",
            "Tea cures colds,https://a.example.org/1,False,Tea Desk,2024-05-01",
        ),
        (
            "Review Date,Claim,Publisher,Review URL,Textual_Rating,extra",
            "1 May 2024,Tea cures colds,Tea Desk,https://a.example.org/1,False,x",
        ),
        ("id,text,rating,label,publisher,url,date", "1,Tea cures colds,False,,Tea Desk,https://a.example.org/1,2024-05-01"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_table_is_read_by_the_names_that_its_columns_often_have(read, header, row, ending):
    table = f"{header}\n{row}\n"
    (found,) = read(table if ending == "csv" else table.replace(",", "\t"), f"a.{ending}")
    assert (found.claim, found.url, found.words) == ("Tea cures colds", "https://a.example.org/1", "False")
    assert (found.publisher, found.date) == ("Tea Desk", "2024-05-01")


def test_a_bad_row_of_a_table_stops_no_other(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("claim,url,rating\nA,https://a.example.org/1,False\nB\nC,https://a.example.org/3,True\n")
    found = list(find_reviews([path]))
    assert [(item.place, bool(item.error)) for item in found] == [("a.csv:2", False), ("a.csv:3", True), ("a.csv:4", False)]


@pytest.mark.parametrize(("content", "what"), [("claim,link2\nA,b\n", "no column for url, alternateName"), ("", "empty")])
def test_a_table_that_cannot_be_read_is_an_error_in_its_place(tmp_path, content, what):
    (tmp_path / "a.csv").write_text(content)
    (tmp_path / "b.csv").write_text("claim,url,rating\nA,https://a.example.org/1,False\n")
    bad, good = find_reviews([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert what in bad.error
    assert not good.error


def test_a_missing_table_is_an_error_of_the_input(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        list(find_reviews([tmp_path / "none.csv"]))


@pytest.mark.parametrize(
    ("document", "lacks"),
    [
        (review(), True),
        ({"@context": "https://schema.org", **review()}, False),
        ({"@context": ["http://schema.org/", {"x": "y"}], "@graph": [review()]}, False),
        ([{"@context": {"@vocab": "http://schema.org/"}, **review()}], False),
        ({"@context": "https://example.org/", "@graph": [review()]}, True),
        ({"@context": [[["schema.org"]]], "@graph": [review()]}, True),
    ],
)
def test_a_document_that_does_not_name_the_vocabulary_is_told(tmp_path, document, lacks):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    (found,) = find_reviews([path])
    assert found.lacks_context is lacks


# ---------------------------------------------------------------------------------------------------------------------
# Fields
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "author",
    [
        "Tea Desk",
        {"name": "Tea Desk"},
        {"@type": "Person", "name": {"@value": "Tea Desk"}},
        [{"url": "https://x"}, {"name": "Tea Desk"}],
        ["", "Tea  Desk"],
        {"name": ["Tea Desk"]},
    ],
)
def test_the_publisher_is_read_from_every_form(author):
    assert read_review(review(author=author)).publisher == "Tea Desk"


def test_without_an_author_the_publisher_or_else_the_host_counts():
    assert read_review(review(publisher={"name": "Tea Desk"})).publisher == "Tea Desk"
    assert read_review(review(author={"url": "https://x.example.org"})).publisher == "a.example.org"
    assert read_review(review(author="https://www.desk.example.org/about")).publisher == "desk.example.org"


def test_a_long_name_is_cut():
    assert read_review(review(author="x" * 5_000)).publisher == "x" * MAX_NAME


@pytest.mark.parametrize(
    ("rating", "words"),
    [
        ("False", "False"),
        ({"alternateName": "False"}, "False"),
        ({"alternateName": {"@value": "False", "@language": "en"}}, "False"),
        ({"alternateName": [{"@language": "en", "@value": "False"}, {"@language": "de", "@value": "Falsch"}]}, "False"),
        ({"alternateName": ["", "False"]}, "False"),
        ({"alternateName": "", "name": "False"}, "False"),
        ({"ratingValue": "False"}, "False"),
        ({"ratingValue": {"@value": "False"}}, "False"),
        ({"@value": "False"}, "False"),
        ([{"alternateName": "False"}, {"alternateName": "False"}], "False"),
        ([{"alternateName": "False"}, {"alternateName": "True"}], "False; True"),
        ({"alternateName": 5}, "5"),
        ({"ratingValue": "1"}, ""),
        (3, ""),
        (None, ""),
        (True, ""),
        ([[["False"]]], ""),
    ],
)
def test_the_words_of_a_rating_are_read_from_every_form(rating, words):
    assert read_review(review(reviewRating=rating)).words == words


@pytest.mark.parametrize(
    ("rating", "shown"),
    [
        ({"ratingValue": "1", "bestRating": "5", "worstRating": "1"}, "1 (1 to 5)"),
        ({"ratingValue": 7, "bestRating": 10, "worstRating": 0}, "7 (0 to 10)"),
        (2, "2 (1 to 5)"),
        ({"ratingValue": -1}, ""),
        ({"ratingValue": -1, "alternateName": "False"}, "False"),
    ],
)
def test_without_words_the_number_and_its_scale_stand_for_them(rating, shown):
    assert read_review(review(reviewRating=rating)).rating == shown


def test_the_claim_is_that_of_the_reviewed_claim_where_the_field_is_missing():
    without = {key: value for key, value in review().items() if key != "claimReviewed"}
    assert read_review({**without, "itemReviewed": {"@type": "Claim", "name": "Tea cures"}}).claim == "Tea cures"
    assert read_review({**without, "itemReviewed": [{"@type": ["Claim"], "text": "Tea cures"}]}).claim == "Tea cures"
    assert read_review({**without, "itemReviewed": {"@type": "CreativeWork", "name": "A film about tea"}}).claim == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"url": " https://b.example.org/1\n"},
        {"url": {"@id": "https://b.example.org/1"}},
        {"url": ["https://b.example.org/1", "https://b.example.org/2"]},
        {"url": "&amp;&#" + "1" * 5_000, "@id": "https://b.example.org/1"},
        {"url": "//b.example.org/1"},
        {"url": None, "mainEntityOfPage": {"@id": "https://b.example.org/1"}},
        {"url": "/1", "@id": "https://b.example.org/1"},
    ],
)
def test_the_address_is_read_from_every_form(fields):
    assert read_review(review(**fields)).url == "https://b.example.org/1"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Tea &amp;amp; toast", "Tea & toast"),
        ("&lt;p&gt;Tea&lt;/p&gt; <b>cures</b><br/>colds", "Tea cures colds"),
        (" Tea\n\tcures\u00a0colds ", "Tea cures colds"),
        ("Tea \u202ecures\u2066 \x1b[31mcolds\x07", "Tea cures [31mcolds"),
        ("\ud83d\udca3 lone \ud800", "\ufffd\ufffd lone \ufffd"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("Tea &#" + "1" * 5_000 + "; cures", "Tea \ufffd cures"),
        ("Tea &amp;#" + "1" * 5_000 + "; cures", "Tea \ufffd cures"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
    ],
)
def test_a_text_comes_out_plain(text, read):
    assert plain(text) == read


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("1 May 2024", "2024-05-01"),
        (1714521600000, "2024-05-01"),
        (2024050112, ""),
        ({"@value": "2024-05-01"}, "2024-05-01"),
        (["soon", "2024-05-01", "2024-06-01"], "2024-05-01"),
        ([["2024-05-01"]], ""),
        (None, ""),
        (True, ""),
        (1.5, ""),
        ({}, ""),
    ],
)
def test_the_day_is_read_from_every_form(value, day):
    assert read_review(review(datePublished=value)).date == day


def test_a_value_is_shown_without_its_whole_being_written():
    unreached = object()  # no JSON: a message that wrote the whole would fail here
    shown = short([{"a": "x" * 10}] * 20 + [unreached])
    assert shown.startswith('\'[{"a": "xxxxxxxxxx"}, ')
    assert len(shown) <= 62
    assert short({"a": [1, None]}) == "'{\"a\": [1, null]}'"
    assert short([]) == "'[]'"
    assert (short(None), short("")) == ("", "")


def test_lists_inside_lists_hold_no_text():
    assert text_of([["x"], "y"]) == "y"


def test_the_id_is_that_of_page_and_claim():
    first = identify("https://a.example.org/1", "Tea cures colds")
    assert first == "d51b8af889168202"
    assert identify("https://a.example.org/1#part-2", "tea cures COLDS") == first
    assert identify("https://a.example.org/1", "Tea cures coughs") != first
    assert identify("https://a.example.org/#!/1", "x") != identify("https://a.example.org/#!/2", "x")
