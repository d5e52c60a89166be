"""The owner of a cabinet moves to another e-mail, takes a copy of everything, and deletes the cabinet."""

import zipfile

from cabinet.i18n import _, use_locale
from cabinet.ui import routes
from tests.journeys.mailbox import link_in
from tests.journeys.visitor import Visitor


def said(visitor: Visitor, words: str) -> str:
    """The words in the visitor's language; extracted where the pages name them."""
    with use_locale(visitor.words.locale):
        return _(words)


def test_another_email(resident: Visitor):
    visitor, new = resident, f"next-{resident.email}"
    visitor.open(routes.CHANGE_EMAIL)
    visitor.fill(said(visitor, "New e-mail"), new)
    visitor.fill(said(visitor, "Your password"), visitor.password)
    visitor.press(said(visitor, "Send the letters"))
    visitor.sees(said(visitor, "Waiting for the mailboxes"))
    to_new = visitor.mailbox.wait_for(new, said(visitor, "Confirm your new e-mail"))
    to_old = visitor.mailbox.wait_for(visitor.email, said(visitor, "Is it you who changes the e-mail?"))
    visitor.page.goto(link_in(to_new, routes.NEW_EMAIL))
    visitor.sees(said(visitor, "One step is left: open the link in the letter to the old address."))
    visitor.page.goto(link_in(to_old, routes.OLD_EMAIL))
    visitor.press(said(visitor, "It is me: allow the change"))
    visitor.sees(said(visitor, "The e-mail is changed"))
    visitor.context.clear_cookies()
    visitor.email = new
    visitor.sign_in()


def test_taking_everything_and_leaving(resident: Visitor):
    visitor, page = resident, resident.page
    visitor.open(routes.MY_DATA)
    copying = page.locator("form").filter(has=visitor.button(said(visitor, "Prepare my data")))
    copying.locator("#current").fill(visitor.password)
    visitor.press(said(visitor, "Prepare my data"))
    with page.expect_download() as download:
        page.get_by_role("link", name="ZIP").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert visitor.email in archive.read("cabinet.json").decode()

    leave = said(visitor, "Delete my cabinet for ever")
    page.locator("#sure").fill("?")
    page.locator("#leaving-current").fill(visitor.password)
    visitor.press(leave)
    page.locator("#sure[aria-invalid=true]").wait_for()
    page.locator("#sure").fill(said(visitor, "DELETE"))
    visitor.press(leave)
    visitor.sees(said(visitor, "Your cabinet is deleted. A letter says what that means."))
    visitor.mailbox.wait_for(visitor.email, said(visitor, "Your cabinet is deleted"))
    visitor.enter_login()
    visitor.sees(said(visitor, "The e-mail or the password is wrong. Check both, or set a new password."))
    visitor.forget_complaints(about="4")
