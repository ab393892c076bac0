"""What is frozen: the normalised form and the tokens of hard strings, and the verdicts of the shipped bundles on a few claims.

After a change that is meant (a new training, another rule of normalisation), write the files anew and read the difference:

    FACTCHECK_REGENERATE=1 python -m pytest tests/golden/test_golden.py

A run that writes fails no test and says what it wrote; the next run compares.
"""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from factcheck import cli
from factcheck.checker import SHIPPED
from factcheck.text import normalize, stem, tokenize

FOLDER = Path(__file__).parent
REGENERATE = os.environ.get("FACTCHECK_REGENERATE") == "1"
TOLERANCE = {"linear": 0.02, "encoder": 0.1}
"""Probabilities may move by this much: numerical libraries and, for 8-bit products, processors differ from one machine to the next."""

STRINGS = (
    "",
    " \t\n ",
    "5G causes COVID-19",
    "ｆｕｌｌ－ｗｉｄｔｈ ５Ｇ",
    "zero\u200bwidth vac\u200dcine\ufeff",
    "soft\u00adhyphen",
    "\u202eright-to-left\u202c override",
    "\u2066isolated\u2069 text",
    "tag\U000e0041s and variation\ufe0f selectors",
    "vаccіnеs (Cyrillic inside)",
    "Вакцины безопасны",
    "Τα εμβόλια είναι ασφαλή",
    "va××ines and vax€ines",
    "c0v1d, v4cc1ne, m4sk5",
    "H1N1, B12, Y2K, MP3 and CO2 stay",
    "v a c c i n e s are drawn apart",
    "v.a.c.c.i.n.e",
    "sooooo baaaad, nooooo!!!",
    "𝓕𝓪𝓷𝓬𝔂 𝐛𝐨𝐥𝐝 ⓒⓘⓡⓒⓛⓔⓓ",
    "naïve café Köln, Łódź",
    "💉 is a 🧲 and 📡 spread 🦠",
    "👩‍👩‍👧‍👦 family, 🇬🇧 flag, 1️⃣ keycap",
    "can't, won't, don't, cant, dont, ain't, cannot",
    "it’s ‘quoted’ “twice” — and dashed – so",
    "3.5% of 1,000 people in 2020-2021",
    "2.4GHz, 60 GHz, 10mg, 5km, 37°C, $5, €10",
    "#NoMasks #COVID19 #5GKills #stopthespread",
    "@WHO says https://www.who.int/news?x=1 and www.cdc.gov",
    "U.S. and U.K. and e.g. the W.H.O.",
    "SARS-CoV-2, 2019-nCoV, mRNA, B.1.1.7",
    "ALL CAPS SHOUTING ABOUT VACCINES",
    "control\x00\x07\x1b[31mred\x1b[0m\x9b31m",
    "line\u2028separator\u2029paragraph\x85next",
    "lone \ud800 surrogate",
    "e\u0301 is é, a\u0308 is ä",
    "¡¿Qué?! ¿La Tierra es plana?",
    "疫苗导致自闭症",
    "اللقاحات تسبب التوحد",
    "no no no, never, nothing, nobody, without",
    "half-truths & anti-vaxxers; 5G/4G/3G towers",
    "x" * 50 + "!" * 50,
    "one two three twelve twenty fifty",
)

CLAIMS = (
    "5G causes COVID-19",
    "5G does not cause COVID-19",
    "Vaccines cause autism in children",
    "There is no link between the MMR vaccine and autism",
    "V a c c i n e s cause aut1sm in children",
    "The Earth is flat",
    "Human activity has warmed the atmosphere, the ocean and the land",
    "Drinking bleach cures the coronavirus",
    "Antibiotics kill viruses",
    "Is the Earth flat?",
    "My sister bakes bread on Sundays",
    "🙂🙂🙂",
    "Police say that men who believe 5G spreads the virus set a mast on fire",
)


def frozen(name, now):
    """Return what the file of that name holds; on request, write it anew first."""
    path = FOLDER / name
    if REGENERATE:
        path.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")  # ASCII: the strings hold what an editor would not keep
        pytest.skip(f"wrote {path.name}")
    return json.loads(path.read_text(encoding="utf-8"))


def read_now(text):
    folded = normalize(text)
    tokens = tokenize(folded)
    return {"text": text, "normalized": folded, "tokens": tokens, "stems": [stem(token) for token in tokens]}


def test_hard_strings_are_normalised_and_split_as_before():
    now = [read_now(text) for text in STRINGS]
    for was, item in zip(frozen("text.json", now), now, strict=True):
        assert item == was


def essence(verdict):
    """Return what of a verdict is frozen."""
    return {
        "claim": verdict["claim"],
        "verdict": verdict["verdict"],
        "reason": verdict["reason"],
        "statement": verdict["statement"] and verdict["statement"]["id"],
        "probability": round(verdict["probability"], 2),
        "probabilities": {label: round(value, 2) for label, value in verdict["probabilities"].items()},
    }


@pytest.mark.parametrize("model", SHIPPED)
def test_a_shipped_bundle_answers_on_the_command_line_as_before(model):
    done = CliRunner().invoke(cli.main, ["check", "--model", model, "--format", "json", *CLAIMS], catch_exceptions=False)
    assert done.exit_code == 0
    now = [essence(verdict) for verdict in json.loads(done.stdout)]
    for was, item in zip(frozen(f"verdicts.{model}.json", now), now, strict=True):
        numbers = ("probability", "probabilities")
        assert {k: v for k, v in item.items() if k not in numbers} == {k: v for k, v in was.items() if k not in numbers}
        for name in numbers:
            assert item[name] == pytest.approx(was[name], abs=TOLERANCE[model]), (item["claim"], name)
