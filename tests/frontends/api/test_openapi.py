"""What the OpenAPI document promises is kept, whatever is sent: no 5xx, nothing undocumented."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.cli.calling import fettle
from tests.frontends.cli.test_up import up

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ISSUES = 6

MODEST = settings(
    max_examples=2,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def described(store_environ: dict[str, str], tmp_path: Path) -> Iterator[BaseSchema]:
    """Give the document of a running server that has some issues."""
    (tmp_path / "fettle.toml").write_text(SETTINGS)
    made = fettle(
        *("token", "create", "--name=fuzz", "--role=admin"), cwd=tmp_path, environ=store_environ
    )
    with up(tmp_path, store_environ) as (_, url):
        headers = {"Authorization": f"Bearer {made.out.strip()}"}
        with httpx.Client(base_url=url, headers=headers) as client:
            for place in range(ISSUES):
                client.post("/api/v1/reports", json={"text": f"Trouble {place}"})
        found = schemathesis.openapi.from_url(f"{url}api/openapi.json")
        found.config.headers = headers
        yield found


@pytest.mark.timeout(600)  # every route is asked several times
def test_every_route_keeps_its_word(described: BaseSchema) -> None:
    asked = dict.fromkeys(GenerationMode, 0)
    for found in described.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        raw = operation.definition.raw
        for mode in GenerationMode:
            if mode is GenerationMode.NEGATIVE and not raw.keys() & {"parameters", "requestBody"}:
                continue  # nothing can be wrong about it
            asked[mode] += _asked(operation, mode)
    assert min(asked.values()) > 150


def _asked(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> int:
    """Ask an operation, rightly or wrongly; return how often."""
    asked = 0

    @MODEST
    @given(operation.as_strategy(generation_mode=mode))
    def keeps(case: schemathesis.Case[Any]) -> None:
        nonlocal asked
        asked += 1
        path = case.path_parameters or {}
        if isinstance(path.get("number"), int):
            path["number"] = 1 + path["number"] % (ISSUES + 1)  # one there is, or just not
        case.call_and_validate(checks=CHECKS)

    keeps()
    return asked


async def test_every_route_is_described_with_who_may_call_it(api: Api) -> None:
    document: dict[str, Any] = api.app.openapi()
    unsafe = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["x-role"] in ("viewer", "responder", "admin"), path
            assert operation["security"] == [{"token": []}], path
            refs = [one.get("$ref") for one in operation["responses"].values()]
            assert refs.count("#/components/responses/Problem") == 12, path
            keys = [one["name"] for one in operation.get("parameters", ())]
            assert ("Idempotency-Key" in keys) == (method != "get"), path
            unsafe += method != "get"

    assert unsafe > 20
    assert "HTTPValidationError" not in document["components"]["schemas"]
