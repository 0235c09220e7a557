"""What we say in calls in our own words, beside what marketers wrote: short, in each language that the product speaks."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWords:
    """The sentences of one language; `{name}` is the seller's."""

    language: str
    welcome: str
    tried: str  # to a person, where the voicemail's author wrote nothing for people
    keys: str
    stop_key: str
    other_key: str
    stopped: str
    hidden_stop: str
    connecting: str
    call_back: str
    closed: str
    closed_hidden: str
    sorry: str
    goodbye: str


ENGLISH = CallWords(
    language="en",
    welcome="Hello, this is {name}.",
    tried="Hello, this is {name}. We meant to leave a short message on your machine.",
    keys="To talk with a person, press 1. To get no more calls or texts by machine from us, press 9.",
    stop_key="To get no more calls or texts by machine from us, press 9.",
    other_key="That key does nothing here.",
    stopped="Done. You will get no more calls or texts by machine from us. Goodbye.",
    hidden_stop="Your number is hidden, so we can't tell whose calls to stop. "
    "Please call again with your number shown, or write to us. Goodbye.",
    connecting="One moment please.",
    call_back="Nobody is free right now. We have made a note, and a person will call you back. Goodbye.",
    closed="Nobody can take your call right now. We have made a note, and a person will call you back.",
    closed_hidden="Nobody can take your call right now, and your number is hidden, so we can't call back. "
    "Please try again later.",
    sorry="Sorry, something does not work here at the moment. Please call again later. Goodbye.",
    goodbye="Thank you. Goodbye.",
)

SPANISH = CallWords(
    language="es",
    welcome="Hola, le habla {name}.",
    tried="Hola, le habla {name}. Queríamos dejarle un mensaje corto en el contestador.",
    keys="Para hablar con una persona, marque 1. Para no recibir más llamadas ni mensajes automáticos, marque 9.",
    stop_key="Para no recibir más llamadas ni mensajes automáticos, marque 9.",
    other_key="Esa tecla no hace nada aquí.",
    stopped="Listo. No recibirá más llamadas ni mensajes automáticos de nosotros. Adiós.",
    hidden_stop="Su número está oculto y no sabemos qué llamadas detener. "
    "Por favor llame de nuevo mostrando su número, o escríbanos. Adiós.",
    connecting="Un momento, por favor.",
    call_back="Ahora no hay nadie disponible. Hemos tomado nota y una persona le devolverá la llamada. Adiós.",
    closed="Ahora nadie puede atenderle. Hemos tomado nota y una persona le devolverá la llamada.",
    closed_hidden="Ahora nadie puede atenderle, y su número está oculto: no podemos devolverle la llamada. "
    "Por favor intente más tarde.",
    sorry="Disculpe, algo no funciona en este momento. Por favor llame más tarde. Adiós.",
    goodbye="Gracias. Adiós.",
)

FRENCH = CallWords(
    language="fr",
    welcome="Bonjour, ici {name}.",
    tried="Bonjour, ici {name}. Nous voulions laisser un court message sur votre répondeur.",
    keys="Pour parler à quelqu'un, faites le 1. Pour ne plus recevoir d'appels ni de textos automatiques, faites le 9.",
    stop_key="Pour ne plus recevoir d'appels ni de textos automatiques, faites le 9.",
    other_key="Cette touche ne sert à rien ici.",
    stopped="C'est fait. Vous ne recevrez plus d'appels ni de textos automatiques de notre part. Au revoir.",
    hidden_stop="Votre numéro est masqué : nous ne savons pas quels appels arrêter. "
    "Rappelez en affichant votre numéro, ou écrivez-nous. Au revoir.",
    connecting="Un instant, s'il vous plaît.",
    call_back="Personne n'est libre en ce moment. C'est noté, quelqu'un vous rappellera. Au revoir.",
    closed="Personne ne peut vous répondre en ce moment. C'est noté, quelqu'un vous rappellera.",
    closed_hidden="Personne ne peut vous répondre en ce moment, et votre numéro est masqué : "
    "nous ne pouvons pas vous rappeler. Réessayez plus tard.",
    sorry="Désolé, quelque chose ne fonctionne pas en ce moment. Rappelez plus tard. Au revoir.",
    goodbye="Merci. Au revoir.",
)

WORDS: Mapping[str, CallWords] = {one.language: one for one in (ENGLISH, SPANISH, FRENCH)}


def words_in(language: str) -> CallWords:
    """Return our words in *language*, a BCP 47 tag; in English where nobody has translated them."""
    return WORDS.get(language.replace("_", "-").lower().partition("-")[0], ENGLISH)
