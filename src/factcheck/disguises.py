"""Disguises of a text: the same words written otherwise, or with something beside them, so that a reader takes the same from it.

The tables are an attacker's, written apart from those by which `factcheck.text` undoes disguises, and must stay so: a measure that
shares its tables with what it measures shows only that they agree.

Every function takes a text and random numbers and returns the text disguised; unchanged or empty where it offers nothing to disguise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from random import Random

_LETTERS = re.compile(r"(?<![^\W_])[A-Za-z]{4,}(?![^\W_])")
_MOST_WORDS = 3
"""Words of a claim that are disguised; people disguise what a filter looks for, not everything."""
_CARRY_SENSE = frozenset(
    "never without cannot nothing nobody none neither hardly barely scarcely rarely unable refuse refuses fails failed false "
    "three four five seven eight nine eleven twelve twenty thirty forty fifty hundred thousand million billion".split()
)
"""A slip in these may change what is said."""
_NEAR = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (
            "qsz vghn xdfv serfcx wsdr drtgvc ftyhbv gyujnb ujko huikmn jiolm kop njk "
            "bhjm iklp ol wa edft awedxz rfgy yhji cfgb qase zsdc tghu asx"
        ).split(),
        strict=True,
    )
)
"""Keys beside each key of an English keyboard."""
_LOOKALIKES = dict(
    pair.split(":")
    for pair in (
        "a:аɑαａ⍺ c:сϲⅽᴄ d:ԁⅾꓒ e:еҽ℮ g:ɡց h:һհ i:іıⅰι j:јϳ k:κкᴋ l:ӏⅼ m:ⅿм n:ոպ o:оοօ੦ⲟ p:рρⲣ q:ԛգ r:гᴦ s:ѕꜱ t:тτ u:υսᴜ "
        "v:ѵνⅴ w:ԝաѡ x:хⅹ× y:уүγ z:ᴢ A:АΑᎪꓮ B:ВΒᏴꓐ C:СϹᏟⅭ D:ᎠⅮꓓ E:ЕΕᎬꓰ F:Ϝꓝ G:ԌᏀ H:НΗᎻ I:ІΙӀ J:ЈᎫ K:КΚᏦK L:ᏞⅬ M:МΜᎷ N:ΝꓠՆ O:ОΟՕ "
        "P:РΡᏢ R:ᎡᏒꓣ S:ЅᏚՏ T:ТΤᎢ U:ՍꓴԱ V:ᏙⅤѴ W:ԜᎳ X:ХΧⅩ Y:ҮΥᎩ Z:ΖᏃ"
    ).split()
)
_STYLES = {
    "bold": (0x1D41A, 0x1D400),
    "bold italic": (0x1D482, 0x1D468),
    "bold script": (0x1D4EA, 0x1D4D0),
    "bold fraktur": (0x1D586, 0x1D56C),
    "sans": (0x1D5BA, 0x1D5A0),
    "sans bold": (0x1D5EE, 0x1D5D4),
    "monospace": (0x1D68A, 0x1D670),
    "circled": (0x24D0, 0x24B6),
    "parenthesised": (0x249C, 0x1F110),
    "squared": (0x1F130, 0x1F130),
    "white on black square": (0x1F170, 0x1F170),
    "white on black circle": (0x1F150, 0x1F150),
}
"""Where the small and the capital letters of an alphabet begin; the last three have capitals only."""
_SMALL_CAPITALS = dict(zip("abcdefghijklmnopqrstuvwxyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀsᴛᴜᴠᴡxʏᴢ", strict=True))
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u2063\u2064\u3164\u115f\ufe0f\u200e\u200f\u061c\U000e0020"
"""Spaces of no width, joiners, a soft hyphen, fillers, a variation selector, marks of direction and a tag."""
_ACCENTS = "\u0300\u0301\u0302\u0303\u0308\u030a\u0323\u0332\u0335\u0336\u035b\u0489"
_LEET = {"a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!", "l": "1|", "o": "0", "s": "5$", "t": "7+", "z": "2"}
_APART = ".-_ *·"
_SHORT_FORMS = {
    "is not": "isn't",
    "are not": "aren't",
    "was not": "wasn't",
    "were not": "weren't",
    "does not": "doesn't",
    "do not": "don't",
    "did not": "didn't",
    "has not": "hasn't",
    "have not": "haven't",
    "cannot": "can't",
    "will not": "won't",
    "would not": "wouldn't",
    "should not": "shouldn't",
    "could not": "couldn't",
    "it is": "it's",
    "there is": "there's",
    "that is": "that's",
    "they are": "they're",
    "we are": "we're",
    "you are": "you're",
    "i am": "i'm",
    "they have": "they've",
    "it will": "it'll",
    "you will": "you'll",
}


_EMOJI = "🙂 👀 📌 📢 ☀️ ☕ 🎈 🐾 🌿 ✨ 📎 🧦 🚲 🪴 🇬🇧 👩‍🌾 🫖 🕰️".split()
_TAGS = "#news #fyi #thread #MondayMotivation #share #infos #readthis #todaysTopic #goodmorning #community".split()
_HOSTS = (
    "https://example.org/",
    "http://www.example.com/watch?v=",
    "example.net/",
    "https://m.example.com/story.php?id=",
    "https://blog.example.org/2021/03/",
)
_ASIDES = (
    "The bus was late again this morning.",
    "We are having lentil soup tonight.",
    "My neighbour has painted her fence green.",
    "The library opens at ten on Saturdays.",
    "I have finally mended the kitchen drawer.",
    "Somebody left an umbrella in the hall.",
    "Our cat sleeps on the laundry.",
    "The choir meets on Thursday evening.",
)


def typos(text: str, chance: Random) -> str:
    """Let the keyboard slip in up to three longer words."""
    return _in_words(text, chance, lambda word: _slip(word, chance), least=5)


def upper_case(text: str, _: Random) -> str:
    """Write all in capitals."""
    return text.upper()


def lower_case(text: str, _: Random) -> str:
    """Write all without capitals."""
    return text.lower()


def homoglyphs(text: str, chance: Random) -> str:
    """Put letters of other scripts that look alike, two a word."""
    return _in_words(text, chance, lambda word: _exchanged(word, chance, _LOOKALIKES, 2))


def styled_letters(text: str, chance: Random) -> str:
    """Put words in letters that Unicode keeps for mathematics, lists and phonetics."""
    style = chance.choice([*_STYLES, "small capitals"])
    return _in_words(text, chance, lambda word: "".join(_style(letter, style) for letter in word))


def accents(text: str, chance: Random) -> str:
    """Put marks over, under and through letters, three a word."""
    return _in_words(text, chance, lambda word: _strewn(word, chance, _ACCENTS, 3))


def zero_width(text: str, chance: Random) -> str:
    """Put signs that are not seen into words, two each."""
    return _in_words(text, chance, lambda word: _strewn(word, chance, _INVISIBLE, 2))


def full_width(text: str, _: Random) -> str:
    """Write letters and digits as wide as Chinese characters."""
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text)


def leetspeak(text: str, chance: Random) -> str:
    """Put digits and signs for letters, three a word."""
    return _in_words(text, chance, lambda word: _exchanged(word, chance, _LEET, 3))


def drawn_apart(text: str, chance: Random) -> str:
    """Draw the letters of one word apart."""
    sign = chance.choice(_APART)
    return _put(text, [(word, sign.join(word[0])) for word in _some_words(text, chance, 5)[:1]])


def contractions(text: str, chance: Random) -> str:
    """Contract what is written out, else write out what is contracted."""
    if "?" in text:
        return ""  # there the words change places
    marks = chance.choice("'’")
    for pairs in (_SHORT_FORMS, {short: long for long, short in _SHORT_FORMS.items()}):
        form = re.compile(rf"(?<!why )\b(?:{'|'.join(pairs)})\b(?= \w)(?! (?:been|got|had|not)\b)", re.IGNORECASE)
        straight = text.replace("’", "'")
        if form.search(straight):
            return form.sub(lambda found, pairs=pairs: _cased(pairs[found[0].lower()].replace("'", marks), found[0]), straight)  # type: ignore[misc]
    return ""


def no_punctuation(text: str, _: Random) -> str:
    """Drop commas and the full stop at the end; quotes, questions, colons and the ends of sentences say something."""
    if re.search(r"[?\"“”«»]|[.!:;…]\s+\S|(?<!\w)'", text):
        return ""
    return re.sub(r"(?<!\d),(?= )|[.,;:!]+$", "", text)


def emoji(text: str, chance: Random) -> str:
    """Put up to three emoji before or behind; none that says something of the claim."""
    signs = " ".join(chance.sample(_EMOJI, chance.randint(1, 3)))
    return chance.choice((f"{text} {signs}", f"{signs} {text}", f"{text}{signs}"))


def hashtags(text: str, chance: Random) -> str:
    """Make tags of words of the claim, or put some behind it."""
    if chance.random() < 0.5:
        return _in_words(text, chance, lambda word: f"#{word}", least=5)
    return f"{text} {' '.join(chance.sample(_TAGS, chance.randint(1, 3)))}"


def address(text: str, chance: Random) -> str:
    """Put a web address behind."""
    return f"{text} {chance.choice(_HOSTS)}{chance.getrandbits(40):x}"


def sentence_after(text: str, chance: Random) -> str:
    """Put a sentence on something else behind."""
    return f"{_ended(text)} {chance.choice(_ASIDES)}"


def sentence_before(text: str, chance: Random) -> str:
    """Put a sentence on something else before."""
    return f"{chance.choice(_ASIDES)} {text[:1].upper()}{text[1:]}"


def _some_words(text: str, chance: Random, least: int) -> list[re.Match[str]]:
    """Return up to `_MOST_WORDS` words of at least so many letters, in their order."""
    found = [word for word in _LETTERS.finditer(text) if len(word[0]) >= least and word[0].lower() not in _CARRY_SENSE]
    return sorted(chance.sample(found, min(len(found), _MOST_WORDS)), key=re.Match.start)


def _put(text: str, pieces: Iterable[tuple[re.Match[str], str]]) -> str:
    """Return a text with some of its parts, given in their order, written otherwise."""
    done, last = [], 0
    for found, new in pieces:
        done += [text[last : found.start()], new]
        last = found.end()
    return "".join([*done, text[last:]])


def _in_words(text: str, chance: Random, rewrite: Callable[[str], str], least: int = 4) -> str:
    """Rewrite some of the longer words of a text, each by itself."""
    return _put(text, [(word, rewrite(word[0])) for word in _some_words(text, chance, least)])


def _slip(word: str, chance: Random) -> str:
    at = chance.randrange(1, len(word) - 2)  # first and last letters are where people slip least
    slipped = chance.choice(("swap", "drop", "double", "beside"))
    if slipped == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if slipped == "drop":
        return word[:at] + word[at + 1 :]
    if slipped == "double":
        return word[:at] + word[at] + word[at:]
    return word[:at] + chance.choice(_NEAR[word[at].lower()]) + word[at + 1 :]


def _exchanged(word: str, chance: Random, table: Mapping[str, str], most: int) -> str:
    """Put up to so many letters of a word as the table has them."""
    places = [i for i, letter in enumerate(word) if letter in table]
    chosen = set(chance.sample(places, min(len(places), most)))
    return "".join(chance.choice(table[letter]) if i in chosen else letter for i, letter in enumerate(word))


def _strewn(word: str, chance: Random, signs: str, most: int) -> str:
    """Put up to so many signs after letters of a word, never after the last."""
    places = set(chance.sample(range(len(word) - 1), min(len(word) - 1, most)))
    return "".join(letter + (chance.choice(signs) if i in places else "") for i, letter in enumerate(word))


def _cased(new: str, old: str) -> str:
    return new[0].upper() + new[1:] if old[0].isupper() else new


def _ended(text: str) -> str:
    """Return a text that another sentence can follow."""
    return text if re.search(r"[.!?…][\"”’']?$", text) else f"{text}."


def _style(letter: str, style: str) -> str:
    if style not in _STYLES:
        return _SMALL_CAPITALS.get(letter, letter)
    small, capital = _STYLES[style]
    return chr(small + ord(letter) - ord("a")) if letter.islower() else chr(capital + ord(letter) - ord("A"))
