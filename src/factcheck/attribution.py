"""Whose claim a text makes: the writer's own, one that the writer only passes on as what others say, or one that the writer denies."""

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
        r"^\W*according to (?P<who>[\w'-]+(?: [\w'-]+){0,11}), (?P<said>\S)",
        r"^\W*that (?P<said>\w[^.!?]{8,160}?) (?:is|was) (?:a|an|the|one) (?:[\w-]+ )?(?:view|belief|idea|claim|theory|notion|opinion|conviction|rumou?r|fear)\b",
        (
            r"^\W*(?:there (?:is|are|was|were) |i (?:keep|kept) (?:reading|hearing|seeing) )?(?P<who>(?:an? |the |another )?(?:[\w'-]+ )?"
            r"(?:rumou?rs?|theor(?:y|ies)|claims?|stor(?:y|ies)|belief|whispers?|hoax(?:es)?))"
            r"(?: (?:going|doing|making|circulating|spreading|has it|have it|went|goes|on|in|from)[^,.]{0,30}?)? that (?P<said>\S)"
        ),
        r"^\W*i (?:keep|kept|have been|am) (?:reading|hearing|seeing|being told|told)(?: everywhere| online| all day)? that (?P<said>\S)",
        (
            r"^\W*(?:(?:at|in|as) [\w' ]{2,20}?,? )?(?:i|we) (?:have |just |also |once )?(?:heard|read|(?:was|were) (?:told|taught))"
            r"(?: somewhere| online| today| yesterday| again| by [\w' ]{2,30}?)? that (?P<said>\S)"
        ),
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
    r"institute|university|organi[sz]ation|medics?|specialists?|panel|committee|commission|spokes\w+|union|academy|council|court|journal|scientific|medical|nurses?|virologists?|epidemiologists?|astronomers?|engineers?|"
    r"i|we|me|us|you|nobody|none|nothing|whoever|anyone|anybody|wonder|wrong)\b",
    re.IGNORECASE,
)
"""Who is quoted for being right, or speaks for the writer; and what is no speaker."""
_JUDGED = re.compile(
    r"[\"\u201c\u201d]|(?<!\w)'|\b(?:untrue|false(?:ly)?|wrong(?:ly)?|right|correct(?:ly)?|true|lies?|nonsense|rubbish|debunk\w*|in fact|baseless|unfounded|hoax(?:es)?|"
    r"nope|mistaken\w*|misunderst\w+|fake|bogus|misleading|incorrect\w*|no wonder|that's what|ma(?:ke|king) it up|made up)\b",
    re.IGNORECASE,
)
_NEXT_PART = re.compile(r"[.!?;:]\s|\s[-\u2013\u2014]+\s")
_ARGUED = re.compile(r"\b(?:no|not|never|none|nobody|\w+n't|dont|doesnt|isnt|but|so|mine|my|i|actually|proof|proves)\b", re.IGNORECASE)
_TURN = re.compile(r", (?:but|and|so|because|since|yet|though)\b", re.IGNORECASE)


# What is told of within a sentence, as news tell it: that somebody held it, for what reason or with what end.
_HOLDS = (
    "say says said think thinks thought believe believes believed claimed allege alleges alleged insist insists insisted argue argues argued suspect suspects "
    "suspected feared swears swore maintain maintains maintained assert asserts asserted repeat repeats repeated suggest suggests suggested declare declares "
    "declared preaches preached imagine imagines imagined reckon reckons reckoned assume assumes assumed worry worries worried complain complains complained "
    "tweet tweets tweeted write writes wrote states stated testify testifies testified reply replies replied promise promises promised hold holds held teach "
    "teaches taught shout shouts shouted agree agreed warns tell tells persuaded convinced deny denies denied denying heard speculate speculates speculated "
    "contend contends contended explains explained rumoured rumored announced proclaims proclaimed predict predicts predicted feel feels felt"
)
_HOLDS_BARELY = (
    "say says said think thinks thought believe believes believed claim claims claimed alleged insist insists insisted suspect suspects suspected fear fears feared "
    "swear swears swore reckon reckons reckoned assume assumes assumed heard persuaded convinced blame blames blamed attribute attributes attributed"
)
_HOLDING_BARELY = "saying thinking believing claiming alleging insisting arguing fearing maintaining suggesting declaring calling blaming"
_HOLDING_THAT = (
    "saying thinking believing claiming alleging insisting arguing suspecting fearing maintaining asserting suggesting declaring preaching assuming complaining "
    "tweeting writing stating testifying teaching shouting warning telling hearing reading promising posting"
)
_MEANING_TO = "argue claim insist allege complain declare preach protest"
_SELLING = "promoting touting hyping peddling advertising recommending describing presenting"
_PROMOTES = "promote promotes promoted advertise advertises advertised tout touts touted praise praises praised hail hails hailed peddle peddles peddled hype hypes"
_PRESENTED = "described portrayed branded presented touted hyped hailed advertised marketed"
_NAMES = (
    "rumour rumours rumor rumors claim claims belief conviction notion idea theory theories story stories fear fears speculation allegation allegations "
    "suspicion suspicions superstition legend tale tales gossip word view opinion statement suggestion assertion accusation accusations impression grounds "
    "delusion argument arguments slogan myth misconception propaganda reports posts videos leaflets sentence"
)
_CUES = frozenset(
    f"{_HOLDS} {_HOLDS_BARELY} {_HOLDING_THAT} {_HOLDING_BARELY} {_MEANING_TO} {_SELLING} {_PROMOTES} {_PRESENTED} {_NAMES} "
    "told adamant certain sure afraid accused purporting purported purports given cited".split()
)
"""Words of which one stands in every report that `_TOLD` finds."""
_WORD = re.compile(r"[a-z]+")


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_TO_WHOM = r"(?P<to>(?: (?:to|on|in|at|during|before|online|under))?(?: (?!that\b)[\w'\u2019-]+){0,4}?)"
_SAID = r"(?!(?:by|is|was|when|and|at)\b)(?P<said>\w)"
_SAID_BARELY = r"(?!(?:that|to|so|in|this|about|of|for|on|with|at|by|and|or|as|is|was|when|what|otherwise)\b)(?P<said>\w)"
_HELD = re.compile(
    rf"\b(?:(?:{_any(_HOLDS)}|(?<!the )(?<!an )(?<!any )(?<!\ba )(?<!this )(?<![sl] )(?:claims?|fears?)|(?<!was )(?<!were )(?<!been )told|told by"
    rf"|(?:is|are|was|were|been) (?:adamant|certain|sure|afraid)){_TO_WHOM} that|(?:is|are|was|were) (?:convinced|persuaded|adamant)"
    rf"|(?:tells?|told)(?: [\w'\u2019-]+){{1,3}}(?= (?:he|she|they|it) )|(?:said|says|wrote|replied|claims|claimed|tweeted):) {_SAID}",
    re.IGNORECASE,
)
_BELIEVED = re.compile(
    r"\b(?:(?-i:[Hh]e|[Ss]he|[Tt]hey)|(?-i:(?<=[\w,] )who))(?:['\u2019][sd]|['\u2019]ve)?"
    rf"(?: (?:still|now|also|once|wrongly|always|long|had|has|have|is|are|was|were)){{0,3}} {_any(_HOLDS_BARELY)} {_SAID_BARELY}",
    re.IGNORECASE,
)
_HOLDING = re.compile(
    rf"\b(?:(?:{_any(_HOLDING_BARELY)}|purporting to show|accused of|{_any(_SELLING)}(?= (?:[\w'-]+ ){{1,4}}as\b))"
    rf"|(?P<that>(?:{_any(_HOLDING_THAT)}|to {_any(_MEANING_TO)}){_TO_WHOM} that)) {_SAID_BARELY}",
    re.IGNORECASE,
)
_LED = re.compile(
    r"(?:,|\b(?:for|by|of|after|over|from|into|in|while|is|are|was|were|been|be|began|started|keeps?|kept|posts?|videos?|clips?|messages?|tweets?|leaflets?|articles?|"
    r"sites?|letters?|people|users|parents|groups?|m[ae]n|wom[ae]n|crowds?|protesters))(?: \w+ly| online)? ?$",
    re.IGNORECASE,
)
"""What stands before a saying that somebody does, unlike the "thinking" of "foggy thinking"."""
_NAMED = re.compile(
    rf"\b(?:{_any(_NAMES)}|(?:reasons?|excuses?) (?:given|cited))"
    r"(?:(?: (?:going|goes|got|went|spread|arose|emerged|circulated)(?: [\w-]+){0,2}|(?: (?!(?:is|that)\b)[\w'-]+){0,6} (?:is|was))? that (?P<said>\w)"
    r"| (?:of|about|on|in) (?P<told>\w[\w' -]{1,40}?\w{2,}ing\b|a link\b))",
    re.IGNORECASE,
)
_RUMOURED = re.compile(
    r"\b(?:(?:is|are|was|were|been|being) (?:often |also |widely )?(?:said|rumou?red|alleged|claimed|purported) to|purports to show"
    rf"|(?:is|are|was|were|been|being) {_any(_PRESENTED)}(?: [\w'-]+){{0,4}}? as) (?P<said>\w)"
    rf"|(?<=\w ){_any(_PROMOTES)} (?P<told>(?:[\w'-]+ ){{1,5}}?(?:as|against)\b)",
    re.IGNORECASE,
)
_TOLD = (_HELD, _BELIEVED, _HOLDING, _NAMED, _RUMOURED)
_CLAUSE = re.compile(
    r"[,;:.!?\u2013\u2014]|\b(?:because|since|and|but|after|as|when|while|that|if|whether|although|though|until|where|which)\b",
    re.IGNORECASE,
)
_INSERTED = re.compile(r", [^,]{1,60},")
_RELATIVE = re.compile(r"\bwho\b")
_SHOWN = re.compile(rf"\b{_MEDIUM}s?\b[^.!?]{{0,40}} (?:in which|where|with|of an?)\b", re.IGNORECASE)
"""A medium in which somebody is shown: who speaks there is not quoted for being right."""
_ANTECEDENT = 3
"""Words before "who" that tell who that is."""
_QUOTED = re.compile(r"[\"\u201c\u201d]|(?<!\w)'")
_PAUSE = re.compile(r"[,.!?;:(\u2013\u2014]| - ")
_ADVERBS = re.compile(r"\b\w+ly\b")
_INSTITUTION = re.compile(r"\b[A-Z]{2,}\b")
_OWN = re.compile(r"\b(?:i|we|me|us|you|your|let's)\b|\?", re.IGNORECASE)
_UNSAID = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|without|stop|hardly|can|could|should|must|would|may|might|will|if|whether|anyone|whoever|\w+n['\u2019]t|cannot|"
    r"it is|it'?s)\b[^,]{0,20}$|(?<!used )\bto $",
    re.IGNORECASE,
)
"""What keeps a verb of saying from telling that somebody said it."""
_DENIED = re.compile(
    r"^\W*(?:it|this)(?:['\u2019]s| is| was) |\b(?:no|not|never|nothing|none|nobody|without|despite|contrary|ignor\w+|reject\w*|dismiss\w*|den(?:y|ies|ied)|disput\w+|"
    r"disprov\w+|contradict\w*|refut\w+|dispel\w*|counter\w*|fraud\w*|why|\w+n['\u2019]t|cannot|lacks?|facts?|checked|quash\w*|put to rest|doubt\w*|clear\w*)\b",
    re.IGNORECASE,
)
_DEED = re.compile(r"\b(?:for|of|over|by|after)(?: \w+ly)? ?$", re.IGNORECASE)
"""What a report is the ground of: whoever is fined for it is not quoted for being right."""


@lru_cache(maxsize=1 << 10)
def reported_claim(text: str) -> tuple[int, int] | None:
    """Return where the words stand that a text only reports, ``text[start:end]``.

    "Some people believe that X" says that they do and not that X, and so it is with "He was fined for claiming X". None where the writer
    speaks for himself, judges what is reported, goes on to argue, or leans on somebody who is quoted for being right ("Scientists say"):
    that asserts it.

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
    return (None if _JUDGED.search(text) else _framed(text)) or _told_of(text)


def _framed(text: str) -> tuple[int, int] | None:
    """Return what a text reports from its first words on, or up to its last."""
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


def _told_of(text: str) -> tuple[int, int] | None:
    """Return what somebody held, within what a text tells: "Two men burned a mast because they believed that X"."""
    if _CUES.isdisjoint(_WORD.findall(text[:_LONGEST_FRAME].lower())):
        return None
    for pattern in _TOLD:
        for found in pattern.finditer(text, 0, _LONGEST_FRAME):
            start = max(found.start(name) for name in found.groupdict() if name in ("said", "told"))
            said = text[start:].rstrip()
            if (
                len(said.split()) >= _LEAST_WORDS
                and _tells(text[: found.start()], found)
                and not _turns(said)
                and not _judges(found, start)
            ):
                return start, start + len(said)
    return None


def _judges(found: re.Match[str], start: int) -> bool:
    """Tell whether the writer judges what is said from ``start`` on.

    What is said may judge something itself ("He says that X is a hoax"), but not behind a comma, a noun or "those who say".
    """
    text = found.string
    if found.re in (_NAMED, _RUMOURED) or found[0].startswith("who") or _QUOTED.search(text):
        return _JUDGED.search(text) is not None
    end = _PAUSE.search(text, start)
    return bool(_JUDGED.search(text, 0, start) or (end and _JUDGED.search(text, end.start())))


def _tells(before: str, found: re.Match[str]) -> bool:
    """Tell whether what stands before a report only leads to it: it argues nothing, denies nothing, and names nobody who is right."""
    if _OWN.search(before) or _TURN.search(before) or _NEXT_PART.search(before):
        return False
    if found.re is _NAMED:
        return not (_DENIED.search(before) or _DENIED.search(found.string, found.end()) or _leans(before))
    clause = _CLAUSE.split(_INSERTED.sub(" ", before))[-1]
    if _UNSAID.search(clause) or (found.re is _HELD and not _ADVERBS.sub("", clause).strip()):
        return False
    if found.re is _HOLDING:
        return bool(_DEED.search(before) or ((found["that"] or _LED.search(before)) and not _leans(before)))
    speaker = " ".join(clause.split()[-_ANTECEDENT:]) if found[0].startswith("who") else clause
    return bool(_SHOWN.search(before)) or not _leans(f"{speaker} {found.groupdict().get('to') or ''}")


def _leans(speaker: str) -> bool:
    """Tell whether words name somebody who is quoted for being right; "who" is the health organisation only in capitals."""
    return bool(_INSTITUTION.search(speaker) or _VOUCHING.search(_RELATIVE.sub(" ", speaker)))


# ---------------------------------------------------------------------------------------------------------------------
# Denials
# ---------------------------------------------------------------------------------------------------------------------

_UNTRUE = (
    r"(?:not (?:at all )?(?:true|so|right|correct|the case)|untrue|false|wrong|incorrect|fake|bogus|baseless|unfounded|mistaken|misleading|made up|invented|disproved|disproven|"
    r"debunked|refuted|fiction|nonsense|rubbish|hogwash|baloney|bunk|misinformation|disinformation|(?:an? |one more |yet another )?(?:\w+ )?(?:myth|lie|hoax|fallacy|falsehood|"
    r"fabrication|misconception|superstition|fairy tale))"
)
_HOW_MUCH = r"(?:(?:simply|just|quite|completely|totally|utterly|entirely|plainly|clearly|all|long|since|of course|still|also|now|a) )*"
_IS = r"(?:(?:'|\u2019)s|(?: is| are| was| were| has been| have been| had been))(?: being| proved| proven| called| known to be)?"
_ISNT = r"(?: (?:is|are|was)(?: not|n(?:'|\u2019)t)|(?:'|\u2019)s not) (?:at all )?(?:true|so|right|correct|the case)"
_MATTER = r"(?:claims?|idea|theory|theories|rumou?rs?|stor(?:y|ies)|myth|notion|belief|allegations?|suggestion|statement|view|hoax|lie|legend|assertion|misconception)"
_DENIED_BEHIND = tuple(
    re.compile(rf"^\W*(?:(?:no|nope|sorry|well|and|but)\b,? )?{pattern}", re.IGNORECASE)
    for pattern in (
        rf"it(?:{_IS} {_HOW_MUCH}{_UNTRUE}|{_ISNT})(?: to (?:say|claim|think|believe))?(?: by [\w' ]{{2,30}})? that (?P<said>\S)",
        (
            r"there(?:'s| is| are| was|\u2019s) (?:no|not any|not a shred of|zero|not the slightest) (?:[\w-]+ ){0,3}?(?:evidence|proof|truth|sign|basis|indication|support|reason)"
            rf"(?: at all| whatsoever)?(?: (?:for|to|in|behind) the {_MATTER}| to (?:believe|think|suggest|say))? that (?P<said>\S)"
        ),
        rf"(?:myth|false|fake|untrue|hoax|debunked|wrong|misleading|fact[- ]check)(?: {_MATTER})? ?[:\u2013\u2014-] (?P<said>\S)",
        (
            r"[\w' -]{2,40}? (?:den(?:y|ies|ied)|reject(?:s|ed)?|refut(?:e|es|ed)|debunk(?:s|ed)?|disprov(?:e|es|ed)|dismiss(?:es|ed)?|disput(?:e|es|ed)|contradict(?:s|ed)?)"
            rf"(?: the {_MATTER}| reports)? that (?P<said>\S)"
        ),
        (
            r"(?:nobody|no one|nothing|none of \w+|(?:no|not a single|not one) (?:\w+ )?(?:study|trial|scientist|doctor|expert|research|researcher|data|figures?))(?: \w+)?"
            r" (?:shows?|showed|shown|proves?|proved|proven|suggests?|suggested|finds?|found|says?|said|confirms?|confirmed|indicates?) that (?P<said>\S)"
        ),
        (
            r"(?:i|we|you)? ?(?:do not|don(?:'|\u2019)t|did not|didn(?:'|\u2019)t|never|stop|quit)(?: (?:ever|really|for \w+ \w+))?"
            r" (?:believe|believing|say|saying|claim|claiming|think|thinking|spread|spreading|tell|telling)(?: (?:me|us|people|anyone))?(?: for \w+ \w+)?"
            rf"(?: the {_MATTER})? that (?P<said>\S)"
        ),
    )
)
"""What denies, up to what it denies."""
_MATTER_DENIED = re.compile(
    rf"^\W*(?:the|this|that|any|another) (?:\w+ )?{_MATTER} that (?P<said>\S.*?)(?:{_IS} {_HOW_MUCH}{_UNTRUE}|{_ISNT})\b",
    re.IGNORECASE | re.DOTALL,
)
_DENIED_BEFORE = re.compile(
    rf"(?:[.!?,;:)\]\"'\u201d\u2019\u00bb\u2026\u2013\u2014-]|\band\b|\bbut\b) *(?:(?:and|but|yet|well|honestly|in fact|actually|sorry)\b,? )?"
    rf"(?:(?:this|that|it|which|all of (?:this|that|it)|such a thing|(?:the|this|that) (?:whole )?{_MATTER})(?:{_IS} {_HOW_MUCH}{_UNTRUE}|{_ISNT})|{_HOW_MUCH}{_UNTRUE}|no|nope|never|not at all|no way)"
    r"(?:,? (?:say|says|said|according to) [\w' ]{2,40})?[\W_]*$",
    re.IGNORECASE,
)
"""A last word that denies what stands before it."""


@lru_cache(maxsize=1 << 10)
def denied_claim(text: str) -> tuple[int, int] | None:
    """Return where the words stand that a text denies as a whole, ``text[start:end]``; None where it is not plain that it does.

    Parameters
    ----------
    text : str
        English; as it was written.

    Examples
    --------
    >>> for text in ("It is not true that 5G causes coronavirus", "5G causes coronavirus. Nonsense!"):
    ...     text[slice(*denied_claim(text))]
    '5G causes coronavirus'
    '5G causes coronavirus'
    >>> denied_claim("5G causes coronavirus")
    """
    for frame in _DENIED_BEHIND:
        if found := frame.match(text, 0, _LONGEST_FRAME):
            return _enough(text, found.start("said"), len(text))
    if found := _MATTER_DENIED.match(text, 0, _LONGEST_FRAME):
        return _enough(text, *found.span("said"))
    if found := _DENIED_BEFORE.search(text, max(0, len(text) - _LONGEST_LAST_WORD)):
        return _enough(text, 0, found.start())
    return None


def _enough(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return a span without what is no word at its ends, None where too few words are left to claim anything."""
    said = text[start:end]
    start, end = start + len(said) - len(said.lstrip(_NO_WORD)), end - len(said) + len(said.rstrip(_NO_WORD))
    return (start, end) if len(text[start:end].split()) >= _LEAST_WORDS else None


_LONGEST_LAST_WORD = 120
"""Characters at the end of a text within which it may deny the rest."""
_NO_WORD = " \t\n.,;:!?\"'\u201c\u201d\u2018\u2019\u00ab\u00bb\u2026\u2013\u2014-"
