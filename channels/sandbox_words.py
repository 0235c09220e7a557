"""What invented leads say: a few sentences for every mood, in the languages they speak."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class Mood(StrEnum):
    """What an invented lead has in mind when it answers."""

    INTERESTED = "interested"  # wants the next step
    QUESTION = "question"  # wants to know something first
    THANKS = "thanks"  # kind words, nothing asked
    NOT_NOW = "not_now"  # later, at a date
    NOT_INTERESTED = "not_interested"  # a real no, in a sentence
    STOP = "stop"  # the keyword
    WRONG_NUMBER = "wrong_number"  # somebody else reads this
    AWAY = "away"  # a machine answers for them
    HELP = "help"  # the carrier's other keyword
    TAPBACK = "tapback"  # a thumb on a message, as older phones spell it


ENGLISH: Mapping[Mood, tuple[str, ...]] = {
    Mood.INTERESTED: (
        "Yes please, can somebody come and have a look?",
        "I'd like a quote. Thursday afternoon would suit us.",
        "Sounds good. Please call me to set up a visit.",
    ),
    Mood.QUESTION: (
        "What would that cost for a house of 1,800 square feet?",
        "Do you also work on systems that another company put in?",
        "How long does it take to install one?",
    ),
    Mood.THANKS: ("Thank you, that was helpful!", "Great tip, thanks.", "Thanks for the quick answer"),
    Mood.NOT_NOW: (
        "Not right now, please try me again in {month}.",
        "We can't do this before {month}. Get back to me then.",
        "Bad timing, ask me again in six weeks.",
    ),
    Mood.NOT_INTERESTED: (
        "I'm not interested.",
        "No thank you, not interested. Please leave me alone.",
        "Please stop contacting me.",
    ),
    Mood.STOP: ("STOP", "Stop", "stop please", "UNSUBSCRIBE"),
    Mood.WRONG_NUMBER: ("You have the wrong number.", "Wrong person, I don't know who that is."),
    Mood.AWAY: (
        "Automatic reply: I am out of the office until {date} and will answer when I am back.",
        "Out of office: I'm on vacation, returning {date}.",
    ),
    Mood.HELP: ("HELP", "Help"),
    Mood.TAPBACK: ("Liked \u201c{quote}\u201d", "Loved \u201c{quote}\u201d"),
}

SPANISH: Mapping[Mood, tuple[str, ...]] = {
    Mood.INTERESTED: ("Sí, me interesa mucho, por favor.", "Quiero un presupuesto, por favor."),
    Mood.QUESTION: ("¿Cuánto cuesta para una casa de tres habitaciones?", "¿Cuánto tarda la instalación?"),
    Mood.THANKS: ("Muchas gracias, muy útil.", "Gracias por la información"),
    Mood.NOT_NOW: ("Ahora no, quizás en dos meses.", "Ahora no puedo, más adelante."),
    Mood.NOT_INTERESTED: ("No me interesa, gracias.", "Por favor no me contacten más."),
    Mood.STOP: ("STOP", "ALTO", "BAJA"),
    Mood.WRONG_NUMBER: ("Número equivocado.",),
}

FRENCH: Mapping[Mood, tuple[str, ...]] = {
    Mood.INTERESTED: ("Oui, cela m'intéresse. Pouvez-vous me rappeler ?", "Je voudrais un devis, s'il vous plaît."),
    Mood.QUESTION: ("Combien cela coûte-t-il pour une petite maison ?", "Quel est le délai d'installation ?"),
    Mood.THANKS: ("Merci beaucoup, très utile.", "Merci pour ces conseils"),
    Mood.NOT_NOW: ("Pas maintenant, peut-être dans deux mois.", "Pas pour le moment, plus tard."),
    Mood.NOT_INTERESTED: ("Je ne suis pas intéressé.", "Merci de ne plus me contacter."),
    Mood.STOP: ("STOP", "ARRET"),
    Mood.WRONG_NUMBER: ("Vous vous êtes trompé de numéro.",),
}

LANGUAGES = {"en": ENGLISH, "es": SPANISH, "fr": FRENCH}

AWAY_FOR = timedelta(days=9)
LATER_BY = timedelta(days=62)
QUOTE_CHARACTERS = 40


def words(mood: Mood, language: str, *, share: float, at: datetime, quote: str = "") -> str:
    """Return what somebody in *mood* writes at *at*; *share*, from 0 to 1, picks the sentence.

    A language that lacks the mood falls back to English. *quote* is what a tapback reacts to.
    """
    choice = LANGUAGES.get(language.split("-", maxsplit=1)[0], ENGLISH).get(mood) or ENGLISH[mood]
    chosen = choice[min(int(share * len(choice)), len(choice) - 1)]
    back = at + AWAY_FOR
    return chosen.format(
        month=f"{at + LATER_BY:%B}", date=f"{back:%B} {back.day}", quote=" ".join(quote.split())[:QUOTE_CHARACTERS]
    )
