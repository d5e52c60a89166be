"""Leaving for the payment page: once for each press of the button."""

from cabinet.ui.departure import leave_for

PAGE = "https://pay.example/cs_1#part"


def test_each_wish_to_leave_is_another_one():
    first, second = leave_for(PAGE), leave_for(PAGE)
    assert first != second
    assert [wish.split(" ")[1:] for wish in (first, second)] == [[PAGE], [PAGE]]


def test_nowhere_is_no_wish():
    assert leave_for("") == ""
