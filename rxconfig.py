"""Reflex's own configuration, derived from `cabinet.settings`."""

import reflex as rx

from cabinet.http.guard import own_origins
from cabinet.launcher.node import prepare_reflex
from cabinet.launcher.plugin import OneBuildForAll
from cabinet.settings import settings

Mode = rx.constants.StateManagerMode
prepare_reflex()

config = rx.Config(
    app_name="cabinet",
    redis_url=settings.redis_url or None,
    state_manager_mode=Mode.REDIS if settings.redis_url else Mode.MEMORY,
    cors_allowed_origins=own_origins(),
    trusted_proxy_hops=settings.trusted_proxy_hops,
    show_built_with_reflex=False,
    telemetry_enabled=False,
    plugins=[rx.plugins.TailwindV4Plugin(config={"plugins": []}), OneBuildForAll()],
    disable_plugins=[rx.plugins.SitemapPlugin, rx.plugins.RadixThemesPlugin],
)
