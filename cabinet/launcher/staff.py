"""`python -m cabinet staff …`: colleagues from the command line of the machine, the first administrator above all.

Whoever can run it can read the database, too: it asks for no permission, and the audit log says that no person did it.
Ends with 0 when it is done, 1 when it is refused, 2 when the command is written wrongly.
"""

from typing import Annotated

import typer

from cabinet.launcher.console import say

commands = typer.Typer(help="The people who work here.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="their e-mail")]
ROLES = "clerk, support, auditor, administrator"
RoleName = Annotated[str, typer.Option("--role", help=ROLES)]
ProviderName = Annotated[str, typer.Option("--provider", help="of a clerk: the provider's name or ИНН")]
Reason = Annotated[str, typer.Option(help="kept for the others")]
Name = Annotated[str, typer.Option(help="full name")]
AskPassword = Annotated[
    bool, typer.Option("--password", help="ask for a password here, instead of printing a link to set one")
]


@commands.command("create")
def create_command(
    email: Email,
    role: RoleName = "administrator",
    provider: ProviderName = "",
    name: Name = "",
    password: AskPassword = False,
) -> None:
    """Add a colleague. Prints a link with which they set a password; give it to nobody else."""
    from cabinet.launcher import staffing

    wished = staffing.role_named(role)
    typed = staffing.ask_password() if password else ""
    link = staffing.create(email, wished, provider, name, typed)
    if link:
        say(f"{email} is a colleague. Here they set a password, once:\n{link}")
    else:
        say(f"{email} can sign in now.")


@commands.command("list")
def list_command() -> None:
    """Everybody who works here."""
    from rich.console import Console

    from cabinet.launcher import staffing

    staffing.print_everybody(Console())


@commands.command("block")
def block_command(email: Email, reason: Reason = "") -> None:
    """Sign a colleague out everywhere and refuse the next sign-in."""
    from cabinet.launcher import staffing

    staffing.block(email, reason)
    say(f"The access of {email} is closed.")


@commands.command("unblock")
def unblock_command(email: Email) -> None:
    """Let a colleague in again."""
    from cabinet.launcher import staffing

    staffing.unblock(email)
    say(f"The access of {email} is open.")


@commands.command("reset-factor")
def reset_factor_command(email: Email, reason: Reason = "") -> None:
    """Take the second factor off a colleague who has lost it: the password alone lets them in again."""
    from cabinet.launcher import staffing

    staffing.reset_factor(email, reason)
    say(f"The second factor of {email} is off, and all their sessions are ended.")


@commands.command("role")
def role_command(
    email: Email,
    role: Annotated[str, typer.Argument(help=f"{ROLES}, or resident")],
    provider: ProviderName = "",
) -> None:
    """Give a colleague another role; “resident” takes it away."""
    from cabinet.launcher import staffing

    staffing.change_role(email, staffing.role_named(role, or_none=True), provider)
    say(f"{email} is now: {role}.")
