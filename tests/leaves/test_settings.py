"""The environment is read once, checked, and explained when it is wrong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.settings import LogFormat, LogLevel, Settings, SettingsError, read_settings
from tests.shared import REPOSITORY

pytestmark = pytest.mark.usefixtures("workdir")


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings()

    assert settings.database_url == "sqlite:///fifthtouch.db"
    assert settings.redis_url is None
    assert settings.port == 8000
    assert settings.base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("variable", "field", "value"),
    [
        ("DATABASE_URL", "database_url", "sqlite:///a.db"),
        ("FIFTHTOUCH_DATABASE_URL", "database_url", "sqlite:///a.db"),
        ("REDIS_URL", "redis_url", "redis://127.0.0.1/1"),
        ("FIFTHTOUCH_REDIS_URL", "redis_url", "redis://127.0.0.1/1"),
        ("PORT", "port", "9001"),
        ("FIFTHTOUCH_HOST", "host", "0.0.0.0"),  # noqa: S104 - a value, nobody listens
    ],
)
def test_a_setting_is_known_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, field: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    assert str(getattr(read_settings(), field)) == value


def test_our_own_variable_wins_over_the_platform_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///platform.db")
    monkeypatch.setenv("FIFTHTOUCH_DATABASE_URL", "sqlite:///ours.db")

    assert read_settings().database_url == "sqlite:///ours.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_a_postgresql_address_means_the_same(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://u:p@127.0.0.1/leads")

    assert read_settings().database_url == "postgresql+psycopg://u:p@127.0.0.1/leads"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "")
    monkeypatch.setenv("PORT", "")

    assert read_settings().redis_url is None
    assert read_settings().port == 8000


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("DATABASE_URL", "mysql://u:hunter2@h/n", r"DATABASE_URL: use sqlite:///FILE or postgresql://"),
        ("PORT", "seventy", r"PORT: .*integer"),
        ("FIFTHTOUCH_LOG_LEVEL", "loud", r"FIFTHTOUCH_LOG_LEVEL: .*'debug', 'info'"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError, match=complaint) as caught:
        read_settings()

    assert value not in str(caught.value)


def test_a_file_in_the_working_directory_counts_as_environment() -> None:
    Path(".env").write_text("FIFTHTOUCH_LOG_LEVEL=ERROR\nUNRELATED=1\n")

    assert read_settings().log_level == LogLevel.ERROR


def test_settings_are_frozen() -> None:
    settings = read_settings()

    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTHTOUCH_SECRET_KEY", "hunter2")

    settings = read_settings()

    assert "hunter2" not in repr(settings)
    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == "hunter2"


def test_values_can_be_given_by_name() -> None:
    settings = Settings(database_url="sqlite:///x.db", port=1, log_format=LogFormat.JSON)

    assert settings.database_url == "sqlite:///x.db"
    assert settings.port == 1


def test_every_setting_is_described_and_stands_in_the_example() -> None:
    example = (REPOSITORY / ".env.example").read_text()
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    absent = [name for name in Settings.model_fields if f"{name.upper()}=" not in example]

    assert silent == []
    assert absent == []
