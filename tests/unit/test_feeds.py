"""Documents of a file: every form is recognised, a broken one never takes its neighbours with it, and memory stays bounded."""

import gzip
import json
import random
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck import feeds
from factcheck.errors import InputError
from factcheck.feeds import read_documents


@pytest.fixture
def read(tmp_path):
    """Write text or bytes to a file and return its documents."""

    def read(content, name="file.json"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read_documents(path))

    return read


def good(documents):
    return [document.value for document in documents if not document.error]


def errors(documents):
    return [f"{document.place}: {document.error}" for document in documents if document.error]


def script(content, kind="application/ld+json"):
    return f'<script type="{kind}">{content}</script>\n'


@pytest.fixture
def small_window(monkeypatch):
    """Documents of at most 2,000 characters, read in small pieces, so that a test meets the edges of the window."""
    monkeypatch.setattr(feeds, "MAX_DOCUMENT", 2_000)
    monkeypatch.setattr(feeds, "_SIP", 97)
    monkeypatch.setattr(feeds, "_PIECE", 97)
    monkeypatch.setattr(feeds, "_AHEAD", 64)


# ---------------------------------------------------------------------------------------------------------------------
# What a file holds is seen by its first bytes
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.json", "a.html", "a.txt", "a"])
def test_one_value_is_one_document_whatever_the_name(read, name):
    assert good(read(' \n{"n": [1, 2]}\n', name)) == [{"n": [1, 2]}]


def test_lines_of_json_are_documents_with_their_lines(read):
    found = read('{"n": 1}\n\n{"n": 2}\n')
    assert [(document.place, document.value) for document in found] == [
        ("file.json:1, character 1", {"n": 1}),
        ("file.json:3, character 11", {"n": 2}),
    ]


def test_gzip_is_recognised_by_its_first_bytes(read):
    assert good(read(gzip.compress(b'{"n": 1}'), "plain.json")) == [{"n": 1}]


@pytest.mark.parametrize("count", [20, 5_000, 50_000])
@pytest.mark.parametrize("form", ["{}\n", '<script type="application/ld+json">{}</script>\n'])
def test_a_cut_gzip_file_gives_what_could_be_read_and_an_error(read, count, form):
    lines = [form.replace("{}", json.dumps({"n": n, "x": random.Random(n).randbytes(20).hex()})).encode() for n in range(count)]
    packed = gzip.compress(b"".join(lines))
    half = packed[: len(packed) // 2]
    whole_lines = zlib.decompressobj(31).decompress(half).count(b"\n")
    found = read(half)
    assert len(good(found)) >= 0.9 * whole_lines > 0
    assert len(errors(found)) <= 2
    assert "cannot be read" in errors(found)[-1]


def test_a_damaged_gzip_file_is_an_error_and_no_crash(read):
    assert errors(read(b"\x1f\x8b" + b"garbage" * 20))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read(read, encoding):
    assert good(read('{"n": "é"}'.encode(encoding))) == [{"n": "é"}]


def test_bytes_that_are_not_utf8_are_replaced_and_told_once(read):
    found = read(b'{"n": "caf\xe9"}\n{"n": "\xe9"}')
    assert good(found) == [{"n": "caf\ufffd"}, {"n": "\ufffd"}]
    assert len(errors(found)) == 1
    assert "UTF-8" in errors(found)[0]


@pytest.mark.parametrize(
    ("content", "what"), [("", "empty"), (" \n ", "empty"), ("id,text\n1,a\n", "neither JSON nor HTML"), ("<p>none</p>", "no script")]
)
def test_a_file_without_documents_says_so(read, content, what):
    found = read(content)
    assert good(found) == []
    assert what in errors(found)[0]


def test_a_missing_file_and_a_folder_are_errors_of_the_input(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match="cannot be opened"):
            list(read_documents(path))


# ---------------------------------------------------------------------------------------------------------------------
# Script elements
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        script('{"n": 1}'),
        "<!doctype html><html><body>" + script("var n = {'n': 2}", "text/javascript") + script('{"n": 1}') + "</body>",
        script('\n/*<![CDATA[*/ {"n": 1} /*]]>*/\n'),
        script('//<![CDATA[\n{"n": 1}\n//]]>'),
        script('<!-- {"n": 1} -->'),
        script('{"n": 1};'),
        script("{&quot;n&quot;: 1}"),
        '<SCRIPT data-x="a" TYPE=application/ld+json;charset=utf-8 >{"n": 1}</SCRIPT >',
        '<script type="application/ld&#43;json">{"n": 1}</script>',
    ],
)
def test_json_ld_is_found_in_a_page_however_it_is_wrapped(read, page):
    found = read(page, "page.html")
    assert (good(found), errors(found)) == ([{"n": 1}], [])


@pytest.mark.parametrize("number", ["1" * 5_000, "1" * 9 + ";", "0" * 12])
def test_an_entity_that_is_no_character_is_replaced(read, number):
    assert feeds.unescaped(f"a &#{number}") == "a \ufffd"
    assert good(read(f'<script type="application/ld+json&#{number[:1_000]}">{{"n": 1}}</script>')) == [{"n": 1}]
    assert good(read(script("{&quot;n&quot;: &quot;&#" + number + "&quot;}"))) == [{"n": "\ufffd"}]


@pytest.mark.parametrize("content", ["/*" * 600_000, '{"n": 1' + ";" * 1_200_000, "<!--\n" * 400_000 + "{"])
def test_marks_without_end_around_an_element_take_no_time(read, content):
    begin = time.process_time()
    assert "is not JSON" in errors(read(script(content)))[0]
    assert time.process_time() - begin < 2


def test_a_dump_has_one_element_a_line_and_a_broken_one_stops_no_other(read):
    found = read(
        script('{"n": 1}') + script('{"n": }') + '<script type="application/ld+json">{"n": 3}\n' + script('{"n": 4}') + script('{"n": 5}')
    )
    assert good(found) == [{"n": 1}, {"n": 4}, {"n": 5}]
    assert [error.split(", ")[0] for error in errors(found)] == ["file.json:2", "file.json:3"]


def test_a_page_that_opens_elements_and_closes_none_ends(read):
    found = read('<script type="application/ld+json">{' * 1_500)
    assert good(found) == []
    assert "more than 1,000 broken" in errors(found)[-1]


def test_script_elements_are_found_across_the_edges_of_the_window(read, small_window):
    filler = "<p>" + "x" * 1_700 + "</p>"
    found = read("".join(filler + script(json.dumps({"n": n})) for n in range(30)))
    assert (good(found), errors(found)) == ([{"n": n} for n in range(30)], [])


# ---------------------------------------------------------------------------------------------------------------------
# Long and broken JSON
# ---------------------------------------------------------------------------------------------------------------------

ITEMS = st.lists(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=30), lambda x: st.lists(x, max_size=3)),
    ),
    max_size=40,
)


@given(items=ITEMS, indent=st.sampled_from([None, 1]), keyed=st.booleans(), ascii_only=st.booleans())
def test_the_elements_of_a_list_longer_than_the_window_are_those_that_json_reads(tmp_path_factory, items, indent, keyed, ascii_only):
    path = tmp_path_factory.getbasetemp() / "long.json"
    items = [{"@type": "X", **item} for item in items] * 3
    path.write_text(
        json.dumps({"": "b", "list": items, "z": {"q": []}} if keyed else items, indent=indent, ensure_ascii=ascii_only), "utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeds, "MAX_DOCUMENT", 200_000)
        patch.setattr(feeds, "_SIP", 97)
        patch.setattr(feeds, "_PIECE", 97)
        patch.setattr(feeds, "_AHEAD", 64)
        whole = list(read_documents(path))
        patch.setattr(feeds, "MAX_DOCUMENT", 8_000)
        parts = list(read_documents(path))
    assert errors(whole) == errors(parts) == []
    assert good(parts) in (items, good(whole))


def feed(*elements):
    return '{"@type": "DataFeed", "dataFeedElement": [' + ", ".join(elements) + '], "n": 1}'


ELEMENTS = [json.dumps({"@type": "DataFeedItem", "n": n, "text": 'a "quoted" {brace} [n]' * (n % 7)}) for n in range(60)]


@pytest.mark.parametrize(
    "broken",
    [
        '{"@type": "DataFeedItem", "n": }',
        '{"@type": "DataFeedItem", "n": "not closed}',
        '{"@type": "Data',
        '{"@type": "DataFeedItem\n',
        '{"@type": "DataFeedItem", "n": "an "inner" quote"}',
        '{"@type": "DataFeedItem", "n": [1, 2}',
        '{"@type": "DataFeedItem", "n": {"m": 1}',
        '{"@type": "DataFeedItem", "n": "\\x"}',
        '{"@type": "DataFeedItem", n: 1}',
        '{"@type": "DataFeedItem", "n": ' + "[" * 1_500 + "]" * 1_500 + "}",
        "undefined",
    ],
)
@pytest.mark.parametrize("window", ["small_window", "tmp_path"])
def test_a_broken_element_of_a_feed_takes_no_other_with_it(read, request, broken, window):
    request.getfixturevalue(window)
    found = read(feed(*ELEMENTS[:30], broken, *ELEMENTS[30:]))
    assert [value["n"] for value in good(found)] == list(range(60))
    assert len(errors(found)) == 1


def test_an_unclosed_string_that_ends_in_a_backslash_takes_no_time():
    begin = time.process_time()
    assert feeds._closed("{" + '"\\' * 40_000, 0, 100_000) == 0
    assert time.process_time() - begin < 2


def test_a_broken_element_ends_where_its_brackets_close_when_no_other_begins_as_it_does(read):
    found = read(feed('{"a": [1, {"b": "}"}], "c": }', '{"d": 1}', '{"e": }') + '\n{"f": 1}')
    assert good(found) == [{"d": 1}, {"f": 1}]
    assert len(errors(found)) == 2


def test_an_element_that_is_too_long_takes_no_other_with_it(read, small_window):
    found = read(feed(*ELEMENTS[:30], '{"@type": "DataFeedItem", "n": "' + "long " * 9_000 + '"}', *ELEMENTS[30:]))
    assert [value["n"] for value in good(found)] == list(range(60))
    assert ["is longer than" in error for error in errors(found)] == [True]


def test_a_broken_document_between_lines_stops_no_other(read):
    found = read('{"n": 1}\n{"n": 2,,}\n{"n": 3\n{"n": 4}\ngarbage\n[{"n": 5}]\n')
    assert good(found) == [{"n": 1}, {"n": 4}, [{"n": 5}]]
    assert [error.split(",")[0] for error in errors(found)] == ["file.json:2", "file.json:3", "file.json:5"]


LINE = '{"@type": "ClaimReview", "n": 2, "list": [{"a": 1, "b": ["x", {"c": "\\\\ \\" {"}]}, {"d": null}], "e": {"f": 1.5, "g": []}}'


@pytest.mark.parametrize("window", ["small_window", "tmp_path"])
@pytest.mark.parametrize("neighbour", ['{"n": %d}', '{"@type": "ClaimReview", "list": [{"a": "x, {y"}], "n": %d}'])
def test_a_line_that_is_cut_anywhere_takes_no_other_with_it(read, request, window, neighbour):
    request.getfixturevalue(window)
    for cut in range(1, len(LINE)):
        one, *others = (neighbour % n for n in (1, 3, 4, 5))
        found = read("\n".join([one, LINE[:cut], *others]) + "\n")
        assert [value["n"] for value in good(found) if "n" in value] == [1, 3, 4, 5], LINE[:cut]
        assert errors(found), LINE[:cut]


def test_two_lines_that_are_cut_take_no_other_with_them(read):
    for cut in range(1, len(LINE)):
        found = read(f'{{"n": 1}}\n{LINE[:cut]}\n{LINE[:-cut]}\n{{"n": 3}}\n{{"n": 4}}\n')
        assert [value["n"] for value in good(found) if "n" in value] == [1, 3, 4], LINE[:cut]


def test_what_can_be_read_of_a_line_that_is_cut_is_kept(read):
    assert [value["n"] for value in good(read('{"list": [{"n": 1}, {"n": 2}, {"n"\n{"n": 3}\n{"n": 4}'))] == [1, 2, 3, 4]


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_the_elements_of_a_broken_list_are_elements_also_when_each_has_a_line(read, line_break):
    found = read(line_break.join(["[", '{"n": 1},', '{"n": },', '{"n": 2},', '{"n": 3}', "]"]))
    assert [(document.value["n"], document.element) for document in found if not document.error] == [(1, True), (2, True), (3, True)]
    assert len(errors(found)) == 1


@pytest.mark.parametrize(
    "content",
    [
        '{"@type": "A", "n": 1,}',
        '{"@type": "A" "n": 1}',
        '{"a": [{"b": 1}],}',
        '{"a": {"b": }}',
        '[{"a": 1}',
        '{"a": [{"b": 1}]',
        '{"a"',
        "[",
        "{",
        "[1 2]x",
    ],
)
def test_nothing_broken_passes_in_silence(read, content):
    assert errors(read(content))


def test_what_is_common_and_harmless_is_forgiven(read):
    (value,) = good(read('{"a": "line\nbreak", "b": NaN, "c": ' + "9" * 5_000 + ', "d": 1e999}'))
    assert value == {"a": "line\nbreak", "b": None, "c": "9" * 5_000, "d": "1e999"}


def test_a_file_of_nothing_but_broken_elements_ends(read):
    found = read(feed(*['{"@type": }'] * 5_000))
    assert len(errors(found)) == feeds.MAX_BROKEN + 1
    assert "more than 1,000 broken" in errors(found)[-1]


def test_a_file_that_unpacks_without_end_is_left(read, monkeypatch):
    monkeypatch.setattr(feeds, "MAX_UNPACKED", 100_000)
    found = read(gzip.compress(b'{"n": 1}\n' * 200_000))
    assert "longer than 100,000" in errors(found)[-1]


def test_memory_does_not_grow_with_a_feed(tmp_path):
    path = tmp_path / "feed.json"
    path.write_text(feed(*[json.dumps({"@type": "DataFeedItem", "n": n, "text": "x" * 900}) for n in range(20_000)]))
    tracemalloc.start()
    count = sum(1 for _ in read_documents(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < path.stat().st_size
