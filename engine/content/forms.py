"""Reads a web form from YAML: its fields, the words beside each box, where its visitors go, and what is wrong with it.

No box can be ticked beforehand, and none can be made a condition: consent that was not given freely is none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from channels.address import Channel, kind_of
from consent.facts import Basis
from engine.content.problems import ContentErrors
from engine.content.yaml_fields import Fields, Problems
from engine.content.yaml_source import YamlList, YamlMap, YamlText, read_yaml

FOLDER = "forms"
FIELDS_MAX = 40
CONSENTS_MAX = 6
LEAD_FIELDS = (
    "email", "phone", "first_name", "last_name", "company", "country", "region", "zone", "language", "interest", "note",
)  # fmt: skip
"""What a field's name may be to land in the lead itself; any other name is one of its custom fields."""

TAKEN = frozenset({"source", "owner", "status", "cost_cents", "custom", "checks", "consents", "homepage"})
_FORM = frozenset({
    "title", "intro", "button", "source", "language", "country", "thanks", "origins", "fields", "consents",
    "double_opt_in",
})  # fmt: skip
_FIELD = frozenset({"name", "label", "required", "long", "options"})
_CONSENT = frozenset({"name", "channels", "wording", "basis"})
_NEVER = frozenset({"checked", "default", "ticked", "preselected", "required", "value"})
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_HOW_TO_FIELD = "Write it as - {name: email, label: Email, required: yes}."
_HOW_TO_CONSENT = "Write it as - {name: texts, channels: [sms], wording: Text me about my request.}."


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One thing to fill in; *options* are its choices by value, none for free text."""

    name: str
    label: str
    required: bool = False
    is_long: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentBox:
    """One box to tick: what stands beside it is what is kept as evidence."""

    name: str
    channels: tuple[Channel, ...]
    wording: str
    basis: Basis = Basis.EXPRESS_WRITTEN

    @property
    def key(self) -> str:
        """The name it is posted under."""
        return f"consent_{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A web form. *thanks* is where a visitor goes afterwards, empty for a page of ours; *origins* may post by script.

    Consent for a channel of *double_opt_in* counts once it is confirmed from the address itself; None leaves that to where
    the visitor is.
    """

    name: str
    revision: str
    title: str
    intro: str
    button: str
    source: str
    language: str
    country: str | None
    thanks: str
    origins: frozenset[str]
    fields: tuple[FormField, ...]
    consents: tuple[ConsentBox, ...]
    double_opt_in: frozenset[Channel] | None = None


def parse_form(text: str, *, name: str) -> Form:
    """Return the form in *text*; raises `ContentErrors` with every problem."""
    file = f"{FOLDER}/{name}.yaml"
    problems = Problems(file)
    root = read_yaml(text, file)
    if not isinstance(root, YamlMap):
        problems.note(root.line, "A form must be a mapping.", "Begin with a line such as `title: Ask us`.")
        raise ContentErrors(problems.found)
    top = Fields(root, problems, what="a form")
    top.refuse_unknown(_FORM, {"name": "the file: a form is called as its file is"})
    form = Form(
        name=name,
        revision=sha256(f"form {name}\n{text}".encode()).hexdigest(),
        title=top.text("title", "Say what the form is for.", required=True) or "",
        intro=top.text("intro", "Say something, or leave it out.") or "",
        button=top.text("button", "Say what the button says.") or "Send",
        source=top.name("source", "Name where these leads come from, as in web-form.") or "web-form",
        language=top.text("language", "Write a BCP 47 tag, such as en.") or "en",
        country=_country(top),
        thanks=_page(top, "thanks"),
        origins=_origins(top),
        fields=_fields(top),
        consents=_consents(top),
        double_opt_in=_double_opt_in(top),
    )
    _check(form, top)
    if problems.found:
        raise ContentErrors(sorted(problems.found, key=lambda problem: problem.line or 0))
    return form


def _country(top: Fields) -> str | None:
    text = top.text("country", "Write an ISO 3166 code, such as US.")
    if text is not None and not re.fullmatch("[A-Z]{2}", text):
        top.note("country", f"'{text[:20]}' is no country's code.", "Write two capital letters, such as US.")
    return text


def _page(top: Fields, key: str) -> str:
    text = top.text(key, "Write an address, as in https://example.com/thanks.") or ""
    if text and not _is_web_address(text):
        top.note(key, f"'{key}' is no address of a page.", "Write it as in https://example.com/thanks.")
    return text


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isascii() and " " not in text


def _origins(top: Fields) -> frozenset[str]:
    texts = _texts(top, "origins", "Write a list, as in origins: [https://example.com].")
    for text in texts:
        if not _is_web_address(text) or urlsplit(text).path or urlsplit(text).query:
            remedy = "Write scheme and host alone, as in https://www.example.com."
            top.note("origins", f"'{text[:60]}' is no origin.", remedy)
    return frozenset(text.lower() for text in texts)


def _texts(source: Fields, key: str, remedy: str) -> tuple[str, ...]:
    value = source.source.fields.get(key)
    if value is None:
        return ()
    items = value.items if isinstance(value, YamlList) else (value,)
    texts = tuple(item.text.strip() for item in items if isinstance(item, YamlText) and not item.is_null)
    if len(texts) != len(items):
        source.note(key, f"'{key}' must be a list of texts.", remedy)
    return texts


def _items(top: Fields, key: str, most: int, remedy: str, *, what: str) -> list[Fields]:
    value = top.source.fields.get(key)
    if value is None:
        return []
    if not isinstance(value, YamlList) or not all(isinstance(item, YamlMap) for item in value.items):
        top.note(key, f"'{key}' must be a list of mappings.", remedy)
        return []
    if len(value.items) > most:
        top.note(key, f"There are more than {most} {key}.", "Ask for less: every field costs answers.")
    return [Fields(item, top.problems, what=what) for item in value.items[:most] if isinstance(item, YamlMap)]


def _fields(top: Fields) -> tuple[FormField, ...]:
    found = []
    for item in _items(top, "fields", FIELDS_MAX, _HOW_TO_FIELD, what="a field"):
        item.refuse_unknown(_FIELD, {})
        name = item.text("name", _HOW_TO_FIELD, required=True) or ""
        label = item.text("label", "Say what to fill in.", required=True) or ""
        if name and (not _FIELD_NAME.fullmatch(name) or name in TAKEN or name.startswith("consent_")):
            remedy = f"Use {', '.join(LEAD_FIELDS)}, or a word of your own such as roof_type."
            item.note("name", f"'{name[:60]}' can't be a field's name.", remedy)
        options = item.mapping(
            "options", "Write values and what they say, as in {furnace: A new furnace}.", what="options"
        )
        found.append(
            FormField(
                name=name,
                label=label,
                required=item.yes_or_no("required", default=False),
                is_long=item.yes_or_no("long", default=False),
                options={}
                if options is None
                else {key: options.text(key, "Say what it means.") or "" for key in options.source.fields},
            )
        )
    return tuple(found)


def _consents(top: Fields) -> tuple[ConsentBox, ...]:
    found = []
    for item in _items(top, "consents", CONSENTS_MAX, _HOW_TO_CONSENT, what="a consent"):
        for key in sorted(_NEVER & item.source.fields.keys()):
            item.note(
                key, f"'{key}' can't be said of a box.", "Drop it: only the visitor ticks it, and never as a condition."
            )
        item.refuse_unknown(_CONSENT | _NEVER, {})
        name = item.text("name", _HOW_TO_CONSENT, required=True) or ""
        if name and not _FIELD_NAME.fullmatch(name):
            item.note("name", f"'{name[:60]}' can't be a box's name.", "Use small letters, digits and underscores.")
        known = {channel for channel in Channel if kind_of(channel) is not None}
        channels = _texts(item, "channels", "Write a list, as in channels: [sms, voicemail].")
        if not channels or not {*channels} <= known:
            item.note("channels", "A box must say what it is for.", f"List some of {', '.join(sorted(known))}.")
        basis = item.choice("basis", {Basis.EXPRESS_WRITTEN, Basis.EXPRESS})
        found.append(
            ConsentBox(
                name=name,
                channels=tuple(Channel(channel) for channel in channels if channel in known),
                wording=item.text("wording", "Write the exact words that stand beside the box.", required=True) or "",
                basis=Basis(basis or Basis.EXPRESS_WRITTEN),
            )
        )
    return tuple(found)


def _double_opt_in(top: Fields) -> frozenset[Channel] | None:
    """Read yes, no, or a list of channels; a number is confirmed by text, so any of its channels means all of them."""
    value = top.source.fields.get("double_opt_in")
    if value is None:
        return None
    by_number = {Channel.SMS, Channel.VOICEMAIL, Channel.CALL}
    if not isinstance(value, YamlList):
        is_asked = top.yes_or_no("double_opt_in", default=False)
        return frozenset({Channel.EMAIL, *by_number}) if is_asked else frozenset()
    named = set(_texts(top, "double_opt_in", "Write yes, no, or a list, as in [email, sms]."))
    if not named <= {Channel.EMAIL, *by_number}:
        top.note("double_opt_in", "This can't be confirmed by every channel named.", "List email, sms, or both.")
    return frozenset({Channel.EMAIL} & named) | frozenset(by_number if named & by_number else ())


def _check(form: Form, top: Fields) -> None:
    for key, names in (
        ("fields", [one.name for one in form.fields]),
        ("consents", [one.name for one in form.consents]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            top.note(key, f"'{name}' stands here twice.", "Keep one of them.")
    if not {"email", "phone"} & {one.name for one in form.fields}:
        top.note("fields", "Nobody who fills this in could be answered.", "Add a field email, phone, or both.")
