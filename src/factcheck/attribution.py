"""Whose claim a text makes: the writer's own, or one that the writer only passes on as what others say."""

from __future__ import annotations

import re
from functools import lru_cache

_SAYS = (
    r"(?:say(?:s|ing)?|said|th(?:ink(?:s|ing)?|ought)|believ(?:e[sd]?|ing)|claim(?:s|ed|ing)?|alleg(?:e[sd]?|ing)|insist(?:s|ed|ing)?|argu(?:e[sd]?|ing)|"
    r"suspect(?:s|ed)?|fear(?:s|ed)?|feels?|felt|swears?|swore|maintain(?:s|ed)?|assert(?:s|ed)?|repeat(?:s|ed|ing)?|suggest(?:s|ed|ing)?|declare[sd]?|"
    r"preach(?:es|ed)?|imagine[sd]?|suppose[sd]?|reckon(?:s|ed)?|assume[sd]?|worr(?:y|ies|ied)|complain(?:s|ed)?|mention(?:s|ed)?|post(?:s|ed|ing)?(?= that | the (?:claim|story|idea|theory|lie|message|post|video) )|"
    r"tweet(?:s|ed|ing)?|shar(?:e[sd]?|ing)(?= that | the (?:claim|story|idea|theory|lie|message|post|video) )|spread(?:s|ing)?(?= that | the (?:claim|story|idea|theory|lie|message|post|video) )|wonder(?:s|ed)?|(?:is|are|was|were) (?:convinced|sure|adamant|certain|afraid))"
)
_CROWD = (
    r"(?:they|every(?:body|one)|(?:some|many|most|several|other|certain|few|lots of|plenty of|a (?:few|lot of|number of|handful of)|millions of|thousands of|half(?: of)?|"
    r"more and more)(?: (?!(?:is|are|was|were|be|been)\b)[\w'-]+){0,4}?|people|folks|users|commenters|believers|parents|critics|opponents|sceptics|skeptics|campaigners|activists|protesters|"
    r"influencers|celebrities|locals|villagers|neighbou?rs|(?:conspiracy )?theorists|anti-?vaxx?ers|flat-?earthers|creationists|deniers|"
    r"(?:nearly |almost |about |over )?(?:one|two|three|\d+) (?:in|out of) \w+(?: [\w'-]+){0,5}?)"
)
_MEDIUM = (
    r"(?:post|video|clip|message|tweet|thread|meme|leaflet|flyer|poster|rumou?r|hoax|legend|myth|theory|story|tale|podcast|influencer|blogger|account|user|"
    r"site|website|page|chain letter|e-?mail|caption|comment(?:er)?|forum|group|song|film|ad|advert)"
)
_KIN = (
    r"(?:uncle|aunt(?:ie)?|neighbou?r|cousin|mother|father|mum|mom|dad|nana?|gran(?:dma|dad|dpa|dmother|dfather)?|brother|sister|friend|mate|colleague|boss|"
    r"patient|pupil|student|hairdresser|barber|land(?:lord|lady)|husband|wife|partner|son|daughter|nephew|niece|roommate|flatmate|teammate|coach|client|"
    r"customer|driver)"
)
_ALSO = r"(?: who [^,.]{3,40}?)?(?: (?:still|now|also|really|even|actually|always|keeps?|kept|once|wrongly|falsely|seem to|like to|love to|have|has|had)){0,3}"
_TO = r"(?: (?:me|us|everyone|everybody|people|all|anyone|online|on [A-Z]\w+))?"
_WHAT = r"(?: the (?:claim|story|rumou?r|idea|theory|lie|message|post|video))?,? (?:that )?(?P<said>\S)"
_SPREAD = r"(?:common|popular|widespread|wide-spread|persistent|old|growing|spreading|rife)"
_OPENING = r"^\W*(?:(?:and|but|so|now|today|yesterday|apparently|sadly|online|here|still|on \w+|in [\w' ]{2,20})[, ]+)?"
_FRAMES = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"{_OPENING}(?P<who>{_CROWD}){_ALSO}(?<!\bto) {_SAYS}{_TO}{_WHAT}",
        (
            rf"^\W*(?P<who>(?:an?|the|this|that|one|another|some|her|his|their|your)(?: [\w'-]+){{0,3}} {_MEDIUM}s?"
            rf"(?: (?:on|from|by|in|about|going) [^,.]{{2,40}}?)?(?: (?:that|which) [^,.]{{3,40}})?){_ALSO}(?<!\bto) {_SAYS}{_WHAT}"
        ),
        rf"^\W*(?P<who>(?:my|our|his|her|their|your|an?|the)(?: [\w'-]+){{0,2}} {_KIN}s?){_ALSO}(?<!\bto) (?:{_SAYS}|tell(?:s|ing)?|told){_TO}{_WHAT}",
        (
            r"^\W*it (?:is|was|has been) (?:widely |often |sometimes |commonly |now |being |still |also )*"
            r"(?:said|claimed|rumou?red|alleged|believed|thought|whispered|suggested|argued) that (?P<said>\S)"
        ),
        r"^\W*according to (?P<who>[\w'-]+(?: [\w'-]+){0,4}), (?P<said>\S)",
        (
            r"^\W*(?:there (?:is|are|was|were) |i (?:keep|kept) (?:reading|hearing|seeing) )?(?P<who>(?:an? |the |another )?(?:[\w'-]+ )?"
            r"(?:rumou?rs?|theor(?:y|ies)|claims?|stor(?:y|ies)|belief|whispers?|hoax(?:es)?))"
            r"(?: (?:going|doing|making|circulating|spreading|has it|have it|went|goes|on|in|from)[^,.]{0,30}?)? that (?P<said>\S)"
        ),
        r"^\W*i (?:keep|kept|have been|am) (?:reading|hearing|seeing|being told|told)(?: everywhere| online| all day)? that (?P<said>\S)",
        r"^\W*i (?:have |just |also )?(?:heard|read|was told)(?: somewhere| online| today| yesterday| again)? that (?P<said>\S)",
        r"^\W*(?:allegedly|reportedly|supposedly),? (?P<said>\S)",
        rf"^\W*it (?:is|was|remains) an? {_SPREAD} (?:belief|fear|view|idea|notion|superstition|assumption) (?:here |there |in [\w' ]{{2,20}} )?that (?P<said>\S)",
        rf"^\W*(?:the )?(?:belief|fear|talk|rumou?rs?) (?:in|of|about|that) (?P<said>\S[^.!?]*?) (?:is|are|was|were|has been|remains?) (?:still |very |quite )?{_SPREAD}\b",
        rf"^\W*(?P<who>[A-Z][\w' -]{{1,40}}?|(?:an?|the|one|two|three) [\w' -]{{2,40}}?){_ALSO}(?<!\bto) (?:{_SAYS}|told \w+|called on \w+) that (?P<said>\S)",
    )
)
_SOURCE = re.compile(r", according to (?P<who>(?:an?|the|some|one|this|my|our|his|her|their|[A-Z])[^,.!?]{2,60})[.!\u2026 ]*$")
_AFTERTHOUGHT = re.compile(
    rf"(?:,| -|\u2014|\u2013) ?(?:or so |at least that'?s what |as |that'?s what |so )?(?:{_CROWD}|(?:my|our|his|her|their|a|the) (?:[\w'-]+ ){{0,2}}{_KIN}"
    rf"|(?:the|an?|some|this|one) (?:[\w'-]+ ){{0,2}}{_MEDIUM}|rumou?r|legend|word|the grapevine)"
    rf"(?:(?: on [\w' ]{{2,20}}?)? (?:{_SAYS}|has it|have it|goes|go|tells? me|told me|would have it|would have us believe))"
    rf"(?: (?:me|us|everyone|online|on [A-Z]\w+|in [\w' ]{{2,20}}))?[.!\u2026 ]*$",
    re.IGNORECASE,
)
"""Who said it, after what was said."""
_LEAST_WORDS = 3
_LONGEST_FRAME = 240
"""Characters within which the reported words must begin: no text takes long to read."""
_VOUCHING = re.compile(
    r"\b(?:scientists?|researchers?|stud(?:y|ies)|experts?|doctors?|physicians?|professors?|evidence|science|data|research|reports?|reviews?|surveys?|trials?|"
    r"authorit(?:y|ies)|officials?|agency|ministr?y|minister|government|regulators?|who|nasa|cdc|fda|nhs|itu|iarc|ipcc|epa|un|eu|ecdc|noaa|ofcom|"
    r"institute|university|organi[sz]ation|union|academy|council|court|journal|scientific|medical|nurses?|virologists?|epidemiologists?|astronomers?|engineers?|"
    r"i|we|you|nobody|none|nothing|whoever|anyone|anybody|wonder|wrong)\b",
    re.IGNORECASE,
)
"""Who is quoted for being right, or speaks for the writer; and what is no speaker."""
_JUDGED = re.compile(
    r"[\"\u201c\u201d]|(?<!\w)'|\b(?:untrue|false(?:ly)?|wrong(?:ly)?|right|correct(?:ly)?|true|lies?|nonsense|rubbish|debunk\w*|in fact|baseless|unfounded|hoax(?:es)?|"
    r"nope|mistaken\w*|fake|bogus|misleading|incorrect\w*|no wonder|that's what)\b",
    re.IGNORECASE,
)
_NEXT_PART = re.compile(r"[.!?;:]\s|\s[-\u2013\u2014]+\s")
_ARGUED = re.compile(r"\b(?:no|not|never|none|nobody|\w+n't|dont|doesnt|isnt|but|so|mine|my|i|actually|proof|proves)\b", re.IGNORECASE)
_TURN = re.compile(r", (?:but|and|because|since|yet|though)\b", re.IGNORECASE)


@lru_cache(maxsize=1 << 10)
def reported_claim(text: str) -> tuple[int, int] | None:
    """Return where the words stand that a text only reports, ``text[start:end]``.

    "Some people believe that X" says that they do and not that X. None where the writer speaks for himself, judges what is reported,
    goes on to argue, or leans on somebody who is quoted for being right ("Scientists say"): that asserts it.

    Parameters
    ----------
    text : str
        English; as it was written.

    Examples
    --------
    >>> text = "Some people believe that 5G causes coronavirus"
    >>> text[slice(*reported_claim(text))]
    '5G causes coronavirus'
    >>> reported_claim("Scientists say that 5G causes coronavirus"), reported_claim("They say 5G causes coronavirus. Nonsense!")
    (None, None)
    """
    if _JUDGED.search(text):
        return None
    if (after := _behind(text)) and not _turns(text[: after.start()]):
        said = text[: after.start()].strip()
        start = text.index(said)
        return (start, start + len(said)) if len(said.split()) >= _LEAST_WORDS else None
    for frame in _FRAMES:
        if not (found := frame.match(text, 0, _LONGEST_FRAME)):
            continue
        start = found.start("said")
        said = text[start:].rstrip()
        if len(said.split()) >= _LEAST_WORDS and not _turns(said) and not _VOUCHING.search(found.groupdict().get("who") or ""):
            return start, start + len(said)
    return None


def _behind(text: str) -> re.Match[str] | None:
    """Return what a text says at its end of who said the rest, unless it leans on somebody who is quoted for being right."""
    begin = max(0, len(text) - _LONGEST_FRAME)
    source = _SOURCE.search(text, begin)
    return source if source and not _VOUCHING.search(source["who"]) else _AFTERTHOUGHT.search(text, begin)


def _turns(text: str) -> bool:
    """Tell whether a text goes on to argue: in a part behind its first, or in the same sentence.

    Two searches, not one pattern: that would try every word behind each of the parts.
    """
    part = _NEXT_PART.search(text)
    return bool((part and _ARGUED.search(text, part.end())) or _TURN.search(text))
