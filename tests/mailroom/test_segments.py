"""Our count of segments agrees with Twilio's own calculator on any text, plain and with smart encoding."""

from random import Random

from channels.segments import count_segments
from tests.mailroom.judges import ask_node

# ruff: noqa: RUF001 - what looks alike is what is tried here

TEXTS = 2_000
ALPHABETS = (
    "abcdefghij KLMNOP 0123456789 .,!?'\n",
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ ÄÖÑÜ§¿äöñüà¡¤",
    "^{}\\[~]|€",
    "‘’“”–—…•\u00a0\u2009\u200b«»‹›´`ʼ",
    "áíóúñçãõ łżś ďěř",
    "שלום مرحبا 你好 こんにちは",
    "🌿👍🏽👩🏽‍🔧❤️🇪🇸✔️",
    "\t\r\x0c\u2028\ufeff\u00ad",
)


def texts() -> list[str]:
    """Return texts of each alphabet and of several, their lengths around where a segment ends."""
    random = Random(20)
    found = []
    for _ in range(TEXTS):
        chosen = random.sample(ALPHABETS, k=random.choice((1, 1, 2, 3)))
        length = random.choice(
            (random.randrange(8), random.randrange(60, 80), random.randrange(125, 170), random.randrange(320))
        )
        # Clusters such as families of emoji come whole and cut apart.
        pool = [*"".join(chosen), *(["👩🏽‍🔧", "👍🏽", "🇪🇸", "❤️", "e\u0301"] if random.random() < 0.2 else [])]
        found.append("".join(random.choices(pool, k=length)))
    return found


def test_our_count_is_twilios() -> None:
    asked = [(text, smart) for text in texts() for smart in (False, True)]

    told = ask_node("segments", asked)

    ours = [count_segments(text, smart=smart) for text, smart in asked]
    different = [
        (text, smart, (one.encoding, one.segments), (encoding, segments))
        for (text, smart), one, (encoding, segments) in zip(asked, ours, told, strict=True)
        if text and (one.encoding, one.segments) != (encoding, segments)
    ]
    assert different == []
