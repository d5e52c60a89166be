"""`serve`: one web process and nothing else; what it needs must be there already."""

from cabinet.http.guard import INLINE_SCRIPTS
from cabinet.launcher.console import CannotStart
from cabinet.launcher.migrations import refuse_older_schema
from cabinet.launcher.run import check_port, refuse_several_workers_without_redis
from cabinet.launcher.serve import serve
from cabinet.settings import PREFIX, settings


def serve_web() -> None:
    """Serve pages until a signal comes. Raises CannotStart without a build, a database or its newest schema."""
    refuse_without_server()
    if not INLINE_SCRIPTS.exists():
        raise CannotStart("The pages are not built: run `python -m cabinet build` first.")
    refuse_several_workers_without_redis()
    check_port()
    refuse_older_schema(settings.database_url)
    serve()


def refuse_without_server() -> None:
    """Raise CannotStart unless a database server is named: an embedded one has one owner, `run`."""
    if not settings.database_url:
        raise CannotStart(
            f"{PREFIX}DATABASE_URL is needed: name a PostgreSQL server, or use `python -m cabinet run`."
        )
