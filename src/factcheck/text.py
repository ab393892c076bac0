"""Text as the models read it: folded, split into tokens, stemmed. The only module that imports nltk.

`normalize` undoes what is done to words to slip past a filter. It works on a copy: the caller's text is never
altered. Everything here is a pure function of its argument; nothing is fitted and nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache, update_wrapper
from typing import Generic, TypeVar

from nltk.stem.snowball import SnowballStemmer
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

from factcheck.attribution import reported_claim

MAX_CHARACTERS = 5_000
"""Longest claim that is read, in characters. A claim is a sentence or a post, not a book."""

URL_TOKEN = "<url>"
USER_TOKEN = "<user>"

Answer = TypeVar("Answer")


class Kept(Generic[Answer]):
    """A function of a text that keeps its last answers; a text costs what it is long, so that a table of long ones takes no more memory.

    There are two generations: when the young one is full it becomes the old one, and what is asked for again goes back into the young one.
    Threads may share it: at worst an answer is computed twice.

    Parameters
    ----------
    function : callable
    most : int
        Characters of the texts of both generations together.
    """

    def __init__(self, function: Callable[[str], Answer], most: int) -> None:
        update_wrapper(self, function)
        self._function = function
        self._most = most // 2
        self.cache_clear()

    def __call__(self, text: str) -> Answer:
        """Return the function's answer for a text."""
        if text in (young := self._young):
            return young[text]
        answer = old[text] if text in (old := self._old) else self._function(text)
        if self._characters > self._most:
            self.cache_clear(old=young)
        self._young[text] = answer
        self._characters += len(text) + _FRAME
        return answer

    def cache_clear(self, old: dict[str, Answer] | None = None) -> None:
        """Forget all answers but those of ``old``."""
        self._young: dict[str, Answer] = {}
        self._old = old or {}
        self._characters = 0


_FRAME = 1_000
"""Characters that every text counts for beside its own: of many short ones no more are kept than a chunk or two."""
MOST_KEPT = 6 << 20
"""Characters of which something is kept: of some 5,000 posts, or of 1,000 of the greatest length, so that either generation holds those that
go through the stages together."""

# ---------------------------------------------------------------------------------------------------------------------
# Folding
# ---------------------------------------------------------------------------------------------------------------------

# What looks like a Latin letter, in whatever script it is at home: alphabets and syllabaries, digits of zero, signs of money and mathematics. One that
# looks like several stands with each; the first is its usual reading. Letters that say in their Unicode name which letter they are
# ("LATIN LETTER SMALL CAPITAL B", "CYRILLIC SMALL LETTER KA WITH HOOK") are found by it and need no line here.
_SHAPES = {
    "a": "аАαΑᴀɑ⍺⍶ⲁⲀꓮᗅꭺᎪ𐊠Λ∀₳ª",
    "b": "вВьЬβϐΒвⲃⲂꓐᏏᏴᗷ𐊂฿ъБб♭",
    "c": "сСϲϹⲥⲤꓚᏟꮯᑕᏨςⅽ¢₵∁⊂Ⴚ",
    "d": "ԁԀꓓᎠꭰᗞᗪժᏧᑯᑻꓒ∂δძ",
    "e": "еЕєЄҽεϵΕⲉⲈꓰᎬꭼ℮∊∈єэЭΣ∑ξΞᗴꗋ€⋿",
    "f": "ϝϜꓝғҒƒſᖴẝք₣ʄϯ",
    "g": "ɡցԌԍꓖᏀᏳᏻɢգᏽᏩ",
    "h": "һҺнНհΗⲏⲎꓧᎻꮋᏂᏲℏћђիኽᕼ♄հ",
    "i": "іІιΙıɩɪӏӀⲓⲒꓲᎥꭵꮖᎨ⍳¡ןᛁاꙇ",
    "j": "јЈϳͿյꓙᎫꭻᒍȷ",
    "k": "кКκΚⲕⲔꓗᏦꮶᛕĸ₭ҟϏ",
    "l": "ӏⳑꓡᏞꮮԼլᒪʟ׀ⵏ∣ا£ⅼℓⲻιıɭ1",
    "m": "мМΜⲙⲘꓟᎷꮇᗰϻϺ₥ო𐊰ᛖ",
    "n": "пПηΝⲛⲚꓠոռղՈᑎɴиИπ∩ₙท₦ŋήպ",
    "o": "оОοσΟօՕⲟⲞꓳоഠဝသㅇ〇○◯ⵔѳѲθΘөӨჿዐዕଠᎾ∅ہסಂøΦფºö°ⵙʘᴑӦ",
    "p": "рРρΡϱⲣⲢꓑᏢꮲᑭ⍴þƿ₱ᴩ",
    "q": "ԛԚզգϥႳ૧ҩ",
    "r": "гГᴦⲅᎡᏒꭱꮢꓣᖇяЯɾґրΓᴙꭇꭈ",
    "s": "ѕЅꓢᏕᏚꮥꮪՏտ§ꜱƽʂടςϨ∫Ƨƨ",
    "t": "тТτΤⲧⲦꓔᎢꭲ†⊤₮եԵӀպէᴛ✝ፐ七",
    "u": "սυμµцЦꓴᑌʋ∪⋃Սᴜ𐓎ύυԱ",
    "v": "νѵѴꓦᏙꮩᐯ∨⋁√ᴠשטγυѶ▽∇ⱱ",
    "w": "ѡѠԝԜωшШщЩꓪᎳᏔꮃꮤապ⍵ᴡɯ₩ᗯⲱⲰฬ",
    "x": "хХχΧ×ⲭⲬꓫ✕✖✗᙭ᕁ╳ᚷⵝжЖჯ⤫᙮",
    "y": "уУүҮγΥΎʏⲩⲨꓬᎩᎽꮍყчЧ¥ɣψУλ",
    "z": "ʐᴢΖⲍⲌꓜᏃꮓζʒᶻ",
}  # fmt: skip
_NAMED_LETTER = re.compile(
    r"LATIN (?:SUBSCRIPT |EPIGRAPHIC )?(?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |CAPITAL |SMALL |ANGLICANA |AFRICAN |DOTLESS |INSULAR |BLACKLETTER |OPEN |REVERSED |TURNED |"
    r"SIDEWAYS |SCRIPT |LONG |CLOSED |BARRED |STIRRUP |VISIGOTHIC |INVERTED |BOTTOM HALF |TOP HALF |HALF |FLATTENED |STRETCHED |UPTURNED |VOLAPUK |TAILLESS |DOUBLE |BROKEN )*"
    r"(?P<plain>[A-Z])(?: (?:ROTUNDA|WITH .*))?"
    r"|(?:NEGATIVE |CROSSED )*(?:CIRCLED|SQUARED|PARENTHESIZED|TORTOISE SHELL BRACKETED) (?:ITALIC )?LATIN (?:SMALL|CAPITAL) LETTER (?P<framed>[A-Z])"
    r"|REGIONAL INDICATOR SYMBOL LETTER (?P<flag>[A-Z])"
)
_FRAMED = re.compile("[\u2400-\u24ff\U0001f100-\U0001f1ff]")
"""Where letters stand in circles, squares and brackets, and those of flags."""
_FLAGS = re.compile("(?<![\\w\U0001f1e6-\U0001f1ff])(?:[\U0001f1e6-\U0001f1ff]{2}){1,2}(?![\\w\U0001f1e6-\U0001f1ff])")
"""Two such letters are a country; a word of them is a word."""


def _by_name(sign: str) -> str:
    """Return the small Latin letter that a sign's Unicode name gives, empty where it gives none."""
    name = unicodedata.name(sign, "")
    if found := _NAMED_LETTER.fullmatch(name):
        return (found["plain"] or found["framed"] or found["flag"]).lower()
    if name.startswith("LATIN SMALL LETTER SCHWA"):
        return "e"
    base = name.partition(" WITH ")[0]
    if base != name:  # of another script, with a tail, a hook, a stroke
        try:
            plain = unicodedata.lookup(base)
        except KeyError:
            return ""
        return _READINGS.get(plain, "")
    return ""


_LAST_AT_HOME = "\u017f"
"""Up to here stand the letters of European languages: a Polish or a Danish word is no disguise."""
_READINGS: dict[str, str] = {}
for _letter, _signs in _SHAPES.items():
    for _sign in _signs:
        if _letter not in _READINGS.get(_sign, ""):
            _READINGS[_sign] = _READINGS.get(_sign, "") + _letter
_READINGS |= {"ς": "cs", "γ": "yv", "υ": "uv", "պ": "nwt", "ӏ": "li", "ι": "il", "Ӏ": "il", "ı": "il", "ا": "li", "ꓒ": "d", "δ": "d", "1": "il"}  # fmt: skip


@lru_cache(maxsize=1 << 12)
def letter_readings(sign: str) -> str:
    """Return the small Latin letters that a sign outside ASCII may stand for in a Latin word, likeliest first; empty where none is known.

    Examples
    --------
    >>> letter_readings("\u0430"), letter_readings("\u1d00"), letter_readings("\u0a66"), letter_readings("\u6f22")
    ('a', 'a', 'o', '')
    """
    if sign in _READINGS:
        return _READINGS[sign]
    if sign <= _LAST_AT_HOME:
        return ""
    if unicodedata.category(sign) == "Nd":  # a zero is a ring in most scripts
        return {0: "o", 1: "li"}.get(unicodedata.digit(sign), "")
    return _by_name(sign)


# Signs and digits that stand for a letter inside a word. "5G", "H1N1", "COVID-19" and "B12" are kept by the rule in
# `_unleet`: a digit counts only between letters of a word that has at least three of them. "@who" is a handle.
_LEET = str.maketrans("01345789@$!×|€£+", "oieastbgasicleft")
_LEET_WORD = re.compile(
    r"(?<![\w@$!×|€£])(?:(?i:https?://|www\.)\S+|"  # a word of an address is none
    r"(?P<word>[^\W_0-9]++[013457@$!×|€£]++[^\W\d_][\w@$!×|€£]*|[$€£][^\W\d_]{3,}(?![\w@$!×|€£])))"
)
_MAY_BE_LEET = re.compile(r"[013457@$!×|€£](?:(?<=[^\W_0-9].)[013457@$!×|€£]*+[^\W\d_]|(?<=[$€£])[^\W\d_]{3})")
"""Begins with a sign, of which a text has few, and is looked for in a tenth of the time. So are the next two of their kind."""
_NOT_LEET = re.compile(
    r"h\d{1,2}n\d{1,2}|y2k\d*|[a-z]2[a-z]|[a-z]\d{2}[a-z]|(?!.*[a-z]10ns?$).*\d{2,}[a-z]{1,3}|covid19|.*[a-z]{3}\d+(?:am|pm|th|st|nd|rd|mg|ml|km|kg|cm|mm|g|gb|mb)",
    re.IGNORECASE,
)
_TRAILING_NUMBER = re.compile(r"\d{2,}$")

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
# Two Arabic ligatures go with the control characters: one of them unfolds into eighteen letters, and a text of them into a book.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # colours and cursor moves
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdfa\ufdfb]")
_EMOJI_WORDS = {
    "💉": "vaccine", "🦠": "virus", "😷": "mask", "🧲": "magnet", "📡": "antenna", "📱": "phone", "🌍": "earth", "🌎": "earth",
    "🌏": "earth", "🌐": "earth", "🌕": "moon", "🌙": "moon", "🧄": "garlic", "🦟": "mosquito", "🐄": "cow", "🦇": "bat", "💊": "pill",
}  # fmt: skip
_EMOJI_WORD = re.compile("|".join(map(re.escape, _EMOJI_WORDS)))
_ENCLOSING = re.compile("[\u0488\u0489\u1abe\u20dd-\u20e4\ua670-\ua672\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
"""Marks around a letter, and those over it whose class says nothing: a combining grapheme joiner among them."""
_SIGNS = "".join(sorted(re.escape(c) for c in _READINGS if not c.isalnum() and c not in "×€£"))
_HIDING = re.compile(rf"(?:[\w\u2336-\u237a\u212e]|(?<=[^\W\d_]|[{_SIGNS}])[{_SIGNS}](?=[{_SIGNS}]{{0,3}}[^\W\d_]))+")
"""A word, with the signs between its letters that look like one; the letters of APL and the estimate sign also at its ends."""
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff\u20e3\u200d]+")
_QUOTES = str.maketrans("‘’‚‛′`´“”„‟″«»‐‑‒–—―−⁻", "'''''''\"\"\"\"\"\"\"--------")
_SIMPLE_QUOTES = tuple(zip("‘’‚‛“”„‟«»‐‒–—―", "'" * 4 + '"' * 6 + "-" * 5, strict=True))
"""Of these, those that no decomposition changes: most texts that are not ASCII are so for nothing else."""
_SPACED_OUT = re.compile(r"(?<![^\W_])[^\W\d_](?:([ .*_\-\u00b7\u2022|~])[^\W_](?![^\W_])){3,}")
_MAY_BE_SPACED_OUT = re.compile(r"[ .*_\-\u00b7\u2022|~][^\W_][ .*_\-\u00b7\u2022|~][^\W_][ .*_\-\u00b7\u2022|~]")
_REPEATED = re.compile(r"(?!\b(?i:www)\.)([^\W\d_])\1{2,}")
_MAY_BE_REPEATED = re.compile(r"(.)\1\1")
_KEEPS_TWO = frozenset("eolsEOLS")
_SPACE = re.compile(r"\s+")
_NOT_SPACE = re.compile(r"\S+")
_ADDRESS = re.compile(
    r"https?://\S+|\bwww\.\S+|(?<![\w@./-])(?:[a-z\d][a-z\d-]*\.)+(?:[a-z]{2,}/\S*|(?:com|org|net|info|gov|edu|co|io|tv|eu|uk|de)\b(?![.\w]))",
    re.IGNORECASE,
)
_FULL_STOP = re.compile(r"(?<=[^\s.!?,;:])(?<!\.[A-Za-z])[.\uff0e\u3002]\s*$")
_SPOKEN_SIGN = re.compile(r"[#./\uff0e\u3002]")
_LAST_TAG = re.compile(r"#\w+[.!?]*|[.!?]+")
_TAG = re.compile(r"(?<![\w&])#(\w+)")
_LEADING = frozenset(
    "a an the this that these those of in on at to for from with by into over under through about against between and or our your my his her its their".split()
)
"""Words that another follows."""
_SAID = 3
"""Words before them that make hashtags a mere tail."""
_PLAIN = re.compile(r"[A-Za-z ,.;:'\"()?\n-]*")


def _read(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text's normalised copy and its tokens; kept for the next stage that asks for the same text."""
    folded = normalize(text)
    return folded, tuple(tokenize(folded))


read = Kept(_read, MOST_KEPT)  # 60 MB at the most


def normalize(text: str) -> str:
    """Fold what evades a reader of words: full-width and styled letters, look-alikes, leetspeak, invisible marks.

    Compatibility forms, accents, zero-width and bidirectional marks, letters of other scripts inside Latin words,
    digits and signs that stand for letters (``c0v1d``), letters drawn apart (``v a c c i n e``), emoji and letters
    repeated for effect are folded. Case, punctuation, numbers and addresses stay.

    Parameters
    ----------
    text : str
        Any text; the empty string gives the empty string.

    Returns
    -------
    str
        The folded copy. ``normalize(normalize(x)) == normalize(x)``.

    Examples
    --------
    >>> normalize("The ｖａ××ine spreads c0v1d \u200bnooooow")
    'The vaccine spreads covid noow'
    >>> normalize("5G, H1N1 and COVID-19 are kept")
    '5G, H1N1 and COVID-19 are kept'
    """
    for _ in range(8):  # every step shortens the text or maps it to plainer letters, so this settles at once or at the second turn
        plain = text if _PLAIN.fullmatch(text) else uncovered(text)
        if not plain.isascii():
            plain = _EMOJI.sub(" ", _fold_lookalikes(plain))
        folded = _fold_words(plain)
        if folded == text or (folded == plain and folded.isascii()):  # ASCII has nothing to uncover
            return folded
        text = folded
    return text


def _fold_words(text: str) -> str:
    if _MAY_BE_LEET.search(text):
        text = _LEET_WORD.sub(lambda match: _unleet(match[0]) if match["word"] else match[0], text)
    if _MAY_BE_SPACED_OUT.search(text):
        text = _SPACED_OUT.sub(lambda match: re.sub(r"[\W_]", "", match[0]), text)
    if _MAY_BE_REPEATED.search(text):
        text = _REPEATED.sub(lambda match: match[1] * (2 if match[1] in _KEEPS_TWO else 1), text)
    return " ".join(text.split())


def uncovered(text: str) -> str:
    """Return a text without what hides its signs: controls, unseen marks, accents, frames around letters and their styles; emoji said in words."""
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", _TERMINAL.sub("", text)))
    if not text.isascii():
        for sign, simple in _SIMPLE_QUOTES:  # in a tenth of the time of `str.translate`
            text = text.replace(sign, simple)
    if not text.isascii():
        text = _EMOJI_WORD.sub(lambda match: f" {_EMOJI_WORDS[match[0]]} ", text)
        text = _FRAMED.sub(lambda match: _by_name(match[0]) or match[0], _FLAGS.sub(" ", text))
        decomposed = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFC", _ENCLOSING.sub("", "".join(c for c in decomposed if not unicodedata.combining(c)))).translate(
            _QUOTES
        )
    return text


def _fold_lookalikes(text: str) -> str:
    latin = sum(c.isascii() and c.isalpha() for c in text)
    foreign = sum(not c.isascii() and c.isalpha() for c in text)

    def fold(match: re.Match[str]) -> str:
        word = match[0]
        if word.isascii():
            return word
        mixed = any(c.isascii() and c.isalpha() for c in word)
        if not (mixed or latin > foreign):
            return word
        folded = plain_letters(word)
        return folded if mixed or folded.isascii() else word

    return _HIDING.sub(fold, text)


def plain_letters(word: str) -> str:
    """Return a word with the Latin letters that its signs look like, a capital only at its beginning or among capitals; what looks like none stays."""
    loud = sum(c.isascii() and c.isupper() for c in word) > 1 and not any(c.isascii() and c.islower() for c in word)
    out = []
    for place, c in enumerate(word):
        looks = "" if c.isascii() else letter_readings(c)[:1]
        out.append(looks.upper() if looks and (loud or (place == 0 and c.isupper())) else looks or c)
    return "".join(out)


def _unleet(word: str) -> str:
    letters = sum(c.isalpha() for c in word)
    if letters < 2 or (letters < 3 and not re.search(r"[×@$]", word)) or _NOT_LEET.fullmatch(word):
        return word
    number = _TRAILING_NUMBER.search(word)
    stem_part, tail = (word[: number.start()], number[0]) if number else (word, "")
    bare = stem_part.rstrip("!|")  # what ends a word is punctuation
    return bare.translate(_LEET) + stem_part[len(bare) :] + tail


# ---------------------------------------------------------------------------------------------------------------------
# Tokens
# ---------------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""
      (?P<url>https?://\S+|www\.\S+)
    | (?P<user>@\w+)
    | (?P<tag>\#\w+)
    | (?P<abbreviation>(?:[a-z]\.){2,})
    | (?P<number>[$€£]?\d+(?:[.,:/]\d+)*(?:%|[a-z]+\d*)?)            # 3.5%, 5g, 60ghz, 1,000, 2020-style ranges apart
    | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)?(?:-\d+[a-z]*)*\d*(?:-cov-\d)?[^\W_]*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NOT_CONTRACTION = {"can't": "can", "cannot": "can", "won't": "will", "shan't": "shall", "ain't": "is"}
_UNAPOSTROPHED = {
    **{w + "nt": w for w in "do does did is are was were has have had could should would".split()},
    "cant": "can", "wont": "will", "aint": "is",
}  # fmt: skip
_CAMEL = re.compile(r"\d+(?:G|g(?![a-z]))?|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_LONGEST_PIECE = 24
"""Characters between two spaces whose tokens are kept: what is longer is an address, and seldom comes again."""


def tokenize(text: str) -> list[str]:
    """Split text into lower-case tokens, keeping what decides a claim: negations, numbers with units, names with digits.

    Contractions are opened (``can't`` gives ``can``, ``not``); ``5G``, ``COVID-19``, ``3.5%`` and ``60GHz`` stay whole; a
    hashtag gives itself and its words; an address gives ``<url>``, a handle ``<user>``.

    Parameters
    ----------
    text : str
        Normalised or raw.

    Returns
    -------
    list of str
        In the order of the text; empty for a text without words.

    Examples
    --------
    >>> tokenize("5G can't spread COVID-19 #NoMasks")
    ['5g', 'can', 'not', 'spread', 'covid-19', '#nomasks', 'no', 'masks']
    """
    tokens: list[str] = []
    for piece in text.split():  # no token goes over a space
        tokens += _kept_tokens(piece) if len(piece) <= _LONGEST_PIECE else _tokens_of(piece)
    return tokens


def _tokens_of(piece: str) -> tuple[str, ...]:
    tokens: list[str] = []
    for match in _TOKEN.finditer(piece):
        kind, surface = match.lastgroup, match[0]
        token = surface.lower()
        if kind == "word":
            if "'" in token or token in _UNAPOSTROPHED or token == "cannot":
                _open_contraction(token, tokens)
            else:
                tokens.append(token)
        elif kind == "number":
            tokens.append(_THOUSANDS.sub("", token.lstrip("$€£")))
        elif kind == "tag":
            tokens.append(token)
            tokens.extend(part.lower() for part in _CAMEL.findall(surface[1:]))
        elif kind == "url":
            tokens.append(URL_TOKEN)
        elif kind == "user":
            tokens.append(USER_TOKEN)
        else:
            tokens.append("usa" if token == "u.s." else token.replace(".", ""))  # "us" is a pronoun
    return tuple(tokens)


_kept_tokens = lru_cache(maxsize=1 << 14)(_tokens_of)  # some 5 MB


def _open_contraction(token: str, tokens: list[str]) -> None:
    if token in _UNAPOSTROPHED:
        tokens += [_UNAPOSTROPHED[token], "not"]
    elif token in _NOT_CONTRACTION:
        tokens += [_NOT_CONTRACTION[token], "not"]
    elif token.endswith("n't"):
        tokens += [*filter(None, [token[:-3]]), "not"]  # "n't" alone: tokenised text
    else:
        head, _, tail = token.partition("'")
        tokens.append(head)
        if tail in {"re", "ll", "ve", "d", "m"}:
            tokens.append({"re": "are", "ll": "will", "ve": "have", "d": "would", "m": "am"}[tail])
        elif tail != "s":  # O'Brien, o'clock
            tokens.append(tail)


# One spelling for one thing. Keys are tokens, values what the models see instead.
_SAME = {
    "covid": "covid-19 covid19 coronavirus corona coronaviruses rona ncov 2019-ncov sars-cov-2 cov covd c19 coronavirusoutbreak",
    "vaccine": "vaccines vaccination vaccinations vaccinated vaccinate vaccinating vax vaxx vaxxed vaxxine vaxine vaxed vaxxes vaxes vaxcine jab jabs jabbed immunisation immunization immunise immunize immunised immunized inoculation inoculated",
    "mast": "masts tower towers antenna antennas antennae",
    "phone": "phones cellphone cellphones smartphone smartphones mobile mobiles",
    "doctor": "doctors physician physicians",
    "child": "children kid kids kiddo toddler toddlers",
    "baby": "babies infant infants newborn newborns",
    "not": "no never nt nope nah",
    "flu": "influenza",
    "wifi": "wi-fi",
    "disease": "illness sickness",
    "radiofrequency": "rf",
    "human": "humans mankind man-made manmade",
    "warm": "warming warmer warmed",
    "us": "usa u.s",
    "uk": "britain",
    "who": "w.h.o",
    "cigarette": "cigarettes cigs ciggies",
    "color": "colour colours colors",
    "fetus": "foetus fetal foetal",
    "estrogen": "oestrogen",
    "program": "programme programmes programs",
    "aluminum": "aluminium",
    "percent": "% pct percentage",
}
_CANONICAL = {variant: name for name, variants in _SAME.items() for variant in variants.split()}
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
    if value > 1
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90"}
_STEMMER = SnowballStemmer("english")


@lru_cache(maxsize=1 << 16)
def stem(token: str) -> str:
    """Return the form under which a token is compared: one spelling for one thing, then the Snowball stem.

    Examples
    --------
    >>> stem("coronavirus"), stem("vaccinated"), stem("spreading"), stem("seven")
    ('covid', 'vaccin', 'spread', '7')
    """
    token = _CANONICAL.get(token) or _NUMBER_WORDS.get(token, token)
    return str(_STEMMER.stem(token)) if token.isalpha() else token


# ---------------------------------------------------------------------------------------------------------------------
# Word lists (ours; a few dozen words each)
# ---------------------------------------------------------------------------------------------------------------------

NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without nowhere hardly barely cannot lack lacks lacking absence zero nt nope nah unable".split()
)
DENIALS = frozenset(
    "myth myths false falsely hoax hoaxes fake untrue debunk debunked debunks debunking baseless unfounded misinformation disinformation nonsense "
    "rubbish lie lies wrong incorrect bogus bunk fiction fictional fabricated misleading unproven disproved disproven discredited rumour rumours rumor "
    "rumors bullshit bs crap garbage pseudoscience ridiculous silly absurd conspiracy tinfoil retracted refuted refutes rejects rejected mistaken".split()
)
HEDGES = frozenset(
    "may might could perhaps possibly probably likely suggests suggest suggested appear appears seem seems potentially potential some sometimes often "
    "usually rarely unclear unknown uncertain unlikely limited insufficient preliminary about around approximately roughly nearly almost least most".split()
)
REPORTING = frozenset(
    "claim claims claimed claiming say says said saying believe believes believed believing think thinks allege alleges alleged allegedly theory theories "
    "rumour rumours rumor rumors share shares shared sharing post posts posted video videos viral spread spreads spreading article story stories according "
    "report reports reported ban bans banned remove removes removed survey poll celebrities people users influencer twitter facebook youtube whatsapp "
    "tiktok instagram conspiracy theorists theorist arrested burned burnt torched protest protesters sued investigates fact-check fact-checkers".split()
)
FUNCTION_WORDS = frozenset(
    "a an the this that these those and or but if then so because as of at by for with about against between into through during before after above "
    "below to from up down in out on off over under again further once here there all any both each few more most other some such only own same than too "
    "very can will just do does did doing done have has had having be is are was were been being am i me my we us our you your he him his she her it its "
    "they them their what which who whom when where why how would should could may might must shall also even still yet while via per upon".split()
)
COMMON_WORDS = frozenset().union(
    FUNCTION_WORDS, NEGATIONS, DENIALS, HEDGES, REPORTING, _SAME, *(variants.split() for variants in _SAME.values()), _NUMBER_WORDS, _UNAPOSTROPHED,
    "don doesn didn isn aren wasn weren haven hasn hadn couldn shouldn wouldn won ain mustn needn mightn shan ll ve re people always because".split(),
)  # fmt: skip
"""Words that need no statement to be known."""
_FOREIGN_WORDS = frozenset(
    "el los las es lo y una unos que por para con está estan esta del como pero más mas muy porque también son hay no-se ser fue al "
    "le les des est dans pour que qui une sur avec pas ne sont cette ce aux nous vous ils elle mais ou où plus du et il la un "
    "der das und ist nicht ein eine mit auf von den dem sich auch wird zu für im sind dass wenn nur werden durch "
    "não uma para com os em mais foi tem são pelo pela isso ao dos das na "
    "il che di non è per una sono con gli della dei nel anche questo più "
    "het een niet van dat zijn voor met op te deze wordt geen ook "
    "yang dan di dengan untuk tidak dari ini itu adalah bisa ke akan "
    "na ya wa kwa ni la hii si kuwa katika "
    "hai ka ki ke se nahi aur ko mein kya bhi "
    "bir ve bu için değil ile çok da de "
    "nie jest że się na do jak to "
    "och att det som är inte på av för "
    "ang ng sa mga ay hindi".split()
) - {"die", "man", "no", "me", "a", "in", "on", "an", "to", "do", "was", "she", "he", "us", "com", "plus", "or", "des", "la", "os", "si", "also", "am", "hay", "son",
     "mas", "per", "non", "al", "di", "te", "op", "par", "ou", "le", "max", "dan", "bin", "tem", "da", "im", "den", "ni", "ya", "na", "ng", "ko", "som", "dos", "av"}  # fmt: skip
_QUESTION_WORDS = frozenset(
    "what who whom which when where why how is are was were do does did can could will would should has have had may might am anyone anybody".split()
)
_OPINION = re.compile(
    r"\b(?:i (?:love|hate|like|prefer|feel|wish|hope|want|miss|enjoy|can'?t stand|am (?:tired|sick|so|glad|happy|sad|scared|worried))|"
    r"in my (?:humble )?opinion|imo|imho|should (?:be|have|not)|ought to|favou?rite|(?:so|very|really|too|most) (?:boring|annoying|beautiful|ugly|boring|scary))\b",
    re.IGNORECASE,
)
_ASKING = _QUESTION_WORDS - {"when", "may", "how", "which", "will", "what"}  # these also begin statements
_ASKING_WHETHER = re.compile(
    r"\W*(?:i(?:['\u2019]?m| am| was)? (?:(?:just|only|really|often) )*wonder(?:ing)?|i(?:['\u2019]d| would) (?:love|like) to know|i (?:need|want) to know"
    r"|(?:please,? )?(?:tell me|let me know|check|look into|find out)) (?:please )?(?:if|whether|why)\b[^.!;]*[.!]?$",
    re.IGNORECASE,
)
_ASKING_BACK = re.compile(
    r"\b(?:true or (?:not|false)|is (?:it|this|that) (?:really )?(?:true|so|right|correct|real|legit)|is there (?:anything|something|any truth) (?:to|in) (?:it|this|that))\?\W*$",
    re.IGNORECASE,
)
"""What asks at its end whether the rest is so."""
_SPOKEN = re.compile(r"(?<![\w@#/.:])(?!https?:|www\.)\w[\w'.-]*")
_ABBREVIATIONS = frozenset(
    "dr mr mrs ms prof rev gen sen rep gov st jr sr vs etc al fig figs eq no nos vol pp cf ca approx est e.g i.e a.m p.m u.s u.k u.n w.h.o "
    "inc ltd co corp dept univ jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_WIDE_STOPS = str.maketrans("．！？　", ".!? ")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+")


@lru_cache(maxsize=1 << 10)
def is_question(text: str) -> bool:
    """Tell whether a text only asks: every sentence of three words or more is a question.

    Examples
    --------
    >>> is_question("Does 5G cause COVID-19?"), is_question("5G causes COVID-19. Why is nobody talking?")
    (True, False)
    """
    if _ASKING_WHETHER.match(text) or _ASKING_BACK.search(text):
        return True
    asks = False
    for sentence in _SENTENCE_END.split(text.strip()):
        spoken = _SPOKEN.findall(sentence)
        asking = len(spoken) > 2 and spoken[0].lower() in _ASKING and (spoken[0] != "WHO" or spoken[1].isupper())  # the health organisation
        if sentence.rstrip("\"') ").endswith("?") or asking:
            asks = True
        elif len(spoken) > 2:
            return False
    return asks


def is_opinion(text: str) -> bool:
    """Tell whether a text carries a marker of taste, feeling or policy ("I love", "should be", "in my opinion")."""
    return _OPINION.search(text) is not None


_REFERRING = re.compile(
    r"\?|\b(?:it|its|it's|he|she|they|them|theirs|him|this|that|that's|these|those|such|so|same|one|ones|both|either|neither|former|latter|which|who|"
    r"(?:not|never|no|nope|nah|none|nobody|nothing)|true|right|correct|real|really|actually|indeed|instead|but|however|yet|though|although|because|"
    r"therefore|thus|hence|otherwise|claims?|claimed|claiming|facts?|lies?|lying|lied|joke|jokes|joking|kidding|believed?|believes|believing|think|thinks|thought|doubt|doubts|"
    r"imagine|rumou?rs?|story|stories|news|source|sources|proof|proves|proven|evidence|wrong|say|says|said|saying|tell|tells|told|heard|hear|read|quote|quotes|"
    r"lol|lmao|haha\w*|rofl|sarcasm|irony|satire|spoiler|yes|yeah|sure|exactly|agree|disagree|oh|ok|okay|as if|wake up|do your|you decide|others?|another|too|also)\b|n't\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\W*(?:and |but |so |because |or )*(?:it(?!(?:'s| is| was| isn't| wasn't)\b)|its|he|she|they|them|their|him|his|her|this|that|these|those|such|which|both|who)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:this|that|these|those|the same|one|last|next) (?:(?:very |same |past |coming )?(?:morning|afternoon|evening|night|day|days|week|weeks|weekend|month|year|spring|summer|autumn|winter|time)|one)\b",
    re.IGNORECASE,
)


def refers(sentence: str) -> bool:
    """Tell whether a sentence may speak of what stands beside it: it points, judges, denies, asks, reports or goes on.

    Examples
    --------
    >>> refers("It is a lie."), refers("My aunt bakes bread this evening.")
    (True, False)
    """
    return points_back(sentence) or _REFERRING.search(_TIME.sub(" ", normalize(sentence))) is not None


def points_back(sentence: str) -> bool:
    """Tell whether a sentence begins with a word for what stands before it.

    Examples
    --------
    >>> points_back("They put chips into it"), points_back("Vaccines hold chips")
    (True, False)
    """
    return _POINTING.match(normalize(sentence)) is not None


def sentences(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence, by Punkt (Kiss and Strunk, 2006) with a list of abbreviations and no trained model.

    Parameters
    ----------
    text : str
        A text without any gives an empty list.

    Examples
    --------
    >>> text = "Dr. Smith measured 3.5%. Nobody had before."
    >>> [text[start:end] for start, end in sentences(text)]
    ['Dr. Smith measured 3.5%.', 'Nobody had before.']
    """
    return list(_splitter().span_tokenize(text.translate(_WIDE_STOPS)))


@lru_cache(maxsize=1)
def _splitter() -> PunktSentenceTokenizer:
    parameters = PunktParameters()
    parameters.abbrev_types.update(_ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters)


def _claim_length(text: str) -> int:
    """Return the number of words of a claim; 0 for a text that asserts nothing in English.

    A text with one word or none, in another language, that only asks, or that only reports what others say
    (`attribution.reported_claim`), asserts nothing. Addresses and hashtags are no words.

    Examples
    --------
    >>> claim_length("5G causes COVID-19"), claim_length("Is the Earth flat?"), claim_length("La Tierra es plana y los expertos lo saben")
    (3, 0, 0)
    """
    folded, tokens = read(text)
    spoken = sum(token[0] not in "<#" and token[0].isalnum() for token in tokens)
    asserts = spoken > 1 and not is_question(folded) and is_english(tokens) and not reported_claim(text)
    return spoken if asserts else 0


claim_length = Kept(_claim_length, MOST_KEPT)


def spoken(text: str) -> str:
    """Return a text without addresses, the full stop of a single sentence, and the hashtags after what it says; a hashtag among its words is read as its words.

    Whether somebody closes a sentence that stands alone with a full stop says nothing of what it claims.

    Examples
    --------
    >>> spoken("5G causes COVID-19, see https://example.org #wakeup #truth")
    '5G causes COVID-19, see'
    >>> spoken("#5G kills, so say #NoMasts to #it")
    '5G kills, so say No Masts to it'
    """
    if not _SPOKEN_SIGN.search(text):
        return text
    told = _TAG.sub(lambda match: _untagged(match[1]), spoken_in_place(text))
    if not _SENTENCE_END.search(told.translate(_WIDE_STOPS).rstrip()):
        told = _FULL_STOP.sub("", told)
    return text if told == text else _SPACE.sub(" ", told).strip()


def _untagged(tag: str) -> str:
    parts = _CAMEL.findall(tag)
    return " ".join(parts) if len(parts) > 1 and not any(part.isdigit() or len(part) < 2 for part in parts) else tag


def spoken_in_place(text: str) -> str:
    """Return a text with spaces where `spoken` leaves something out: each word stands where it stood.

    Examples
    --------
    >>> spoken_in_place("See www.a.org: 5G causes COVID-19 #truth")
    'See            5G causes COVID-19       '
    """
    told = _ADDRESS.sub(lambda match: " " * len(match[0]), text)
    if "#" not in told:
        return told
    parts = [(match.start(), match[0]) for match in _NOT_SPACE.finditer(told)]
    said = len(parts)
    while said and _LAST_TAG.fullmatch(parts[said - 1][1]):
        said -= 1
    if 0 < said < len(parts) and parts[said - 1][1].lower() in _LEADING:
        said += 1  # a tag that ends a sentence is a word of it
    tail = sum(part[0] == "#" for _, part in parts[said:])
    among = sum(part[0] == "#" for _, part in parts[:said])
    if said < _SAID or not tail or (tail == 1 and among > 1):
        return told
    return told[: parts[said][0]].ljust(len(text))


def signature(text: str) -> str:
    """Return what texts with the same words have in common, 16 hexadecimal digits; empty for a text without words.

    Order, repetition, inflection, case, disguises, punctuation, emoji, addresses, handles, the hashtags after what is said (`spoken`) and
    the commonest words make no difference; a number or a "not" does. A hashtag among the words counts as its words.

    Examples
    --------
    >>> signature("5G causes COVID-19!!! @friend https://example.org") == signature("covid is caused by 5g")
    True
    >>> signature("5G causes COVID-19") == signature("5G does not cause COVID-19")
    False
    """
    _, tokens = read(spoken(text))
    stems = {stem(token) for token in tokens if token[0] not in "<#" and token not in FUNCTION_WORDS}
    return hashlib.sha256(" ".join(sorted(stems)).encode()).hexdigest()[:16] if stems else ""


def is_english(tokens: Sequence[str]) -> bool:
    """Tell whether tokens read as English. Too few words to tell counts as English.

    Parameters
    ----------
    tokens : sequence of str
        As `tokenize` gives them.
    """
    words = [token for token in tokens if token[0] not in "<#" and not token[0].isdigit()]
    if not words:
        return True
    if not "".join(words).isascii() and sum(not word[0].isascii() for word in words) * 2 > len(words):
        return False
    foreign = sum(map(_FOREIGN_WORDS.__contains__, words))
    return foreign < 2 or foreign <= sum(word in FUNCTION_WORDS or word in NEGATIONS for word in words)
