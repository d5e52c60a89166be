"""The app: pages, middleware, mounted HTTP routes; nothing else."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import reflex as rx
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from reflex.istate.manager.redis import StateManagerRedis
from starlette.applications import Starlette
from starlette.routing import Mount

from cabinet import database
from cabinet.http import (
    bills,
    calendar,
    credentials,
    entrance,
    factors,
    files,
    health,
    installing,
    logos,
    mailbox,
    metrics,
    mydata,
    owner,
    payments,
    readings,
    stripe,
    support,
    tokens,
    waterius,
)
from cabinet.http.access import Access
from cabinet.http.api.app import PATH as API
from cabinet.http.api.app import build_api
from cabinet.http.guard import Guard
from cabinet.http.maintenance import Maintenance
from cabinet.i18n import LOCALES
from cabinet.jobs import run_jobs
from cabinet.launcher.worker import watch_parent
from cabinet.pages import PAGES, add_not_found, add_page
from cabinet.payments import processor
from cabinet.residents.service import open_lookup
from cabinet.sandbox.app import sandbox_app, sandbox_client
from cabinet.sandbox.delivery import deliver_events
from cabinet.sandbox.keys import SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET
from cabinet.settings import settings
from cabinet.staff.admin import admin_dash
from cabinet.ui.failure import say_failure
from cabinet.ui.gate import Gate
from cabinet.ui.shell import shell
from cabinet.watching.process import keep_watch
from cabinet.watching.start import start_watching

_REDIS_TRIES, _REDIS_PAUSE_SECONDS = 20, 0.25

start_watching()


def _routes() -> Starlette:
    modules = (
        bills,
        calendar,
        credentials,
        entrance,
        factors,
        files,
        health,
        installing,
        logos,
        mailbox,
        metrics,
        mydata,
        owner,
        payments,
        readings,
        stripe,
        support,
        tokens,
        waterius,
    )
    routes = [route for module in modules for route in module.routes]
    routes.append(Mount(API, build_api()))
    if settings.uses_sandbox and not settings.sandbox_url:
        routes.append(Mount("/sandbox", sandbox_app()))
    return Starlette(routes=routes)


@asynccontextmanager
async def _life() -> AsyncGenerator[None]:
    """What lives as long as the process: connections, jobs, and the sandbox where there is no key."""
    database.bind_engine()
    _wait_for_redis()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.dispose_engine)
        await stack.enter_async_context(open_lookup())
        if settings.uses_sandbox:
            _use_sandbox()
        if settings.uses_sandbox and not settings.sandbox_url:
            await stack.enter_async_context(deliver_events())
        stack.push_async_callback(processor.close)
        if settings.jobs_in_process:
            await stack.enter_async_context(run_jobs())
        yield


def _wait_for_redis() -> None:
    """Let a Redis that starts anew be waited for: who presses meanwhile is told of no error."""
    if isinstance(app.state_manager, StateManagerRedis):
        app.state_manager.redis.set_retry(Retry(ConstantBackoff(_REDIS_PAUSE_SECONDS), _REDIS_TRIES))


def _use_sandbox() -> None:
    """Let the processor's own client reach the sandbox, wherever it runs."""
    processor.use(http_client=sandbox_client(), api_key=SANDBOX_KEY, webhook_secret=SANDBOX_WEBHOOK_SECRET)


app = rx.App(
    html_lang="ru",
    api_transformer=[_routes(), Maintenance, Guard, Access],
    admin_dash=admin_dash(),
    backend_exception_handler=say_failure,
    **shell(),
)
app.add_middleware(Gate())
app.register_lifespan_task(_life)
app.register_lifespan_task(watch_parent)
app.register_lifespan_task(keep_watch)
for page in PAGES:
    for locale in LOCALES:
        add_page(app, page, locale)
add_not_found(app)
