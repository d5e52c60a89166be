"""The parameters that each call takes: unknown ones are refused, as Stripe does."""

from typing import Annotated, Any, Literal, Self, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from cabinet.sandbox.forms import Tree, param_name
from cabinet.sandbox.problems import ApiProblem, invalid

Locale = Literal[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
    "fr-CA", "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl",
    "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
]  # fmt: skip


def _stripe_metadata(metadata: dict[str, str]) -> dict[str, str]:
    if len(metadata) > 50 or any(len(k) > 40 or len(v) > 500 for k, v in metadata.items()):
        raise ValueError("Metadata takes 50 keys of 40 characters with values of 500 characters.")
    return metadata


Metadata = Annotated[dict[str, str], AfterValidator(_stripe_metadata)]
Currency = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/\S*)?$", max_length=5000)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
CardOnly = Annotated[list[Literal["card"]], Field(min_length=1)]


class Params(BaseModel):
    """What every call takes."""

    model_config = ConfigDict(extra="forbid")

    expand: list[str] = []


class Part(BaseModel):
    """A nested parameter."""

    model_config = ConfigDict(extra="forbid")


class ProductData(Part):
    """What is sold."""

    name: Text
    description: Text | None = None
    metadata: Metadata = {}


class PriceData(Part):
    """A price made for this session only."""

    currency: Currency
    unit_amount: Annotated[int, Field(ge=0)]
    product_data: ProductData


class LineItem(Part):
    """One line of a session."""

    price_data: PriceData
    quantity: Annotated[int, Field(ge=1)]

    @property
    def amount(self) -> int:
        """Minor units of the whole line."""
        return self.price_data.unit_amount * self.quantity


class PaymentIntentData(Part):
    """What the session hands on to its payment intent."""

    metadata: Metadata = {}
    description: Text | None = None
    receipt_email: Text | None = None
    setup_future_usage: Literal["on_session", "off_session"] | None = None
    statement_descriptor_suffix: Text | None = None


class SetupIntentData(Part):
    """What the session hands on to its setup intent."""

    metadata: Metadata = {}
    description: Text | None = None


class CreateSession(Params):
    """`POST /v1/checkout/sessions`."""

    mode: Literal["payment", "setup"]
    success_url: Url
    cancel_url: Url | None = None
    line_items: list[LineItem] = []
    currency: Currency | None = None
    client_reference_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    customer: str | None = None
    customer_email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=800)] | None = (
        None
    )
    customer_creation: Literal["always", "if_required"] | None = None
    expires_at: int | None = None
    locale: Locale | None = None
    metadata: Metadata = {}
    payment_intent_data: PaymentIntentData = PaymentIntentData()
    setup_intent_data: SetupIntentData = SetupIntentData()
    allowed_payment_method_types: CardOnly | None = None
    submit_type: Literal["auto", "book", "donate", "pay"] | None = None
    ui_mode: Literal["hosted_page"] = "hosted_page"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.mode == "payment" and not self.line_items:
            raise invalid(
                "`line_items` is required in `payment` mode.", code="parameter_missing", param="line_items"
            )
        if self.mode == "setup" and self.line_items:
            raise invalid("You can not pass `line_items` in `setup` mode.", param="line_items")
        if len({item.price_data.currency for item in self.line_items}) > 1:
            raise invalid("All line items must have the same currency.", param="line_items")
        if self.customer and self.customer_email:
            raise invalid("You may only specify one of these parameters: customer, customer_email.")
        return self


class Since(Part):
    """Limits of a moment, in seconds since 1970."""

    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None


class ListParams(Params):
    """What every list takes."""

    limit: Annotated[int, Field(ge=1, le=100)] = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: Since = Since()

    @model_validator(mode="before")
    @classmethod
    def _exact_moment(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(cast(Tree, data).get("created"), str):
            moment = cast(Tree, data)["created"]
            return {**cast(Tree, data), "created": {"gte": moment, "lte": moment}}
        return cast(Any, data)

    def filters(self) -> dict[str, Any]:
        """The fields of the object that must equal what was asked for."""
        general = ListParams.model_fields.keys()
        return {name: value for name, value in self if name not in general and value is not None}


class ListSessions(ListParams):
    """`GET /v1/checkout/sessions`."""

    payment_intent: str | None = None
    customer: str | None = None
    status: Literal["open", "complete", "expired"] | None = None


class ListOfCustomer(ListParams):
    """A list that can be narrowed to a customer."""

    customer: str | None = None


class ListPaymentMethods(ListOfCustomer):
    """`GET /v1/payment_methods`."""

    type: Literal["card"] | None = None


class ListCharges(ListOfCustomer):
    """`GET /v1/charges`."""

    payment_intent: str | None = None


class ListRefunds(ListParams):
    """`GET /v1/refunds`."""

    charge: str | None = None
    payment_intent: str | None = None


class ListTransactions(ListParams):
    """`GET /v1/balance_transactions`."""

    source: str | None = None
    type: str | None = None


class ListCustomers(ListParams):
    """`GET /v1/customers`."""

    email: str | None = None


class ListEvents(ListParams):
    """`GET /v1/events`."""

    type: str | None = None
    types: list[str] | None = None


class ListDisputes(ListCharges):
    """`GET /v1/disputes`."""

    charge: str | None = None


class CreateCustomer(Params):
    """`POST /v1/customers`."""

    email: Text | None = None
    name: Text | None = None
    description: Text | None = None
    metadata: Metadata = {}


class CreateIntent(Params):
    """`POST /v1/payment_intents`."""

    amount: int
    currency: Currency
    confirm: bool = False
    off_session: bool = False
    customer: str | None = None
    payment_method: str | None = None
    allowed_payment_method_types: CardOnly | None = None
    description: Text | None = None
    metadata: Metadata = {}


class ConfirmIntent(Params):
    """`POST /v1/payment_intents/…/confirm`."""

    payment_method: str | None = None
    off_session: bool = False


class CancelIntent(Params):
    """`POST /v1/payment_intents/…/cancel`."""

    cancellation_reason: Literal["abandoned", "duplicate", "fraudulent", "requested_by_customer"] | None = (
        None
    )


class CreateRefund(Params):
    """`POST /v1/refunds`."""

    charge: str | None = None
    payment_intent: str | None = None
    amount: Annotated[int, Field(ge=1)] | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: Metadata = {}


class Evidence(Part):
    """What speaks for us in a dispute."""

    uncategorized_text: Text | None = None


class UpdateDispute(Params):
    """`POST /v1/disputes/…`."""

    evidence: Evidence = Evidence()
    submit: bool = True
    metadata: Metadata = {}


_GONE = "`payment_method_types` is no longer supported. Use `allowed_payment_method_types` instead."

P = TypeVar("P", bound=Params)

_CODES = {
    "missing": "parameter_missing",
    "extra_forbidden": "parameter_unknown",
    "int_parsing": "parameter_invalid_integer",
    "string_too_short": "parameter_invalid_empty",
}


def read_params(model: type[P], tree: Tree) -> P:
    """The call's parameters, or the first problem with them in Stripe's words."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise _worded(error.errors()[0]) from None


def _worded(error: ErrorDetails) -> ApiProblem:
    name = param_name(error["loc"]) if error["loc"] else None
    if name == "payment_method_types":
        return invalid(_GONE, code="payment_method_types_no_longer_supported", param=name)
    return invalid(_sentence(error, name), code=_CODES.get(error["type"]), param=name)


def _sentence(error: ErrorDetails, name: str | None) -> str:
    match error["type"]:
        case "missing":
            return f"Missing required param: {name}."
        case "extra_forbidden":
            return f"Received unknown parameter: {name}"
        case "int_parsing":
            return f"Invalid integer: {error['input']}"
        case _:
            return f"Invalid {name}: {error['msg']}"
