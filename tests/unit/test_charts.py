"""Charts are SVG that takes the page's colours and font, names what they show as text, and depend on their figures alone."""

import re
from xml.dom import minidom

import matplotlib as mpl
import pytest

from factcheck.charts import time_chart, topics_chart

TOPICS = {"bees": {"refutes": 7, "supports": 2}, 'id="x" <b> $y_1$ #0102 &&': {"conflicting": 1}}


def words(svg):
    return [text.firstChild.data for text in minidom.parseString(svg).getElementsByTagName("text") if text.firstChild]


def test_topics_and_their_totals_stand_as_text_whatever_a_topic_is_called():
    assert sorted(words(topics_chart(TOPICS))) == sorted(["9", "1", "bees", 'id="x" <b> $y_1$ #0102 &&'])


@pytest.mark.parametrize(
    ("days", "period"),
    [
        (["2024-03-01"], "day"),
        (["2024-03-01", "2024-04-15"], "day"),
        (["2024-03-01", "2024-04-16"], "week"),
        (["2023-01-01", "2024-02-06"], "month"),
        (["1900-01-01", "2099-12-31"], "month"),
    ],
)
def test_a_bar_is_as_long_a_time_as_the_span_asks_for(days, period):
    svg, found = time_chart({"All posts": dict.fromkeys(days, 2), "bees": {days[0]: 1}})
    assert found == period
    shown = words(svg)
    assert {"All posts", "bees"} <= set(shown)
    assert len([text for text in shown if text[:2] in {"19", "20"}]) <= 8


def test_posts_of_one_week_stand_in_one_bar():
    svg, _ = time_chart({"All posts": {"2024-03-04": 1, "2024-03-10": 2, "2024-03-11": 5, "2024-05-01": 1}})
    assert "5" in words(svg)  # the tallest is named, and not 3
    svg, _ = time_chart({"All posts": {"2024-03-04": 3, "2024-03-10": 4, "2024-03-11": 5, "2024-05-01": 1}})
    assert "7" in words(svg)


def test_a_chart_has_no_colour_font_style_or_address_of_its_own():
    for svg in (topics_chart(TOPICS), time_chart({"All posts": {"2024-03-01": 2}})[0]):
        tags = "".join(re.findall("<[^>]*>", svg))
        assert not re.search(r"#[0-9a-f]{6}|<style|font-family|https?:|<metadata|<script|<image", tags)
        assert set(re.findall(r"var\(--(\w+)\)", tags)) <= {"ink", "rule", "surface", "supports", "refutes", "conflicting", "undecided"}


def test_identifiers_of_two_charts_differ():
    ids = [
        set(re.findall(r'\bid="([^"]*)"', svg))
        for svg in (topics_chart({"bees": {"refutes": 1}}), time_chart({"All": {"2024-03-01": 1}})[0])
    ]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_a_chart_is_the_same_under_a_users_settings_which_it_leaves_alone():
    plain = topics_chart(TOPICS)
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "mine", "svg.fonttype": "path", "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        assert topics_chart(TOPICS) == plain
        assert dict(mpl.rcParams) == before
