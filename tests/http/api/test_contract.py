"""What the API does is what its description says: schemathesis sends right and wrong requests of all kinds."""

import asyncio
import re
from collections.abc import Generator
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet import database
from cabinet.settings import settings as cabinet_settings
from tests.conftest import copy_of
from tests.http.api.conftest import api_app, make_key, make_town

EXAMPLES = 5


@pytest.fixture(scope="module")
def token(template_url: str) -> Generator[str]:
    """A key that may do everything, in a database of its own. All requests run in one event loop of schemathesis."""
    url = copy_of(template_url)
    kept = cabinet_settings.database_url
    cabinet_settings.database_url = url
    made = asyncio.run(_key(url))
    engine = create_async_engine(url)
    database.make_session.configure(bind=engine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cabinet_settings, "api_requests_per_key", 10**6)
        patch.setattr(cabinet_settings, "api_requests_per_address", 10**6)
        yield made
    database.make_session.configure(bind=None)
    engine.sync_engine.dispose(close=False)
    cabinet_settings.database_url = kept


async def _key(url: str) -> str:
    engine = create_async_engine(url, poolclass=NullPool)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        town = await make_town(session)
        return await make_key(session, town.gas.id, town.clerk)


schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", api_app())


@schema.parametrize()  # pyright: ignore[reportUntypedFunctionDecorator]
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
    ],
    phases=[Phase.explicit, Phase.generate],
)
def test_the_api_keeps_its_description(case: Case[Any], token: str):
    name = str(case.headers.get("Idempotency-Key", ""))
    if re.fullmatch("[!-~]{1,255}", name):
        case.headers["Idempotency-Key"] = uuid4().hex
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token}"}, excluded_checks=_excused(case), timeout=60
    )


def _excused(case: Case[Any]) -> list[CheckFunction]:
    """A day of tomorrow has the right form and is refused all the same."""
    return [positive_data_acceptance] if case.operation.path == "/balances" else []
