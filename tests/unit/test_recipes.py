"""Recipes: what is read, what is refused, and which research rows are kept from training."""

import json

import pytest

from factcheck import recipes
from factcheck.errors import InputError, RecipeError
from factcheck.recipes import PairSet, held_out, read_recipe

RECIPE = 'name = "tiny"\nclaims = "claims.csv"\nstatements = "statements.csv"\n'
STAGES = "[encoder]\nbase = 'x'\n[[stages]]\nname = 'a'\n"
PAIR = {"claim": "Tin melts when it is hot", "evidence": "Tin melts at 232 degrees.", "label": "SUPPORTS"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "is not TOML"),
        (RECIPE + 'nme = "x"\n', "unknown key 'nme'"),
        (RECIPE.replace('"tiny"', "7"), "name is int, it must be str"),
        ('name = "tiny"\n', "claims, statements missing"),
        (RECIPE + 'split = "random"\n', "split is 'random'"),
        (RECIPE + "verifier = 3\n", "verifier is int"),
        (RECIPE + "[verifier]\nc = 1\n", r"verifier\.c is unknown; allowed are C"),
        (RECIPE + '[verifier]\nC = "big"\n', r"verifier\.C is 'big'"),
        (RECIPE + "[verifier]\nC = 0\n", r"verifier\.C is 0"),
        (RECIPE + "[verifier]\nC = true\n", r"verifier\.C is True"),
        (RECIPE + "[verifier]\nmax_iter = 1.5\n", r"verifier\.max_iter is 1\.5; it must be a whole number"),
        (RECIPE + "[rule]\nmax_errors = 0.1\n", r"rule\.max_errors is unknown"),
        (RECIPE + "[rule]\nmax_error = 15\n", r"rule\.max_error is 15; .*at most 1"),
        (RECIPE + "[rule]\ngate_recall = nan\n", r"rule\.gate_recall is nan"),
        (RECIPE + '[[pairs]]\nfiel = "x"\n', r"pairs\.fiel is unknown; allowed are file, licence, weight"),
        (RECIPE + "[[pairs]]\nweight = 1\n", "pairs lacks file"),
        (RECIPE + 'pairs = ["x.jsonl"]\n', r"pairs holds 'x\.jsonl'; it must be a table"),
        (RECIPE + "[[pairs]]\nfile = 3\n", r"pairs\.file is 3"),
        (RECIPE + '[[pairs]]\nfile = "x"\nweight = "much"\n', r"pairs\.weight is 'much'; it must be a number above 0"),
        (RECIPE + '[[pairs]]\nfile = "x"\nweight = -1\n', r"pairs\.weight is -1"),
        (RECIPE + '[[pairs]]\nfile = "x"\nweight = true\n', r"pairs\.weight is True"),
        (RECIPE + "[encoder]\nbase = 'x'\n", r"\[encoder\] and \[\[stages\]\]"),
        (RECIPE + "[rule]\nmax_error = 1.0\n", r"rule\.max_error is 1\.0; it must be below 1"),
        (RECIPE + STAGES.replace("base", "bass"), r"encoder\.bass is unknown; allowed are base, longest"),
        (RECIPE + STAGES.replace("'x'", "'x'\nprecision = 'fp8'"), r"encoder\.precision is 'fp8'; it must be 'bf16' or 'fp32'"),
        (RECIPE + STAGES.replace("'x'", "'x'\nlongest = 4096"), r"encoder\.longest is 4096; it must be a whole number from 16 to 512"),
        (RECIPE + STAGES.replace("'a'", "'a'\nepochs = 0"), r"stages\.epochs is 0"),
        (RECIPE + STAGES.replace("'a'", "'a'\nlearning_rate = 'fast'"), r"stages\.learning_rate is 'fast'"),
        (RECIPE + STAGES.replace("'a'", "'a'\npairs = 3"), r"stages\.pairs is 3"),
        (RECIPE + STAGES + "[[stages.pairs]]\nfile = 'x'\nheld_out = 1.0\n", r"stages\.pairs\.held_out is 1\.0"),
        (RECIPE + STAGES + "[[stages.pairs]]\nfile = 'x'\nheld_out_by = 'label'\n", "it must be 'claim' or 'evidence'"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_refused_with_file_and_key(tmp_path, text, words):
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=rf"bad\.toml: .*{words}"):
        read_recipe(tmp_path / "bad.toml")


def test_a_recipe_that_is_not_there_or_not_text_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"none\.toml: cannot be read"):
        read_recipe(tmp_path / "none.toml")
    (tmp_path / "raw.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match=r"raw\.toml: is not TOML"):
        read_recipe(tmp_path / "raw.toml")


@pytest.mark.parametrize("name", ["linear", "encoder", "encoder-topics"])
def test_the_recipes_of_the_repository_are_read_with_their_tables(root, name):
    recipe = read_recipe(root / f"recipes/{name}.toml")
    assert recipe.name == name
    assert recipe.claims.is_file()
    assert recipe.statements.is_file()
    assert all(pairs.licence for stage in recipe.stages for pairs in stage.pairs)
    assert recipe.encoder or all(pairs.licence != "none stated" for pairs in recipe.pairs)


def test_the_encoders_two_recipes_differ_only_in_name_and_split_so_that_they_share_their_first_stages(root):
    first, second = (read_recipe(root / f"recipes/{name}.toml") for name in ("encoder", "encoder-topics"))
    assert (first.split, second.split) == ("statement", "topic")
    assert (first.encoder, first.rule, first.measured) == (second.encoder, second.rule, second.measured)
    assert (first.stages, first.pairs) == (second.stages, second.pairs)


def test_no_set_of_the_encoder_forbids_commercial_use(root):
    files = {pairs.file for stage in read_recipe(root / "recipes/encoder.toml").stages for pairs in stage.pairs}
    assert not files & {"pairs/averitec.train.jsonl", "nli/xnli_en.jsonl"}
    assert not [file for file in files if ".dev." in file]


def test_rows_of_one_text_are_held_out_together_and_about_as_many_as_asked():
    pairs = [(f"claim {i // 3}", f"evidence {i}") for i in range(3000)]
    out = held_out(pairs, PairSet("x", held_out=0.2))
    assert 0.15 < sum(out) / len(out) < 0.25
    assert all(len(set(out[i : i + 3])) == 1 for i in range(0, 3000, 3))
    assert out == held_out(pairs[:10], PairSet("x", held_out=0.2)) + out[10:]
    assert not any(held_out(pairs, PairSet("x")))
    other = held_out(pairs, PairSet("x", held_out=0.2, held_out_by="evidence"))
    assert any(len(set(other[i : i + 3])) > 1 for i in range(0, 3000, 3))


def read_pairs(folder, content):
    file = folder / "pairs.jsonl"
    file.write_bytes(content)
    return list(recipes.read_pairs(file))


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\u2029", "\x1c"])
def test_a_sign_that_some_readers_take_for_a_line_break_stays_inside_its_pair(tmp_path, sign):
    row = {**PAIR, "claim": f"Tin{sign}melts"}
    raw = json.dumps(row, ensure_ascii=False) if sign != "\x1c" else json.dumps(row)
    assert read_pairs(tmp_path, raw.encode() + b"\r\n") == [((f"Tin{sign}melts", PAIR["evidence"]), "SUPPORTS")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{oops", "not a pair"),
        (b'"text"', "not a pair"),
        (b'{"claim": "a", "label": "SUPPORTS"}', "evidence"),
        (b'{"claim": "\xff", "evidence": "b", "label": "SUPPORTS"}', "not a pair"),
        (b'{"claim": "a", "evidence": "b", "label": "TRUE"}', "unknown label 'TRUE'"),
    ],
)
def test_a_bad_research_pair_is_refused_with_file_and_line(tmp_path, line, words):
    with pytest.raises(InputError, match=rf"pairs\.jsonl:2: .*{words}"):
        read_pairs(tmp_path, json.dumps(PAIR).encode() + b"\n" + line + b"\n")
