"""Say of each field that can't be used where it stands, what is wrong, and what to do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ValidationError

from engine.content.problems import did_you_mean
from engine.web.api.problems import FieldError

BODY = "body"
MESSAGES: Mapping[str, tuple[str, str]] = {
    "missing": ("This is missing.", "Add it."),
    "string_type": ("This must be a text.", "Put it in quotes."),
    "string_too_long": ("This has more than {max_length} characters.", "Shorten it."),
    "string_too_short": ("This is empty.", "Say something, or leave the field out."),
    "too_long": ("There are more than {max_length} of these.", "Send fewer."),
    "dict_type": ("This must be an object.", 'Write {{"name": "value"}}.'),
    "list_type": ("This must be a list.", "Put it in square brackets."),
    "model_attributes_type": ("This must be an object.", 'Write {{"name": "value"}}.'),
    "model_type": ("This must be an object.", 'Write {{"name": "value"}}.'),
    "int_type": ("This must be a whole number.", "Write it without quotes, as in 4500."),
    "greater_than_equal": ("This is less than {ge}.", "Send {ge} or more."),
    "less_than_equal": ("This is more than {le}.", "Send {le} or less."),
    "timezone_aware": ("This instant has no zone.", "End it with Z or an offset, as in 2026-03-02T15:00:00Z."),
    "uuid_parsing": ("This is no id.", "Use the id that an answer of this API gave."),
    "enum": ("This is none of the words known here.", "Send one of {expected}."),
}
INSTANT = ("This is no instant.", "Write it as in 2026-03-02T15:00:00Z.")


def errors_in(found: Sequence[Mapping[str, Any]], endpoint: Callable[..., Any] | None) -> list[FieldError]:
    """Return what FastAPI *found* wrong with a request to *endpoint*."""
    model = get_type_hints(endpoint).get(BODY) if endpoint else None
    return [_error(one, model) for one in found]


def errors_of(error: ValidationError, model: type[BaseModel]) -> list[FieldError]:
    """Return what is wrong with something that was to be a *model*."""
    return [_error({**one, "loc": (BODY, *one["loc"])}, model) for one in error.errors()]


def _error(found: Mapping[str, Any], model: Any) -> FieldError:
    where, *path = found["loc"]
    field, kind, context = _spelt(path), found["type"], dict(found.get("ctx") or {})
    if where == "header":
        field = f"header {field}"
    if kind == "extra_forbidden":
        known = _fields_at(model, path[:-1])
        return FieldError(field=field, message="Unknown field.", remedy=did_you_mean(str(path[-1]), known))
    if "remedy" in context:
        return FieldError(field=field or str(context.get("field", "")), message=found["msg"], remedy=context["remedy"])
    if kind.startswith("datetime"):
        return FieldError(field=field, message=INSTANT[0], remedy=INSTANT[1])
    message, remedy = MESSAGES.get(kind, (f"{found['msg'].replace('{', '(').replace('}', ')')}.", "Mend or drop it."))
    if kind == "missing" and path:
        remedy = f"Add `{path[-1]}`."
    return FieldError(field=field, message=message.format_map(context), remedy=remedy.format_map(context))


def _spelt(path: Sequence[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text[:200]


def _fields_at(model: Any, path: Sequence[str | int]) -> list[str]:
    """Return the names a model knows at *path*."""
    for part in path:
        if isinstance(part, str) and _is_model(model) and part in model.model_fields:
            model = model.model_fields[part].annotation
        while not _is_model(model) and get_args(model):
            model = next((one for one in get_args(model) if one is not type(None)), None)
    return list(model.model_fields) if _is_model(model) else []


def _is_model(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel)
