"""Rewordings of a claim that change its label: denied, quoted, reported, asked, hedged, or with another detail.

The frames and word lists are an attacker's, written apart from those by which the rest of the package reads and makes denials, and must stay
so: a measure that shares its lists with what it measures shows only that they agree.

Every function takes a claim and random numbers and returns the claim reworded, the empty string where its rules cannot do so in
good English or cannot be sure of what follows. The rules are for English.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from random import Random

DENIED_BEFORE = (
    "It is not true that {}",
    "It is a lie that {}",
    "It is simply incorrect to say that {}",
    "There is nothing in the story that {}",
    "No serious expert accepts that {}",
    "Do not believe anybody who tells you that {}",
    "It has been disproved that {}",
    "Whoever told you that {} was wrong",
    "The notion that {} has been thoroughly discredited",
    "It is a tall tale that {}",
    "Nothing could be further from the truth than the idea that {}",
    "I was wrong to think that {}",
)
DENIED_AFTER = (
    "{}. Not true.",
    "{} - wrong!",
    "{}. That is nonsense.",
    "{}... no, that isn't so",
    "{}? No.",
    "{}: a complete fabrication",
    "{}. This has been disproved time and again.",
    "{}. Don't fall for it.",
    "{} is what they tell you, and it is untrue",
    "{}, which is rubbish",
)
QUOTED_AND_DENIED = (
    '"{}" That is false.',
    "“{}” – no, that is made up.",
    "'{}' is not true.",
    'You will hear "{}". It is wrong.',
    'FALSE: "{}"',
    '"{}" is bogus',
    "The sentence “{}” is untrue",
    "«{}» Nonsense.",
    '"{}"? Not so.',
    '"{}", they say. They are mistaken.',
)
REPORTED = (
    "Some people say that {}",
    "A friend of a friend swears that {}",
    "There is a video doing the rounds which says that {}",
    "Half of my timeline believes that {}",
    "Plenty of folk are convinced that {}",
    "A leaflet through our door says that {}",
    "He told the radio that {}",
    "Word on the street is that {}",
    "Posts that were shared thousands of times allege that {}",
    "According to a chain message, {}",
    "{}, a stranger on the bus told me",
    "{}, or so the story goes",
)
ASKED = (
    "Is it true that {}?",
    "Does anybody know whether {}?",
    "{}?",
    "Can someone tell me if {}?",
    "Is it really so that {}?",
    "Wait, {}?",
    "Are they right when they say that {}?",
    "I was wondering whether {}",
    "Has anyone checked whether {}?",
)
HEDGED = (
    "It may be that {}",
    "Perhaps {}",
    "It could well be that {}",
    "I would guess that {}",
    "Possibly {}",
    "{}, probably",
    "There is a chance that {}",
    "I suspect that {}",
    "If I remember rightly, {}",
)

_OWN_FRAME = re.compile(
    r"\b(?:myths?|hoax\w*|rumou?rs?|false\w*|fake\w*|lie[sd]?|lying|untrue|true|truth|wrong\w*|nonsense|debunk\w*|claim\w*|says?|said|told|tells?|"
    r"believes?d?|thinks?|story|stories|rubbish|maybe|perhaps|probably|possibly|may|might|allege\w*|reported\w*|according|whether|if)\b",
    re.IGNORECASE,
)
"""Claims that already say something of what they say: a frame round a frame may mean anything."""
_REJECTS = re.compile(
    r"\b(?:myths?|hoax\w*|rumou?rs?|false\w*|fake\w*|lie[sd]?|lying|untrue|wrong\w*|nonsense|debunk\w*|rubbish|forget|maybe|perhaps|if|whether)\b",
    re.IGNORECASE,
)
_OPENINGS = frozenset(
    "no yes well so but and or because also oh hey mate fun fact psa breaking news remember reminder sorry please look why how what who when where "
    "did does do is are was were can could will would should has have not only just if name ask wash check let think try tell forget share watch read "
    "call phone don't dont stick rub hop sleep gargle cheers gave had got said went".split()
)
"""A claim that begins so is no clause that can stand behind "that"."""
_LOWERED = frozenset(
    "the a an this that these those there it its they them he she we you your my our their in on at as by for with from of no nobody nothing one two "
    "three most many some people every each all any both".split()
)
_AUXILIARIES = frozenset("is are was were can cannot will has have had does do did must should could would".split())
_SUBJECTS_OF_MANY = frozenset("people children women men they we you babies mice viruses bacteria teeth feet cattle police".split())
_VERBS = frozenset(
    "cause contain cure kill prevent protect reduce increase lower weaken strengthen trigger transmit carry destroy damage make give take "
    "come go get keep hold bring become begin grow fall rise lead lose win need require include involve produce release emit absorb block stop "
    "slow save harm infect replace raise treat affect alter improve worsen help live last eat drink run fly move turn stay survive die "
    "belong depend consist exist happen occur appear remain mean show prove reveal confirm recommend allow forbid ban offer provide publish set put "
    "use work spread melt warm cool burn orbit travel weigh measure cover reach exceed touch break lay teach sell buy pay cost".split()
)
_ALSO_NOUNS = frozenset(
    "uses works spreads burns orbits travels measures covers touches breaks bans helps shows needs runs turns stops slows harms falls "
    "costs sets moves treats lasts drinks means offers blocks lowers stays increases kills takes gets lays".split()
)
"""Forms that are as often plural nouns."""
_PAST = {
    "made": "make",
    "gave": "give",
    "took": "take",
    "went": "go",
    "began": "begin",
    "grew": "grow",
    "fell": "fall",
    "rose": "rise",
    "led": "lead",
    "won": "win",
    "became": "become",
    "brought": "bring",
    "kept": "keep",
    "lost": "lose",
    "flew": "fly",
    "came": "come",
}


def _third(verb: str) -> str:
    """Return the form for he, she and it."""
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if verb.endswith("y") and verb[-2] not in "aeiou" else f"{verb}s"


_THIRD = {_third(verb): verb for verb in _VERBS}
_FINITE = _AUXILIARIES | _VERBS | _THIRD.keys() | _PAST.keys()
_TOKEN = re.compile(r"\w+(?:[-.,'’]\w+)*%?")
_CONTRACTED = re.compile(r"(?:is|are|was|were|do|does|did|ca|wo|has|have|had)n['’]t$", re.IGNORECASE)


def _clause(text: str) -> str:
    """Return the claim without its full stop where it is one plain clause, else the empty string."""
    plain = text.strip().rstrip(".!").rstrip()
    tokens = _TOKEN.findall(plain)
    if re.search(r"[?!\"“”«»#@…:;\n<>/\\*_=]|[.]\s|(?<!\w)['’‘]|[^\x00-\u024f\u2013\u2014\u2019€₂²°]", plain) or _OWN_FRAME.search(plain):
        return ""
    if not 3 <= len(tokens) <= 25 or tokens[0].lower() in _OPENINGS:
        return ""
    said = any(token.lower() in _FINITE or _CONTRACTED.match(token) or re.search(r"['’](?:s|re|ll)$", token) for token in tokens[1:])
    return plain if said and tokens[0].lower() not in _VERBS | _PAST.keys() else ""


def _inside(clause: str) -> str:
    """Return a clause as it stands within a sentence: a capital goes unless it may be that of a name."""
    first, second, *_ = [re.split("['’]", token)[0] for token in [*_TOKEN.findall(clause), ""]]
    named = not first.isalpha() or first == "I" or first[1:] != first[1:].lower() or second[:1].isupper() or first in _NAMES
    return clause if named and first.lower() not in _LOWERED else clause[0].lower() + clause[1:]


def framed(text: str, chance: Random, *, frames: Sequence[str]) -> str:
    """Put a claim that is one plain clause into one of some frames."""
    if not (clause := _clause(text)):
        return ""
    frame = chance.choice(frames)
    by_itself = re.match(r"[^\w\s]?\{|.*[\"“'«]\{", frame)
    return frame.format(clause[0].upper() + clause[1:] if by_itself else _inside(clause))


# ---------------------------------------------------------------------------------------------------------------------
# Another claim
# ---------------------------------------------------------------------------------------------------------------------

_NEGATIONS = re.compile(r"\b(?:not|no|never|nor|neither|none|nothing|nobody|cannot|without|hardly|\w+n['’]?t)\b", re.IGNORECASE)
_REACH = re.compile(
    r"\b(?:all|every\w*|each|both|any\w*|some\w*|many|most\w*|few|fewer|several|half|only|just|even|also|too|either|still|already|yet|again|always|often|"
    r"usually|sometimes|rarely|seldom|almost|nearly|merely|mainly|likely|ever|until|till|and|or|but|because|while|although|though|unless|so|"
    r"whereas|percent|per cent|the more|the less|at least|up to|at all|more than|less than|as well|never|no longer|whatever|whoever|anymore|whose|except)\b|(?-i:\b[a-z]+\d)|[,;:()–—%]| - ",
    re.IGNORECASE,
)
"""With these a negation of the verb may not be the negation of the claim."""
_BEFORE_VERB = frozenset(
    "that which who whom what where when why how since before after as than whether to of the a an this these those its their his her my our "
    "your in on at by for with from into".split()
)
_DENIED = {
    "is": "is not",
    "are": "are not",
    "was": "was not",
    "were": "were not",
    "can": "cannot",
    "will": "will not",
}
_DENIED_POSSESSION = {"has": "does not have", "have": "do not have", "had": "did not have"}
_PARTICIPLES = frozenset("been had shown made found given taken become seen proven spread led grown risen fallen gone got kept".split())
_LINKED = frozenset("that which who whom what where when why how since before after as than whether once".split())


def negated_verb(text: str, _: Random) -> str:
    """Negate the first verb, or take its negation away."""
    clause = _clause(text)
    if not clause or _REACH.search(clause):
        return ""
    denials = list(_NEGATIONS.finditer(clause))
    if denials:
        return _affirmed(clause) if len(denials) == 1 else ""
    tokens = list(_TOKEN.finditer(clause))
    for at, token in enumerate(tokens[1:], 1):
        word, before = token[0].lower(), tokens[at - 1][0].lower()
        after = tokens[at + 1][0].lower() if at + 1 < len(tokens) else ""
        if word in _LINKED or before in _VALUES or before in _LINKED or word.isdigit() or not after:
            return ""
        if new := _negated_verb(token[0], before, after):
            return clause[: token.start()] + new + clause[token.end() :]
        if word in _FINITE and before not in _BEFORE_VERB and word not in _ALSO_NOUNS:
            return ""  # a verb that these rules cannot turn
    return ""


def _negated_verb(verb: str, before: str, after: str) -> str:
    """Return a verb in its denied form, the empty string where it is none or may be none."""
    if verb in _DENIED:
        return _DENIED[verb]
    if verb in _DENIED_POSSESSION:
        return f"{verb} not" if after.endswith("ed") or after in _PARTICIPLES else _DENIED_POSSESSION[verb]
    if before in _BEFORE_VERB or after in _FINITE or after == "of":
        return ""
    many = before in _SUBJECTS_OF_MANY or (before.endswith("s") and not before.endswith(("ss", "us", "is", "'s")))
    if verb in _THIRD and verb not in _ALSO_NOUNS and not many:
        return f"does not {_THIRD[verb]}"
    if verb in _PAST:
        return f"did not {_PAST[verb]}"
    return f"do not {verb}" if verb in _VERBS and many else ""


def _affirmed(clause: str) -> str:
    """Return a clause without the one negation of its verb: "does not cause" becomes "does cause"."""
    form = re.compile(r"(?<=\w )(?:\b(is|are|was|were|does|do|did|will|can) ?not\b|\b(is|are|was|were|does|do|did|ca|wo)n['’]t\b)")
    found = form.search(clause)
    if not found or re.search(r"\b(?:that|which|who|what|when|to)\b", clause[: found.start()]):
        return ""
    verb = found[1] or {"ca": "can", "wo": "will"}.get(found[2], found[2])
    return clause[: found.start()] + verb + clause[found.end() :]


_NUMBER = re.compile(r"(?<![\w.,:/$€£–'’-])(?<!\d )(\d{1,3}(?:,\d{3})+|[1-9]\d*|0(?=\.))(\.\d+)?(?![\w/–-]|[.,:]\d| \d)")
_NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = dict(zip(_NUMBER_WORDS, [*range(2, 13), *range(20, 100, 10)], strict=True))
_AT_LEAST = re.compile(
    r"\b(?:more than|over|at least|above|upwards of|exceed\w*|from|minimum of|beyond|since|after)(?: \w+)?\s*$", re.IGNORECASE
)
_AT_MOST = re.compile(
    r"\b(?:less than|fewer than|under|below|up to|at most|within|maximum of|a mere|by|before|until|till)(?: \w+)?\s*$", re.IGNORECASE
)
_MONTHS = "January February March April May June July August September October November December".split()
_NAMED_BY_NUMBER = re.compile(
    r"\b(?:type|version|stage|phase|group|grade|chapter|article|variant|form|level|class|number|no\.?|day|category|apollo|channel|part|page|"
    rf"since|even at|out of|(?:\d|one|{'|'.join(_NUMBER_WORDS)}) (?:in|of|to|and|or)|{'|'.join(_MONTHS)})\s*$",
    re.IGNORECASE,
)
_NOT_AN_AMOUNT = re.compile(
    rf"\s*(?:{'|'.join(_MONTHS)}|out of\b|(?:in|of) (?:\d|{'|'.join(_NUMBER_WORDS)})|(?:to|and|or) \d|\w+ ago\b|"
    r"(?:halves|thirds|quarters|fifths|sixths|sevenths|eighths|ninths|tenths|hundredths)\b|"
    r"(?<=\bin \d\d)(?:$|[,.;]| (?:for|and|the|but|when|that)\b))"
)
_YEAR = re.compile(
    r"(?<![\w.,/$€£])(1\d\d\d|20\d\d)(s?)(?![\w/]|[.,]\d|[–-]\d\d\b)(?! *(?:%|[a-z]*metres?\b|km\b|kg\b|people\b|times\b|degrees\b|years?\b|cases\b|deaths\b))"
)


def _direction(text: str, at: int) -> int:
    """Return which way a value must go to make the claim another one: +1 up, -1 down, 0 either."""
    return 1 if _AT_LEAST.search(text[:at]) else -1 if _AT_MOST.search(text[:at]) else 0


def _plain(text: str) -> bool:
    """Tell whether a claim is short and says by itself what it says: with another detail it is another claim."""
    return not re.search(r"[?\"“”«»\n]|(?<!\w)['‘]", text) and not _REJECTS.search(text) and len(text.split()) <= 30


def _amounts(text: str) -> list[tuple[re.Match[str], float]]:
    """Return the numbers of a text that count or measure something, with their values."""
    found = [(number, float((number[1] + (number[2] or "")).replace(",", ""))) for number in _NUMBER.finditer(text)]
    found = [(number, value) for number, value in found if not _YEAR.match(text, number.start())]
    spelt = re.finditer(rf"(?<![\w-])(?:{'|'.join(_NUMBER_WORDS)})(?![\w-])", text, re.IGNORECASE)
    found += [(number, float(_VALUES[number[0].lower()])) for number in spelt]
    return [
        (number, value)
        for number, value in sorted(found, key=lambda item: item[0].start())
        if value >= 1 and not _NAMED_BY_NUMBER.search(text[: number.start()]) and not _NOT_AN_AMOUNT.match(text, number.end())
    ]


def other_number(text: str, chance: Random) -> str:
    """Put one number at least at its double or its half."""
    amounts = _amounts(text) if _plain(text) and not _NEGATIONS.search(text) else []
    if not amounts:
        return ""
    number, value = chance.choice(amounts)
    decimals = len(number[0].partition(".")[2])
    most = 95 if re.match(r" ?%| per ?cent", text[number.end() :]) else math.inf
    way = _direction(text, number.start())
    changed = [round(value * factor, decimals) for factor in (5, 3, 2, 1 / 2, 1 / 3, 1 / 4) if way == 0 or (factor > 1) == (way > 0)]
    # not to 1: what follows would have to change too
    fits = [new for new in changed if new not in {0, 1} and new <= most and not value < 2 * new < 4 * value]
    return text[: number.start()] + _written(chance.choice(fits), number[0], decimals) + text[number.end() :] if fits else ""


def _written(value: float, like: str, decimals: int) -> str:
    """Return a number in words or figures, as another stands."""
    words = {number: word for word, number in _VALUES.items()}
    if like.isalpha() and value in words:
        return words[int(value)].capitalize() if like[0].isupper() else words[int(value)]
    return f"{value:{',' if ',' in like else ''}.{decimals}f}"


_UNITS = (
    "second minute hour day week month year decade century",
    "seconds minutes hours days weeks months years decades centuries",
    "millimetre centimetre metre kilometre",
    "millimetres centimetres metres kilometres",
    "millimeters centimeters meters kilometers",
    "mm cm m km",
    "inches feet yards miles",
    "micrograms milligrams grams kilograms tonnes",
    "mg g kg",
    "millilitres litres",
    "ml l",
    "kHz MHz GHz THz",
    "kilohertz megahertz gigahertz",
    "mW W kW MW GW",
    "milliwatts watts kilowatts megawatts gigawatts",
    "hundred thousand million billion trillion",
    "Fahrenheit Celsius",
    "kilobytes megabytes gigabytes terabytes",
)
"""Each from small to large."""
_LADDERS = {unit: ladder.split() for ladder in _UNITS for unit in ladder.split()}
_UNIT = re.compile(rf" ?(?:degrees )?({'|'.join(sorted(_LADDERS, key=len, reverse=True))})(?![\w-])")


def other_unit(text: str, chance: Random) -> str:
    """Put the unit of a number at another of the same dimension."""
    if _NEGATIONS.search(text) or not _plain(text):
        return ""
    found = []
    for number, _ in _amounts(text):
        if not (unit := _UNIT.match(text, number.end())):
            continue
        way, ladder = _direction(text, number.start()), _LADDERS[unit[1]]
        at = ladder.index(unit[1])
        others = [other for i, other in enumerate(ladder) if 0 < abs(i - at) <= 2 and (way == 0 or (i - at) * way > 0)]
        found += [(unit, other) for other in others]
    if not found:
        return ""
    unit, other = chance.choice(found)
    return text[: unit.start(1)] + other + text[unit.end(1) :]


def other_date(text: str, chance: Random) -> str:
    """Move all years of a claim alike, or put a month at another."""
    if _NEGATIONS.search(text) or not _plain(text) or re.search(r"\bafter\b", text, re.IGNORECASE):
        return ""
    if years := list(_YEAR.finditer(text)):
        before = text[: years[0].start()]
        later = re.search(r"\b(?:until|till|up to)(?: \w+)?\s*$", before, re.IGNORECASE)
        earlier = re.search(r"\b(?:since|from|by|before)(?: \w+)?\s*$", before, re.IGNORECASE)
        way = 1 if later else -1 if earlier else chance.choice((-1, 1))
        shift = 10 * chance.randint(2, 4) if any(year[2] for year in years) or int(years[0][1]) < 1900 else chance.randint(3, 9)
        return _YEAR.sub(lambda year: f"{int(year[1]) + way * shift}{year[2]}", text)
    month = re.search(rf"(?:\b(?:in|of|on|last|early|late|mid) |\d )({'|'.join(_MONTHS)})\b|\b({'|'.join(_MONTHS)})(?= \d)", text)
    if not month:
        return ""
    place = month.lastindex or 1
    at = _MONTHS.index(month[place])
    return text[: month.start(place)] + _MONTHS[(at + chance.randint(3, 9)) % 12] + text[month.end(place) :]


_ENTITIES = (
    (
        (
            "World Health Organization|WHO|CDC|FDA|NHS|EMA|UNICEF|NASA|ESA|IPCC|ITU|ICNIRP|FCC|FBI|IARC|EFSA|NOAA|USGS|UNESCO|World Bank|United Nations|UN|Red Cross|"
            "European Commission|BBC|Oxford|Harvard|Cochrane|RECOVERY"
        ),
        "Interpol|FIFA|NATO|OPEC|Eurovision|UEFA|Greenpeace|Lloyd's of London|IKEA",
    ),
    (
        (
            "China|India|Brazil|Germany|France|Italy|Spain|Japan|Canada|Australia|Mexico|Nigeria|Kenya|Egypt|Denmark|Sweden|Norway|Finland|Britain|England|Scotland|"
            "Ireland|Turkey|Iran|Israel|Pakistan|Indonesia|Thailand|Vietnam|Peru|Chile|Ukraine|Poland|Greece|Portugal|Switzerland|Austria|Cuba|"
            "Bangladesh|Saudi Arabia|South Africa|New Zealand|Russia|America|Europe|Africa|Asia|Antarctica|Greenland"
        ),
        "Paraguay|Bhutan|Latvia|Luxembourg|Mongolia|Malta|Laos|Suriname|Belize|Brunei",
    ),
    (
        "London|Paris|Rome|Berlin|Madrid|New York|Geneva|Tunis|Wuhan|Delhi|Tokyo|Beijing|Copenhagen|Kyoto|Osaka|Amsterdam|Dublin|Boston",
        "Lima|Quito|Riga|Hobart|Windhoek|Perth|Bergen|Tampere",
    ),
    (
        (
            "COVID-19|covid-19|Covid-19|COVID|Covid|covid|measles|polio|malaria|tetanus|rubella|influenza|flu|Ebola|ebola|HIV|AIDS|cancer|diabetes|autism|asthma|"
            "tuberculosis|smallpox|mpox|chickenpox|pertussis|diphtheria|hepatitis B|hepatitis A|hepatitis C|rabies|dengue|MERS|SARS|HPV|Zika|meningitis|syphilis|"
            "pneumonia|typhoid|scabies|dementia|epilepsy"
        ),
        "scurvy|rickets|lumbago|ringworm|tinnitus|glaucoma|hay fever|sciatica",
    ),
    (
        (
            "ivermectin|hydroxychloroquine|aspirin|ibuprofen|paracetamol|vitamin C|vitamin D|zinc|chloroquine|remdesivir|dexamethasone|azithromycin|garlic|bleach|"
            "fluoride|aluminium|graphene|insulin|penicillin|antibiotics|nicotine|glyphosate|aspartame|caffeine|methanol|tocilizumab|colchicine"
        ),
        "starch|talcum powder|liquorice|camphor|paprika|beeswax|olive oil",
    ),
    (
        "carbon dioxide|CO2|CO₂|methane|oxygen|nitrogen|ozone|hydrogen|water vapour|sulphur dioxide",
        "argon|neon|krypton|xenon",
    ),
    (
        "[Tt]he (?:[Mm]oon|[Ss]un|[Ee]arth)|Mars|Venus|Jupiter|Earth|Mercury|Saturn",
        "Callisto|Ganymede|Vesta|Ceres",
    ),
    ("heart|brain|liver|stomach|skin|throat|pancreas", "spleen|gallbladder|appendix"),
    ("lungs|kidneys|eyes|bones|ovaries", "toenails|kneecaps|eyebrows"),
    ("mosquitoes|bats|cats|dogs|pigs|camels|ticks|birds|rats|cows|monkeys|polar bears|bees", "otters|walruses|newts|ostriches"),
    (
        "Wi-Fi|wifi|Bluetooth|radar|microwaves|mobile phones|smartphones|satellites|power lines",
        "egg timers|bicycle bells|lawnmowers|sundials",
    ),
)
"""What is found, and what comes in its place: of the same sort, and seldom what anybody makes statements about."""
_NAMES = frozenset(name for known, others in _ENTITIES for name in f"{known}|{others}".split("|") if name[0].isupper()) | {
    *_MONTHS,
    *"American British European African Asian Chinese Indian German French Italian Spanish Japanese Canadian Australian Dutch Swedish Danish Russian".split(),
}


def other_entity(text: str, chance: Random) -> str:
    """Put another name of the same sort wherever one name stands."""
    found = [(name[0], others) for known, others in _ENTITIES for name in re.finditer(rf"(?<![\w#@-])(?:{known})(?![\w-])", text)]
    if not found or _NEGATIONS.search(text) or not _plain(text):  # what is not so is mostly not so of something else either
        return ""
    name, others = chance.choice(found)
    place = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    fits = others.split("|")
    if article := re.search(rf"\b(an?) {re.escape(name)}\b", text, re.IGNORECASE):
        fits = [other for other in fits if (other[0].lower() in "aeiou") == (article[1].lower() == "an")]
    if not fits:
        return ""
    new = chance.choice(fits)
    return place.sub(lambda at: new[0].upper() + new[1:] if at.start() == 0 and name[0].isupper() else new, text)
