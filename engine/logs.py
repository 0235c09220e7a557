"""Log lines as events with keys, on standard error: JSON for machines, columns for people.

An event is a dotted constant (`message.refused`) and its keys; sentences come only from libraries. Whatever is
logged, by us or by a library, passes the same two filters: addresses are masked and secrets are left out, because
a log outlives the permission to know either.
"""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

EMAIL = re.compile(r"([A-Za-z0-9])[\w.!#$%&'*+/=?^`{|}~-]*@([\w-]+(?:\.[\w-]+)+)")

# A plus and digits, the North American grouping, or a bare run of digits that stands alone: UUIDs, dates, amounts
# and host addresses stay readable.
PHONE = re.compile(
    r"\+\d[\d ().-]{5,20}\d"
    r"|(?<![\w.+-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"
    r"|(?<![\w.+:/-])\d{10,15}(?![\w-]|\.\d)"
)
SECRET_KEY = re.compile(r"secret|token|passw|api_?key|auth|credential|signature|cookie", re.IGNORECASE)

# Libraries that say at INFO what our own canonical lines already say.
QUIETER = {
    "httpx": logging.WARNING,
    "alembic": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "python_multipart": logging.WARNING,  # at DEBUG it tells of every byte of a mail
}


def configure(level: str = "info", log_format: str = "auto", stream: TextIO | None = None) -> None:
    """Send every log line, ours and the libraries', to standard error at *level* and above.

    *log_format* is auto, json or pretty; auto is pretty on a terminal. Call it again to change it.
    """
    stream = stream or cast("TextIO", _StandardError())
    number = logging.getLevelNamesMapping()[level.upper()]
    last: Processor = structlog.processors.JSONRenderer(default=str)
    if log_format == "pretty" or (log_format == "auto" and stream.isatty()):
        last = structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=28
        )
    structlog.configure(
        processors=[*_shared(), *_finish(last)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        # A cached logger would keep the stream and level of the first call, and tests and commands change both.
        cache_logger_on_first_use=False,
    )
    _adopt_libraries(number, stream, last)


class _StandardError:
    """Whatever standard error is when a line is written: a command that is called in a process may have swapped it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


def bind(**keys: object) -> None:
    """Add *keys* (lead_id, message_id, job_id) to every line of this thread or task, until `unbind_all`."""
    structlog.contextvars.bind_contextvars(**keys)


def unbind_all() -> None:
    """Forget what `bind` added; call it when a job or a request ends."""
    structlog.contextvars.clear_contextvars()


def mask_addresses(text: str) -> str:
    """Return *text* with every email address and phone number shortened to what tells two apart."""
    text = EMAIL.sub(r"\1***@\2", text)
    return PHONE.sub(_mask_phone, text)


def _mask_phone(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return f"{'+' if found[0].startswith('+') else ''}{digits[0]}******{digits[-4:]}"


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _finish(last: Processor) -> list[Processor]:
    # Tracebacks become text before the filters, because an exception's message may quote an address.
    return [structlog.processors.format_exc_info, _leave_out_secrets, _mask_every_value, last]


def _leave_out_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _unless_secret(key, value) for key, value in event.items()}


def _unless_secret(key: str, value: Any) -> Any:
    # Numbers pass: a sender's `tokens=3` is a pace, not a secret.
    return "[left out]" if SECRET_KEY.search(key) and not isinstance(value, int | float) else value


def _mask_every_value(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value if key in {"timestamp", "level"} else _masked(value) for key, value in event.items()}


def _masked(value: Any) -> Any:
    match value:
        case str():
            return mask_addresses(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {str(key): _masked(_unless_secret(str(key), each)) for key, each in value.items()}
        case Iterable() if not isinstance(value, bytes):
            return [_masked(each) for each in value]
        case _:
            return mask_addresses(str(value))


def _adopt_libraries(level: int, stream: TextIO, last: Processor) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_finish(last)],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, quieter in QUIETER.items():
        logging.getLogger(name).setLevel(max(level, quieter))
