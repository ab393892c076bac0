"""Near-duplicates are found whatever the number of posts and never joined wrongly; subjects gather what is said in other words."""

import random

import pytest

from factcheck import clusters
from factcheck.clusters import AT_LEAST, near_duplicates, subjects, words_of
from factcheck.rows import share


def bags(*texts):
    return [words_of(text) for text in texts]


def made_up(count, seed, vocabulary=2_000):
    choose = random.Random(seed)
    return [frozenset(f"w{choose.randrange(vocabulary)}" for _ in range(choose.randrange(6, 25))) for _ in range(count)]


def test_words_are_those_that_an_evasive_spelling_hides_without_addresses_and_handles():
    assert words_of("@bee_board H0ney\u200b heals https://example.org/x ＣＯＵＧＨＳ!!") == {"honey", "heals", "coughs"}


def test_a_post_with_few_other_words_repeats_the_first_of_its_kind():
    texts = (
        "honey heals every cough within two days",
        "Honey heals EVERY cough within two days!!",
        "honey heals every cough within two short days",
    )
    assert near_duplicates(bags(*texts)) == [0, 0, 0]


@pytest.mark.parametrize(("changed", "near"), [(1, True), (2, True), (3, False), (9, False)])
def test_sets_are_near_from_four_fifths_of_the_richer_one_on(changed, near):
    one = frozenset("abcdefghij")
    other = frozenset([*"abcdefghij"[changed:], *(f"x{i}" for i in range(changed))])
    assert (near_duplicates([one, other]) == [0, 0]) is near


@pytest.mark.parametrize("turned", ["honey never heals a bad cough in winter", "hoax: honey heals a bad cough in winter"])
def test_a_post_that_turns_a_claim_round_repeats_it_not(turned):
    assert near_duplicates(bags("honey heals a bad cough in winter", turned)) == [0, 1]


def test_posts_without_words_repeat_none():
    assert near_duplicates([frozenset(), frozenset(), frozenset("ab"), frozenset()]) == [0, 1, 2, 3]
    assert near_duplicates([]) == []


def test_planted_repeats_are_found_and_nothing_else_is_joined():
    first = made_up(3_000, seed=1)
    choose = random.Random(2)
    again = [bag - {choose.choice(sorted(bag))} if len(bag) > 5 else bag for bag in first[:500]]
    leader = near_duplicates([*first, *again])
    every = [*first, *again]
    assert all(share(every[place], every[leader[place]]) >= AT_LEAST for place in range(len(every)) if leader[place] != place)
    assert sum(leader[3_000 + number] == leader[number] for number in range(500)) >= 490
    assert sum(leader[place] != place for place in range(3_000)) < 5


def test_the_first_of_a_group_repeats_no_other():
    leader = near_duplicates(made_up(2_000, seed=3, vocabulary=25))
    assert all(leader[first] == first for first in leader)
    assert len(set(leader)) < 2_000


def test_the_nearest_of_several_firsts_is_taken():
    words = [f"w{i}" for i in range(20)]
    near, nearer = frozenset([*words[:16], "a", "b", "c", "d"]), frozenset([*words[2:], "e", "f"])
    assert near_duplicates([near, nearer, frozenset(words)]) == [0, 1, 1]


def test_rewordings_of_one_claim_make_a_subject_and_the_rest_is_left_out():
    found = subjects(
        bags(
            "The mayor of Brevik sold the old lighthouse to a circus",
            "So the Brevik lighthouse was sold to some circus??",
            "Our team lost the match on Sunday",
            "A circus has bought the lighthouse at Brevik",
            "Soup tastes better with lemon",
        ),
        [1, 1, 1, 1, 1],
        most=5,
    )
    assert [sorted(places) for places in found] == [[0, 1, 3]]


def test_a_subject_is_as_large_as_its_posts_are_many_and_the_largest_comes_first():
    texts = bags(
        "red kites nest on the water tower",
        "the water tower has red kites",
        "ferries to Orrin are free on Mondays",
        "Orrin ferries free Mondays",
    )
    found = subjects(texts, [1, 1, 1, 40], most=5)
    assert [sorted(places) for places in found] == [[2, 3], [0, 1]]
    assert found[0][0] == 3
    assert len(subjects(texts, [1, 1, 1, 40], most=1)) == 1


def test_a_post_that_came_often_is_a_subject_by_itself_and_one_that_came_once_is_none():
    texts = bags("kites nest on towers", "kites swim in towers", "soup tastes with lemon", "ferries sink")
    assert subjects(texts, [1, 1, 1, 9], most=3) == [[3], [0, 1]]
    assert subjects(texts[2:], [1, 9], most=3) == [[1]]


def test_numbers_make_no_subject_and_part_none():
    assert subjects(bags("kites 4711 1999", "soup 4711 1999"), [1, 1], most=3) == []
    assert subjects(bags("14 kites nest on towers", "1,233 kites nest on 3.5% of towers"), [1, 1], most=3) == [[0, 1]]


def test_without_a_word_in_common_there_is_no_subject():
    assert subjects(bags("kites nest", "soup tastes"), [1, 1], most=3) == []
    assert subjects([], [], most=3) == []


def test_among_very_many_posts_a_sample_finds_the_subjects_and_all_are_gathered(monkeypatch):
    monkeypatch.setattr(clusters, "_MOST_READ", 40)
    texts = [f"the ferry number {i} to Orrin sinks every Monday" for i in range(150)] + [f"w{i} v{i} u{i}" for i in range(150)]
    found = subjects(bags(*texts), [1] * 300, most=3)
    assert sorted(found[0]) == list(range(150))
