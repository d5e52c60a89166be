"""Errors as Stripe's API words them."""

from typing import Any

Envelope = dict[str, Any]


class ApiProblem(Exception):
    """An answer other than 200: status and the fields of Stripe's error envelope."""

    def __init__(
        self, status: int, kind: str, message: str, *, remembered: bool = True, **details: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.remembered = remembered
        """Whether an idempotency key replays it: not when the parameters were wrong."""
        self.error: Envelope = {"type": kind, "message": message, **details}

    def envelope(self) -> Envelope:
        """The body of the answer."""
        return {"error": self.error}


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> ApiProblem:
    """A parameter is wrong."""
    problem = ApiProblem(400, "invalid_request_error", message, remembered=False)
    problem.error |= {name: value for name, value in (("code", code), ("param", param)) if value}
    return problem


def refused(message: str, *, code: str, **details: Any) -> ApiProblem:
    """The parameters are right, but the state of the object does not allow it."""
    return ApiProblem(400, "invalid_request_error", message, code=code, **details)


def missing(kind: str, ident: str, param: str = "id") -> ApiProblem:
    """No such object."""
    return ApiProblem(
        404,
        "invalid_request_error",
        f"No such {kind}: '{ident}'",
        code="resource_missing",
        param=param,
        remembered=False,
    )


def card_problem(
    message: str, *, code: str, decline_code: str | None, charge: str | None, intent: Any
) -> ApiProblem:
    """The bank says no, or asks for the cardholder."""
    details: Envelope = {
        "code": code,
        "decline_code": decline_code,
        "charge": charge,
        "payment_intent": intent,
    }
    problem = ApiProblem(402, "card_error", message)
    problem.error |= {name: value for name, value in details.items() if value is not None}
    return problem


def unauthorized(message: str) -> ApiProblem:
    """No key, or a wrong one."""
    return ApiProblem(401, "invalid_request_error", message, remembered=False)


def key_in_use(key: str) -> ApiProblem:
    """Another request with this idempotency key is still running."""
    return ApiProblem(
        409,
        "idempotency_error",
        f"There is currently another in-progress request using this Idempotent Key: {key}.",
        code="idempotency_key_in_use",
        remembered=False,
    )


def key_reused(key: str) -> ApiProblem:
    """The idempotency key was first used with other parameters."""
    return ApiProblem(
        400,
        "idempotency_error",
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
        remembered=False,
    )
