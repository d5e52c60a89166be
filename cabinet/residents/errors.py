"""What can be wrong with a sign-up, a sign-in, a link from a letter or a profile."""

from cabinet.errors import CabinetError
from cabinet.i18n import _
from cabinet.settings import PasswordPolicy

LONGEST_REASON = 300


class SeveralProblems(CabinetError):
    """Several fields of one form are wrong; each has its own error."""

    code = "several_problems"

    def __init__(self, errors: list[CabinetError]) -> None:
        self.errors = errors
        super().__init__(errors)

    def message(self) -> str:
        """A summary; the fields carry the rest."""
        return _("Check the fields marked below.")


class BadEmail(CabinetError):
    """The text is not an address that a letter could reach."""

    code = "bad_email"
    field = "email"

    def message(self) -> str:
        """How an address looks."""
        return _("This does not look like an e-mail address. Example: name@mail.ru")


class NoSuchMailServer(BadEmail):
    """The domain takes no mail."""

    code = "no_such_mail_server"

    def __init__(self, domain: str) -> None:
        self.domain = domain
        super().__init__(domain)

    def message(self) -> str:
        """Which part to look at."""
        return _("No mail can reach “{domain}”. Check the part after @.").format(domain=self.domain)


class WrongPasswordForm(CabinetError):
    """The password does not follow the policy."""

    code = "wrong_password_form"
    field = "password"

    def __init__(self, policy: PasswordPolicy, length: int, *, letters_fit: bool) -> None:
        self.policy, self.length, self.letters_fit = policy, length, letters_fit
        super().__init__(policy, length)

    def message(self) -> str:
        """The rule, and which part of it is broken."""
        return f"{self._problem()} {password_rule(self.policy)}"

    def _problem(self) -> str:
        if self.length == 0:
            return _("Enter a password.")
        if not self.letters_fit:
            return _("This password has characters that do not fit.")
        least, most = LENGTHS[self.policy]
        if self.length < least:
            return _("This password is too short.")
        return _("This password is too long.") if self.length > most else ""


LENGTHS = {PasswordPolicy.INSTRUCTION: (5, 10), PasswordPolicy.LONG: (12, 128)}


def password_rule(policy: PasswordPolicy) -> str:
    """The rule in plain words, as it stands beside the field."""
    least, most = LENGTHS[policy]
    if policy is PasswordPolicy.INSTRUCTION:
        text = _("Latin letters and digits, {least} to {most} characters.")
    else:
        text = _("Any characters, {least} to {most} of them. A sentence you remember is best.")
    return text.format(least=least, most=most)


class CommonPassword(CabinetError):
    """The password is among the first that are guessed."""

    code = "common_password"
    field = "password"

    def message(self) -> str:
        """Why, and what to do."""
        return _("This password is one of the first that are guessed. Choose another one.")


class ConsentMissing(CabinetError):
    """Without consent we may not keep the person's data (152-ФЗ, art. 9)."""

    code = "consent_missing"
    field = "consent"

    def message(self) -> str:
        """Why it is asked for."""
        return _("We need your consent: without it we may not keep your e-mail.")


class WrongLogin(CabinetError):
    """The pair of e-mail and password is wrong; which of the two is not said."""

    code = "wrong_login"

    def message(self) -> str:
        """What to check."""
        return _("The e-mail or the password is wrong. Check both, or set a new password.")


class EmailNotConfirmed(CabinetError):
    """The password is right, but the mailbox is not confirmed yet."""

    code = "email_not_confirmed"

    def message(self) -> str:
        """Where the link is, and that a new letter can be had."""
        return _("Confirm your e-mail first: open the link in our letter. No letter? We can send a new one.")


class AccessClosed(CabinetError):
    """Staff closed this person's access."""

    code = "access_closed"

    def message(self) -> str:
        """Whom to ask."""
        return _("Your access is closed. Write to support, and we will sort it out.")


class SecondFactorNeeded(CabinetError):
    """The password is right, and does not suffice."""

    code = "second_factor_needed"

    def message(self) -> str:
        """What to do."""
        return _("Your sign-in has a second step. Sign in on the sign-in page.")


class WrongCurrentPassword(CabinetError):
    """The password that was to be replaced is another one."""

    code = "wrong_current_password"
    field = "current"

    def message(self) -> str:
        """What to check."""
        return _("The current password is different. Check it and try again.")


class LinkProblem(CabinetError):
    """A link from a letter does not work; `state` says why."""

    state = "unknown"


class LinkUsed(LinkProblem):
    """The link has done its work already."""

    code = "link_used"
    state = "used"

    def message(self) -> str:
        """What happened."""
        return _("This link has already been used.")


class LinkExpired(LinkProblem):
    """The link is older than its time."""

    code = "link_expired"
    state = "expired"

    def message(self) -> str:
        """What to do."""
        return _("This link has expired. Ask for a new letter.")


class LinkUnknown(LinkProblem):
    """We never sent such a link, or a newer letter replaced it."""

    code = "link_unknown"

    def message(self) -> str:
        """What to do."""
        return _("This link is not valid. Open the newest letter, or ask for a new one.")


class BadPhone(CabinetError):
    """The text is not a phone number."""

    code = "bad_phone"
    field = "phone"

    def message(self) -> str:
        """How a number looks."""
        return _("This does not look like a phone number. Example: +7 900 000-00-00")


class TooLong(CabinetError):
    """A text does not fit its column."""

    code = "too_long"

    def __init__(self, field: str, limit: int) -> None:
        self.field, self.limit = field, limit
        super().__init__(field, limit)

    def message(self) -> str:
        """How much is allowed."""
        return _("This is too long: at most {limit} characters.").format(limit=self.limit)


class WhyClosed(CabinetError):
    """Access is not closed without a reason."""

    code = "why_closed"
    field = "reason"

    def message(self) -> str:
        """What to write."""
        return _("Write the reason in up to {count} characters.").format(count=LONGEST_REASON)


class OpenAccessFirst(CabinetError):
    """A letter would promise a way in that is closed."""

    code = "open_access_first"

    def message(self) -> str:
        """What to do first."""
        return _("Access is closed: the letter would lead nowhere. Open access first.")


class TooManyLetters(CabinetError):
    """The mailbox got as many letters of the kind as an hour allows."""

    code = "too_many_letters"

    def message(self) -> str:
        """When to try again."""
        return _("This mailbox has had enough such letters for now. Try again in an hour.")


class NotYourself(CabinetError):
    """Nobody closes the own access or changes the own role."""

    code = "not_yourself"

    def message(self) -> str:
        """Who can."""
        return _("You cannot do this to yourself. Ask another administrator.")


class LastAdministrator(CabinetError):
    """Without an administrator nobody could manage the others."""

    code = "last_administrator"

    def message(self) -> str:
        """What to do first."""
        return _("This is the last administrator who can sign in. Make somebody else an administrator first.")


class AlreadyStaff(CabinetError):
    """The mailbox belongs to a colleague."""

    code = "already_staff"
    field = "email"

    def message(self) -> str:
        """Where to change the role."""
        return _("This person is a colleague already. Change the role on their page.")


class NotOfStaff(CabinetError):
    """The person, or the role, is a resident's."""

    code = "not_of_staff"
    field = "role"

    def message(self) -> str:
        """What to choose."""
        return _("Nobody of the staff has this e-mail, or the role is none of the staff's.")


class ClerkWithoutProvider(CabinetError):
    """A clerk works for one provider; the others work for the operator."""

    code = "clerk_without_provider"
    field = "provider_id"

    def message(self) -> str:
        """What to choose."""
        return _("Choose the provider that the clerk works for; other roles have none.")


class SameEmail(CabinetError):
    """The new address is the one that stands there already."""

    code = "same_email"
    field = "email"

    def message(self) -> str:
        """What to enter."""
        return _("This is your e-mail already. Enter the new one.")


class NewMailboxFirst(CabinetError):
    """Staff agree for a lost mailbox only after the person has shown that the new one is theirs."""

    code = "new_mailbox_first"

    def message(self) -> str:
        """What to wait for."""
        return _(
            "The new address is not confirmed yet: the resident opens the link in the letter to it first."
        )
