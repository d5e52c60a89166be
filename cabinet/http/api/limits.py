"""How many requests a minute, told in every answer (draft-ietf-httpapi-ratelimit-headers)."""

from starlette.datastructures import MutableHeaders

from cabinet.http.api.problems import ApiError
from cabinet.i18n import _
from cabinet.limits.allowance import Left
from cabinet.limits.errors import say_wait


class TooManyRequests(ApiError):
    """The minute's requests are used up."""

    code = "too_many_requests"
    status = 429

    def __init__(self, left: Left) -> None:
        super().__init__()
        self.left = left
        self.headers = {"Retry-After": str(left.seconds)}

    def message(self) -> str:
        """How long to wait."""
        return _("Too many requests. Try again in {time}.").format(time=say_wait(self.left.seconds))


def tell(headers: MutableHeaders, left: Left) -> None:
    """Say in the answer how many requests are left."""
    headers["RateLimit-Policy"] = f'"minute";q={left.limit};w=60'
    headers["RateLimit"] = f'"minute";r={left.left};t={left.seconds}'
