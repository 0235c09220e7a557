"""Looks over the messages of a library for what would embarrass the seller, before anybody is written to."""

from engine.content.brand import BRAND_FILE
from engine.content.checking.access import check_brand
from engine.content.checking.messages import look_over
from engine.content.forms import Form, parse_form
from engine.content.library import Library
from engine.content.problems import ContentErrors, Problem
from engine.content.source import Source


def check_library(library: Library) -> tuple[Problem, ...]:
    """Return everything found in the messages, forms and brand of *library*, each once, in the order of their files."""
    problems = [*library.problems, *check_brand(library.brand, library.file(BRAND_FILE))]
    for source in library.messages:
        problems += check_message(library, source)
    problems += read_forms(library)[1]
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line or 0)))


def read_forms(library: Library) -> tuple[list[Form], list[Problem]]:
    """Return the usable forms of *library*, and what is wrong with the others."""
    forms: list[Form] = []
    problems: list[Problem] = []
    for name, text in sorted(library.forms.items()):
        try:
            forms.append(parse_form(text, name=name))
        except ContentErrors as error:
            problems += error.problems
    return forms, problems


def check_message(library: Library, source: Source) -> tuple[Problem, ...]:
    """Return everything found in one message; what its author accepted bears the reason."""
    return look_over(library, source)
