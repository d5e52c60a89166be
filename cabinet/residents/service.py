"""Everything that others may ask of residents."""

from cabinet.residents.care import (
    OpenSession,
    close_access,
    end_one_session,
    end_sessions,
    open_access,
    open_sessions,
    send_entry_letter,
)
from cabinet.residents.lookup import open_lookup, person_behind
from cabinet.residents.new_password import (
    ask_for_new_password,
    change_password,
    check_current_password,
    set_new_password,
)
from cabinet.residents.own_sessions import OwnSession, end_other_sessions, end_own_session, own_sessions
from cabinet.residents.passwords import check_password, password_rule
from cabinet.residents.person import Permission, Person
from cabinet.residents.profile import MAILBOXES, Profile, get_profile, put_welcome_aside, save_profile
from cabinet.residents.sessions import begin_session, check_login, end_all_sessions, end_session, sign_in
from cabinet.residents.sign_up import confirm_email, email_behind_link, resend_confirmation, sign_up
from cabinet.residents.staff import (
    change_role,
    create_staff,
    has_administrator,
    hire,
    staff_by_email,
    staff_members,
)
from cabinet.residents.whereabouts import say_place

__all__ = [
    "MAILBOXES",
    "OpenSession",
    "OwnSession",
    "Permission",
    "Person",
    "Profile",
    "ask_for_new_password",
    "begin_session",
    "change_password",
    "change_role",
    "check_current_password",
    "check_login",
    "check_password",
    "close_access",
    "confirm_email",
    "create_staff",
    "email_behind_link",
    "end_all_sessions",
    "end_one_session",
    "end_other_sessions",
    "end_own_session",
    "end_session",
    "end_sessions",
    "get_profile",
    "has_administrator",
    "hire",
    "open_access",
    "open_lookup",
    "open_sessions",
    "own_sessions",
    "password_rule",
    "person_behind",
    "put_welcome_aside",
    "resend_confirmation",
    "save_profile",
    "say_place",
    "send_entry_letter",
    "set_new_password",
    "sign_in",
    "sign_up",
    "staff_by_email",
    "staff_members",
]
