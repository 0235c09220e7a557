"""The API keeps what its description says: every status, every media type, every shape, whatever is sent."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as some
from pydantic import BaseModel

from engine.domain.access import Scope
from engine.flows.kit import Kit
from engine.web import api
from tests.web.api.conftest import ANN, LEADS
from tests.web.embedded import settings

__all__ = ["settings"]

MODELS: dict[str, type[BaseModel]] = {
    name: model
    for module in (importlib.import_module(f"{api.__name__}.{one.name}") for one in pkgutil.iter_modules(api.__path__))
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, BaseModel)
}
NOBODY = "019cb08b-38c0-7392-a827-ddada170b338"
JUNK = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def described(program: TestClient) -> dict[str, Any]:
    """Return the description, as anybody may read it."""
    answer = TestClient(program.app).get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the path, method and description of every operation."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def keeps_its_word(operation: dict[str, Any], answer: Any) -> None:
    """Fail where *answer* is not one that *operation* describes."""
    described = operation["responses"].get(str(answer.status_code))
    assert described is not None, (answer.status_code, answer.text)
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type in described["content"], media_type
    name = described["content"][media_type]["schema"]["$ref"].rpartition("/")[2]
    MODELS[name].model_validate_json(answer.content)


def test_every_operation_says_who_may_use_it_and_what_can_go_wrong(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.")
    assert described["security"] == [{"key": []}]
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, _method, operation in operations(described):
        assert operation["summary"], path
        assert {"401", "403", "422", "429", "503"} <= operation["responses"].keys()
        assert operation["security"] in [[{"key": [scope]}] for scope in Scope]
        for status, answer in operation["responses"].items():
            good = ["application/jsonl", "text/csv"] if "/exports/" in path else ["application/json"]
            assert list(answer["content"]) == (good if status < "4" else ["application/problem+json"])


def test_every_operation_has_a_name_of_its_own(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in names)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    text = json.dumps(described)
    names = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert names == described["components"]["schemas"].keys()
    assert names <= MODELS.keys() | {"Channel", "Basis"} | _enums(described)


def _enums(described: dict[str, Any]) -> set[str]:
    return {name for name, schema in described["components"]["schemas"].items() if "enum" in schema}


def test_examples_work(program: TestClient, described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for name, path in (
        ("LeadIn", LEADS),
        ("EventIn", f"{LEADS}/ID/events"),
        ("EnrollmentIn", f"{LEADS}/ID/enrollments"),
    ):
        lead_id = program.post(LEADS, json={**ANN, "source": "phone"}).json()["id"]
        for example in schemas[name]["examples"]:
            answer = program.post(path.replace("ID", lead_id), json=example)

            assert answer.status_code in {200, 201, 409}, answer.text


@tries(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=some.data())
def test_whatever_is_sent_is_answered_as_described(
    program: TestClient, described: dict[str, Any], lead_id: str, choice: some.DataObject
) -> None:
    told = [one for one in operations(described) if "/exports/" not in one[0]]
    path, method, operation = choice.draw(some.sampled_from(told))
    named = choice.draw(some.sampled_from([lead_id, NOBODY, "7"]))
    body = choice.draw(_bodies(described, operation))
    headers = choice.draw(
        some.sampled_from([{}, {"Idempotency-Key": "one"}, {"Idempotency-Key": "\t"}, {"Authorization": "x"}])
    )
    query = choice.draw(
        some.dictionaries(some.sampled_from(["limit", "after", "x"]), some.text(max_size=10), max_size=2)
    )

    answer = program.request(
        method,
        "/api" + re.sub(r"{\w+}", named, path),
        params=query,
        content=None if method == "get" else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **headers},
    )

    assert answer.status_code < 500, answer.text
    keeps_its_word(operation, answer)


def _bodies(described: dict[str, Any], operation: dict[str, Any]) -> some.SearchStrategy[Any]:
    """Return what an operation's body may be, mostly: its fields with values of their kind, and now and then anything."""
    if "requestBody" not in operation:
        return some.none()
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = described["components"]["schemas"][name]
    examples = schema["examples"]
    shown = {
        field: some.sampled_from([one[field] for one in examples if field in one]) for field in _fields_of(examples)
    }
    fields = {field: shown.get(field, some.text(max_size=12)) | JUNK for field in schema["properties"]}
    return some.fixed_dictionaries({}, optional=fields) | some.sampled_from(examples) | JUNK


def _fields_of(examples: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(field for one in examples for field in one))


def test_the_description_stays_as_it_is_told_twice(program: TestClient, kit: Kit) -> None:
    assert program.get("/api/v1/openapi.json").content == program.get("/api/v1/openapi.json").content
