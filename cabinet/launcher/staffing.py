"""The work behind `python -m cabinet staff`: with the migrated database, in one transaction each."""

import sys
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.factors import service as factors
from cabinet.i18n import use_locale
from cabinet.launcher.migrations import migrate
from cabinet.launcher.postgres import running_database
from cabinet.launcher.program import within_program
from cabinet.providers.models import Provider
from cabinet.residents import service
from cabinet.residents.models import Resident, Role

T = TypeVar("T")
_HERE = "command line"
_ROLES = [role.value for role in Role if role is not Role.RESIDENT]


def create(email: str, role: Role, provider: str, name: str, password: str) -> str:
    """Add a colleague; returns the link to set a password, unless one was typed."""
    return _run(_create(email, role, provider, name, password))


def print_everybody(console: Console) -> None:
    """A table of all colleagues, or how to have one."""
    table = Table("E-mail", "Name", "Role", "Provider", "State")
    for row in _run(_everybody()):
        table.add_row(*row)
    console.print(
        table if table.row_count else "Nobody works here yet: python -m cabinet staff create E-MAIL"
    )


def block(email: str, reason: str) -> None:
    """Close a colleague's access."""
    _run(_block(email, reason))


def unblock(email: str) -> None:
    """Open a colleague's access."""
    _run(_unblock(email))


def reset_factor(email: str, reason: str) -> None:
    """Take a colleague's second factor off."""
    _run(_reset_factor(email, reason))


def change_role(email: str, role: Role, provider: str) -> None:
    """Give a colleague another role."""
    _run(_change_role(email, role, provider))


def role_named(text: str, *, or_none: bool = False) -> Role:
    """The role of that name; anything else is a command written wrongly."""
    known = [*_ROLES, Role.RESIDENT.value] if or_none else _ROLES
    if text not in known:
        raise typer.BadParameter(f"“{text}” is no role. Choose one of: {', '.join(known)}.")
    return Role(text)


def ask_password() -> str:
    """Typed twice and not shown; piped in when there is no terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return typer.prompt("Password", hide_input=True, confirmation_prompt=True)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Do it with the migrated database; what is refused is said in a sentence."""
    with running_database() as url, use_locale("en"):
        migrate(url)
        try:
            return within_program(work)
        except CabinetError as problem:
            typer.echo(problem.message(), err=True)
            raise typer.Exit(1) from None


async def _create(email: str, role: Role, provider: str, name: str, password: str) -> str:
    async with unit_of_work() as session:
        provider_id = await _provider_id(provider, session)
        staff_id, link = await service.hire(
            email, role, provider_id, name, session=session, address=_HERE, by_letter=False
        )
        if not password:
            return link
        await service.create_staff(email, password, role, provider_id, session=session)
        await record(None, "set_password", "staff", staff_id, address=_HERE, session=session)
        return ""


async def _everybody() -> list[tuple[str, str, str, str, str]]:
    async with read_only() as session:
        names = {one.id: one.name for one in await session.exec(select(Provider))}
        people = await service.staff_members(session=session)
    return [
        (one.email, one.full_name, one.role.value, names.get(one.provider_id or one.id, ""), _state(one))
        for one in people
    ]


def _state(one: Resident) -> str:
    if one.blocked_at:
        return "access closed"
    return "works" if one.confirmed_at else "invited"


async def _block(email: str, reason: str) -> None:
    async with unit_of_work() as session:
        staff = await service.staff_by_email(email, session=session)
        await service.close_access(staff.id, reason, session=session, address=_HERE)


async def _unblock(email: str) -> None:
    async with unit_of_work() as session:
        staff = await service.staff_by_email(email, session=session)
        await service.open_access(staff.id, session=session, address=_HERE)


async def _reset_factor(email: str, reason: str) -> None:
    async with unit_of_work() as session:
        staff = await service.staff_by_email(email, session=session)
        await factors.reset(staff.id, reason, session=session, by=None, address=_HERE)


async def _change_role(email: str, role: Role, provider: str) -> None:
    async with unit_of_work() as session:
        staff = await service.staff_by_email(email, session=session)
        provider_id = await _provider_id(provider, session)
        await service.change_role(staff.id, role, provider_id, session=session, address=_HERE)


async def _provider_id(text: str, session: AsyncSession) -> UUID | None:
    """The provider that is meant; the names are said when none is."""
    if not text:
        return None
    found = list(await session.exec(select(Provider)))
    for one in found:
        if text in (str(one.id), one.inn) or text.casefold() in (one.name.casefold(), one.name_en.casefold()):
            return one.id
    names = "; ".join(one.name for one in found) or "none yet"
    typer.echo(f"There is no provider “{text}”. Known: {names}.", err=True)
    raise typer.Exit(1)
