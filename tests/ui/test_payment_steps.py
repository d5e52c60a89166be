"""The way of a payment: a registry stands where it happened, whatever is still to come."""

from cabinet.exchange.exports.service import Told
from cabinet.i18n import use_locale
from cabinet.payments.models import PaymentState
from cabinet.ui.payment import steps_of
from tests.payments.test_timeline import after, item, payment


def test_the_registry_stands_between_what_happened_and_what_is_to_come() -> None:
    view = payment(PaymentState.SUCCEEDED, item())
    with use_locale("en"):
        lines = steps_of(view, [Told(7, after(5)), Told(9, after(6))])
    told = [line.text for line in lines if line.text.startswith("The provider was told")]
    assert told == ["The provider was told in registry No. 7", "The provider was told in registry No. 9"]
    states = [line.state for line in lines]
    assert states == sorted(states, key=lambda state: state == "coming"), "what is to come stays last"


def test_the_registry_stands_before_the_money() -> None:
    view = payment(PaymentState.SUCCEEDED, item(handed_over_at=after(8)))
    with use_locale("en"):
        texts = [line.text for line in steps_of(view, [Told(7, after(5))])]
    assert texts.index("The provider was told in registry No. 7") < texts.index("Handed over to the provider")
