"""What the API does is what its description says: schemathesis sends right and wrong requests of all kinds."""

import asyncio
import re
from collections.abc import Generator
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from cabinet import database
from cabinet.settings import settings as cabinet_settings
from tests.conftest import copy_of
from tests.http.api.conftest import api_app, make_key, make_town

EXAMPLES = 5


@pytest.fixture(scope="module")
def token(template_url: str) -> Generator[str]:
    """A key that may do everything, in a database of its own; every request has a connection of its own loop."""
    url = copy_of(template_url)
    kept = cabinet_settings.database_url
    cabinet_settings.database_url = url
    database.make_session.configure(bind=create_async_engine(url, poolclass=NullPool))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cabinet_settings, "api_requests_per_key", 10**6)
        patch.setattr(cabinet_settings, "api_requests_per_address", 10**6)
        yield asyncio.run(_key())
    database.make_session.configure(bind=None)
    cabinet_settings.database_url = kept


async def _key() -> str:
    async with database.make_session() as session:
        town = await make_town(session)
        return await make_key(session, town.gas.id, town.clerk)


schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", api_app())


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_the_api_keeps_its_description(case: Case, token: str):
    name = str(case.headers.get("Idempotency-Key", ""))
    if re.fullmatch("[!-~]{1,255}", name):
        case.headers["Idempotency-Key"] = uuid4().hex
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token}"}, excluded_checks=_excused(case), timeout=60
    )


def _excused(case: Case) -> list[CheckFunction]:
    """A day of tomorrow has the right form and is refused all the same."""
    return [positive_data_acceptance] if case.operation.path == "/balances" else []
