"""The API with different keys, for as long as `make fuzz` gives: single calls, right and wrong, and chains of them."""

import asyncio
import re
from collections import Counter
from collections.abc import Generator
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import settings
from hypothesis import strategies as st
from schemathesis import Case
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet import database
from cabinet.settings import settings as cabinet_settings
from tests.conftest import copy_of
from tests.fuzz.clock import EVERY_CHECK, Clock
from tests.http.api.conftest import api_app, make_key, make_town
from tests.keys.personal_town import make, settle

pytestmark = pytest.mark.slow
CHAINS_OF_A_ROUND = 30

schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", api_app())


@pytest.fixture(scope="module")
def callers(template_url: str) -> Generator[dict[str, str]]:
    """Keys of two providers and the token of a resident, in a database of its own."""
    url = copy_of(template_url)
    kept = cabinet_settings.database_url
    cabinet_settings.database_url = url
    made = asyncio.run(_make_callers(url))
    engine = create_async_engine(url)
    database.make_session.configure(bind=engine)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("api_requests_per_key", "api_requests_per_address", "api_requests_per_token"):
            patch.setattr(cabinet_settings, name, 10**6)
        yield made
    database.make_session.configure(bind=None)
    engine.sync_engine.dispose(close=False)
    cabinet_settings.database_url = kept


async def _make_callers(url: str) -> dict[str, str]:
    engine = create_async_engine(url, poolclass=NullPool)
    database.make_session.configure(bind=engine)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        town = await make_town(session)
        gas = await make_key(session, town.gas.id, town.clerk)
        water = await make_key(session, town.water.id, town.clerk)
        home = await settle(session)
        await session.commit()
        token = await make(session, home)
        await session.commit()
    return {"gas": gas, "water": water, "resident": token.secret, "nobody": "ck_nobody"}


def test_single_calls(callers: dict[str, str], fuzz_clock: Clock):
    answered: Counter[int] = Counter()
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # pyright: ignore[reportAttributeAccessIssue]
    cases = st.one_of(*(operation.as_strategy() for operation in operations))

    def run(who: str, case: Case[Any]) -> None:
        name = str(case.headers.get("Idempotency-Key", ""))
        if re.fullmatch("[!-~]{1,255}", name):
            case.headers["Idempotency-Key"] = uuid4().hex
        answer = case.call(headers={"Authorization": f"Bearer {callers[who]}"}, timeout=60)
        answered[answer.status_code] += 1
        assert answer.status_code < 500, answer.text
        assert who != "nobody" or answer.status_code in (200, 401, 404, 405, 406, 413, 415), (
            answer.status_code
        )

    fuzz_clock.try_out(run, st.sampled_from(sorted(callers)), cases, few=100)
    fuzz_clock.tell("calls of the API", answered.total(), f"answers {dict(sorted(answered.items()))}")


def test_chains_of_calls(callers: dict[str, str], fuzz_clock: Clock):
    answered: Counter[int] = Counter()

    class Chain(schema.as_state_machine()):  # pyright: ignore[reportGeneralTypeIssues, reportUntypedBaseClass]
        def before_call(self, case: Case[Any]) -> None:
            who = "resident" if case.operation.path.startswith("/me") else "gas"
            case.headers["Authorization"] = f"Bearer {callers[who]}"

        def validate_response(self, response: Any, case: Case[Any], *_more: Any, **_named: Any) -> None:
            answered[response.status_code] += 1
            assert response.status_code < 500, response.text

    for _number in fuzz_clock.rounds():
        Chain.run(
            settings=settings(
                max_examples=CHAINS_OF_A_ROUND if fuzz_clock.is_long else 3,
                deadline=None,
                database=None,
                suppress_health_check=EVERY_CHECK,
                stateful_step_count=8,
            )
        )
    fuzz_clock.tell("chains of calls", answered.total(), f"answers {dict(sorted(answered.items()))}")
