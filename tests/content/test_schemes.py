"""An email is shown as a device of either scheme shows it, whatever the one here is set to."""

from engine.content.schemes import Scheme, in_scheme

PAGE = (
    '<meta name="color-scheme" content="light dark"><style>:root { color-scheme: light dark; }\n'
    "@media (prefers-color-scheme: dark) { p { color: white } }\n"
    "@media screen and ( Prefers-Color-Scheme : light ) { p { color: black } }</style><p>color-scheme</p>"
)


def test_each_scheme_has_its_own_rules_and_not_the_others() -> None:
    dark, light = in_scheme(PAGE, Scheme.DARK), in_scheme(PAGE, Scheme.LIGHT)

    assert "@media (min-width: 0) { p { color: white }" in dark
    assert "@media screen and (max-width: 0) { p { color: black }" in dark
    assert "@media (max-width: 0) { p { color: white }" in light
    assert "@media screen and (min-width: 0) { p { color: black }" in light


def test_the_page_itself_is_told_its_scheme() -> None:
    dark = in_scheme(PAGE, Scheme.DARK)

    assert '<meta name="color-scheme" content="dark">' in dark
    assert ":root { color-scheme: dark; }" in dark


def test_words_of_the_message_stay_as_they_are() -> None:
    assert in_scheme(PAGE, Scheme.DARK).endswith("<p>color-scheme</p>")
