"""The blank app's configuration: ours without our plugin."""

import reflex as rx

from cabinet.settings import settings

Mode = rx.constants.StateManagerMode

config = rx.Config(
    app_name="blank",
    redis_url=settings.redis_url or None,
    state_manager_mode=Mode.REDIS if settings.redis_url else Mode.MEMORY,
    trusted_proxy_hops=settings.trusted_proxy_hops,
    show_built_with_reflex=False,
    telemetry_enabled=False,
    plugins=[rx.plugins.TailwindV4Plugin(config={"plugins": []})],
    disable_plugins=[rx.plugins.SitemapPlugin, rx.plugins.RadixThemesPlugin],
)
