"""Counting tries to sign in by how they end."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from cabinet.errors import CabinetError
from cabinet.limits.errors import TooManyTries
from cabinet.residents.errors import WrongLogin
from cabinet.watching.metrics import SIGN_INS

P = ParamSpec("P")
R = TypeVar("R")
_OUTCOMES: dict[type[CabinetError], str] = {WrongLogin: "wrong", TooManyTries: "limited"}


def counts_sign_ins(sign_in: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Count what the function does: passed, wrong, limited, or refused for another reason."""

    @wraps(sign_in)
    async def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = await sign_in(*args, **kwargs)
        except CabinetError as problem:
            SIGN_INS.labels(_OUTCOMES.get(type(problem), "refused")).inc()
            raise
        SIGN_INS.labels("passed").inc()
        return result

    return counted
