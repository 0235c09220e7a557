"""The words that name numbers, days and seasons in English, Spanish and French, folded, for `consent.until`."""

from collections.abc import Iterable


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of *words*, longest first."""
    return "(?:" + "|".join(sorted(words, key=lambda word: (-len(word), word))) + ")"


def _table(rows: dict[str, int]) -> dict[str, int]:
    return {word: number for words, number in rows.items() for word in words.split("|")}


COUNT = _table({
    "a|an|one|un|una|une|uno|another|otro|otra|first|1st|primer|premier|1er": 1,
    "two|dos|deux|couple|a couple|couple of|a couple of|par de|un par de|second|2nd|segundo|deuxieme|2e": 2,
    "three|tres|trois|few|a few|several|unos|unas|algunos|algunas|quelques|third|3rd|tercer|troisieme|3e": 3,
    "four|cuatro|quatre|fourth|4th|cuarto|quatrieme|4e": 4,
    "five|cinco|cinq": 5,
    "six|seis": 6,
    "seven|siete|sept": 7,
    "eight|ocho|huit": 8,
    "nine|nueve|neuf": 9,
    "ten|diez|dix": 10,
    "eleven|once|onze": 11,
    "twelve|doce|douze": 12,
    "fifteen|quince|quinze": 15,
    "eighteen|dieciocho": 18,
    "twenty|veinte|vingt": 20,
    "thirty|treinta|trente": 30,
    "sixty|sesenta|soixante": 60,
    "seventy|setenta|septante": 70,
    "ninety|noventa|nonante": 90,
})  # fmt: skip

UNITS = {
    word: unit
    for unit, words in {
        "minutes": "minute|minutes|min|mins|minuto|minutos",
        "hours": "hour|hours|hr|hrs|hora|horas|heure|heures",
        "days": "day|days|dia|dias|jour|jours",
        "weeks": "week|weeks|semana|semanas|semaine|semaines",
        "months": "month|months|mes|meses|mois",
        "quarters": "quarter|quarters|trimestre|trimestres",
        "years": "year|years|ano|anos|an|ans|annee|annees",
    }.items()
    for word in words.split("|")
}

WEEKDAYS = _table({
    "monday|mon|mondays|lunes|lundi": 0,
    "tuesday|tue|tues|martes|mardi": 1,
    "wednesday|wed|weds|miercoles|mercredi": 2,
    "thursday|thu|thur|thurs|jueves|jeudi": 3,
    "friday|fri|viernes|vendredi": 4,
    "saturday|sat|sabado|samedi": 5,
    "sunday|sun|domingo|dimanche": 6,
})  # fmt: skip

MONTHS = _table({
    "january|jan|enero|janvier": 1,
    "february|feb|febrero|fevrier": 2,
    "march|mar|marzo|mars": 3,
    "april|apr|abril|avril": 4,
    "may|mayo|mai": 5,
    "june|jun|junio|juin": 6,
    "july|jul|julio|juillet": 7,
    "august|aug|agosto|aout": 8,
    "september|sept|sep|septiembre|setiembre|septembre": 9,
    "october|oct|octubre|octobre": 10,
    "november|nov|noviembre|novembre": 11,
    "december|dec|diciembre|decembre": 12,
})  # fmt: skip

# The astronomical start: by then everyone agrees that the season has come.
SEASONS = {
    word: start
    for start, words in {
        (3, 20): "spring|primavera|printemps|springtime",
        (6, 21): "summer|verano|ete|summertime",
        (9, 22): "autumn|fall|otono|automne",
        (12, 21): "winter|invierno|hiver",
    }.items()
    for word in words.split("|")
}

DAY_PARTS = {
    word: part
    for part, words in {
        "early": "early|beginning|beginning of|start of|principios|principios de|inicios de|debut",
        "mid": "mid|middle of|segunda quincena|mediados|mediados de|mi|courant",
        "late": "late|end|end of|the end of|finales|finales de|fin|fin de",
    }.items()
    for word in words.split("|")
}

# The first ordinary day after the feast: "after Christmas", "at the new year" and "after the holidays" mean business then.
NAMED_DAYS = {
    word: day
    for day, words in {
        (12, 27): "christmas|xmas|x mas|navidad|navidades|noel",
        (1, 2): (
            "the holidays|holiday season|holidays|the new year|new years|new year|new years day|ano nuevo|nouvel an|nouvelle annee"
            "|las fiestas|les fetes|fetes|fin de ano|fin d annee"
        ),
        (1, 7): "reyes|dia de reyes",
        (
            9,
            1,
        ): "la rentree|rentree|back to school|school starts|el verano termine|las vacaciones de verano|vacances d ete|grandes vacances",
        (4, 16): "tax season|tax day",
        (11, 1): "halloween",
        (2, 15): "valentines|valentines day|san valentin|saint valentin",
    }.items()
    for word in words.split("|")
}
