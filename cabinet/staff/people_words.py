"""The words of the pages about residents and colleagues."""

from typing import Any

from cabinet.i18n import N_
from cabinet.staff.words import later

PEOPLE_WORDS: dict[str, Any] = {
    "done_closed": later(N_("Access is closed.")),
    "done_opened": later(N_("Access is open again.")),
    "done_letter": later(N_("The letter is written and leaves at once.")),
    "done_signed_out": later(N_("All sessions of this person are ended.")),
    "done_session": later(N_("The session is ended.")),
    "done_unlinked": later(N_("The account is unlinked. The resident gets a letter.")),
    "done_hired": later(N_("The colleague gets a letter with a link to set a password.")),
    "done_role": later(N_("The role is changed. The colleague signs in again.")),
    "done_factor_reset": later(N_("The second factor is taken off. The person gets a letter.")),
    "factor": later(N_("Second factor")),
    "factor_on": later(N_("On since {moment}")),
    "factor_off": later(N_("Not on")),
    "factor_hint": later(
        N_(
            "For a person who has lost the phone, the keys and the spare codes. Make sure that it is they who ask: call "
            "back, or look at a document. They are signed out everywhere, and the password alone lets them in again."
        )
    ),
    "reset_factor": later(N_("Take the second factor off")),
    "reset_reason": later(N_("How you know that it is they")),
    "done_email": later(
        N_("Agreed in place of the old mailbox: the e-mail is changed, both addresses get a letter.")
    ),
    "email_change": later(N_("Change of the e-mail")),
    "email_wanted": later(N_("The new address")),
    "email_unproved": later(N_("Waits until the resident opens the link in the letter to the new address.")),
    "email_old": later(N_("The new address is confirmed; the old one has not allowed the change yet.")),
    "email_hint": later(
        N_(
            "Only if the old mailbox is lost and you have made sure that this is its owner: by the last payment, the "
            "address of the dwelling, a call to the number in the profile. What you write here stays for good."
        )
    ),
    "email_agree": later(N_("Agree in place of the old mailbox")),
    "access": later(N_("Access to the cabinet")),
    "reason": later(N_("Reason")),
    "close": later(N_("Close access")),
    "close_hint": later(
        N_(
            "The person is signed out everywhere and cannot sign in until you open access again; autopay stops. "
            "The reason is seen by staff only."
        )
    ),
    "open": later(N_("Open access")),
    "open_hint": later(N_("The person will be able to sign in again.")),
    "send_confirmation": later(N_("Send the confirmation letter again")),
    "send_reset": later(N_("Send a letter to set a new password")),
    "letter_hint": later(N_("Only the newest link works, and only once.")),
    "sessions": later(N_("Where they are signed in")),
    "no_sessions": later(N_("Nowhere now.")),
    "sign_out": later(N_("Sign out everywhere")),
    "end": later(N_("End")),
    "device": later(N_("Device")),
    "address": later(N_("From where")),
    "signed_in": later(N_("Signed in")),
    "last_seen": later(N_("Last seen")),
    "links": later(N_("Linked accounts")),
    "no_links": later(N_("No account is linked.")),
    "account": later(N_("Account")),
    "kind_of_access": later(N_("Access")),
    "linked": later(N_("Linked")),
    "ended": later(N_("Unlinked")),
    "unlink": later(N_("Unlink")),
    "unlink_hint": later(N_("Autopay and invitations of this link end, too.")),
    "staff": later(N_("Staff")),
    "hire": later(N_("Add a colleague")),
    "hire_hint": later(
        N_(
            "They get a letter with a link and choose a password that nobody else knows. "
            "A clerk works for one provider and sees nothing of the others."
        )
    ),
    "email": later(N_("E-mail")),
    "name": later(N_("Full name")),
    "role": later(N_("Role")),
    "provider": later(N_("Provider")),
    "no_provider": later(N_("— (the operator)")),
    "state": later(N_("State")),
    "working": later(N_("Works")),
    "invited": later(N_("Invited, no password yet")),
    "closed": later(N_("Access closed")),
    "never_seen": later(N_("Never")),
    "colleague": later(N_("Colleague")),
    "change_role": later(N_("Change the role")),
    "role_hint": later(
        N_("All sessions of the colleague end. “Resident” means that they are not of the staff any more.")
    ),
    "yourself": later(N_("This is you: another administrator changes your role or closes your access.")),
    "send_invitation": later(N_("Send the invitation again")),
    "back": later(N_("Back")),
    "audit": later(N_("What they did")),
    "audit_of": later(N_("What was done to them")),
    "what_roles_may": later(N_("What the roles may")),
    "may_clerk": later(
        N_("One provider: accounts, payments, readings, tariffs, bills, notices, files, access to accounts.")
    ),
    "may_support": later(
        N_("Sees everything of residents, answers requests, edits residents. Moves no money.")
    ),
    "may_auditor": later(N_("Reads everything, changes nothing.")),
    "may_administrator": later(N_("Everything, money and staff included.")),
}

AUDIT_WORDS: dict[str, Any] = {
    "when": later(N_("When")),
    "who": later(N_("Who")),
    "who_hint": later(N_("Name or e-mail; “-” for what no person did.")),
    "action": later(N_("What was done")),
    "subject": later(N_("To what")),
    "row": later(N_("Which row")),
    "row_hint": later(N_("Account, payment or request number, a resident's e-mail, or an id.")),
    "since": later(N_("From the day")),
    "until": later(N_("To the day")),
    "address": later(N_("From where")),
    "change": later(N_("What changed")),
    "before": later(N_("Before")),
    "after": later(N_("After")),
    "any": later(N_("Any")),
    "show": later(N_("Show")),
    "reset": later(N_("Clear")),
    "export": later(N_("Take as CSV")),
    "machine": later(N_("No person")),
    "nothing": later(N_("Nothing was written down that fits. Change what you search for.")),
    "earlier": later(N_("Earlier ones")),
    "newest": later(N_("Back to the newest")),
    "only_row": later(N_("All about this row")),
    "hint": later(
        N_("What staff changed, exported and looked at. Nothing here can be changed or deleted by anybody.")
    ),
}
