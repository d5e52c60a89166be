"""Providers: their names, number rules, readings and bank details."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette_admin import BaseField, RequestAction
from starlette_admin.widgets import PanelWidget

from cabinet.audit.service import changes, record
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.i18n import N_, _
from cabinet.providers import service
from cabinet.providers.models import ProofKind, Provider, ProviderKind
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView, at_fields, finish_reading
from cabinet.staff.fields import LongText, Moment, Money, Number, Text, YesNo, choice
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.provider_desk import LOGO_WORDS, TESTER_WORDS, rows_of
from cabinet.staff.words import KINDS, later
from cabinet.staff.work_words import PROOFS

_FOR_OPERATOR = frozenset(
    {"active", "kind", "name", "name_en", "commission_bp", "min_payment_minor", "max_payment_minor"}
    | {"inn", "kpp"}
    | {"bank_name", "bic", "bank_account", "correspondent_account"}
)
"""Where the money goes and what the contract says: the operator's administrators alone change it."""


def _panel(title: str, *rows: str | tuple[str, ...]) -> PanelWidget:
    """A part of the form: names below each other, tuples of names side by side."""
    children: Any = list(rows)
    return PanelWidget(later(title), children)


class ProvidersView(DeskView):
    """All providers for an administrator; a clerk finds the own one."""

    key = "providers"
    icon = "fa-solid fa-building"
    menu_label = later(N_("Providers"))
    display_name = later(N_("provider"))
    permission = Permission.SEE_STAFF_PAGES
    subject = "provider"
    exportable = True
    create_template = "provider_create.html"
    edit_template = "provider_edit.html"
    detail_template = "provider_detail.html"
    tester_words = TESTER_WORDS
    logo_words = LOGO_WORDS

    fields: ClassVar[Sequence[Any]] = [
        Text("name", label=later(N_("Name")), required=True),
        Text("name_en", label=later(N_("Name in English")), exclude_from_list=True),
        choice("kind", later(N_("Service")), KINDS, required=True),
        Text("inn", label=later(N_("Taxpayer number (ИНН)")), required=True),
        YesNo(
            "active",
            label=later(N_("Residents can link accounts")),
            help_text=later(
                N_(
                    "Switched off: nobody finds this provider when linking an account. Accounts that are linked "
                    "stay, with their bills, readings and payments; statements and payouts go on."
                )
            ),
            default=True,
        ),
        Text(
            "number_pattern",
            label=later(N_("Pattern of the account number")),
            help_text=later(
                N_("A regular expression for the number without spaces and dashes, such as \\d{10}.")
            ),
            required=True,
            exclude_from_list=True,
        ),
        Text("number_example", label=later(N_("Example of a number")), required=True, exclude_from_list=True),
        LongText(
            "number_hint_ru",
            label=later(N_("Where the number stands on the bill (in Russian)")),
            exclude_from_list=True,
        ),
        LongText(
            "number_hint_en",
            label=later(N_("Where the number stands on the bill (in English)")),
            exclude_from_list=True,
        ),
        Text(
            "timezone",
            label=later(N_("Time zone")),
            default="Europe/Moscow",
            required=True,
            exclude_from_list=True,
        ),
        Number(
            "window_from",
            label=later(N_("Readings from (day of the month)")),
            default=15,
            exclude_from_list=True,
        ),
        Number(
            "window_to", label=later(N_("Readings to (day of the month)")), default=25, exclude_from_list=True
        ),
        YesNo("window_strict", label=later(N_("No readings on other days")), exclude_from_list=True),
        Number("max_use", label=later(N_("Largest believable use")), default=10_000, exclude_from_list=True),
        YesNo(
            "zero_use_allowed", label=later(N_("Zero use is allowed")), default=True, exclude_from_list=True
        ),
        YesNo(
            "zero_crossing_allowed",
            label=later(N_("The meter may start again from zero")),
            default=True,
            exclude_from_list=True,
        ),
        YesNo(
            "expired_verification_allowed",
            label=later(N_("Readings after the verification date are allowed")),
            default=True,
            exclude_from_list=True,
        ),
        YesNo(
            "earlier_date_allowed",
            label=later(N_("A reading may be dated before the day that it is sent on")),
            exclude_from_list=True,
        ),
        choice(
            "proof",
            later(N_("How residents prove that an account is theirs")),
            PROOFS,
            required=True,
            default=ProofKind.LAST_BILL.value,
            exclude_from_list=True,
        ),
        Number(
            "due_day",
            label=later(N_("Bills are due on (day of the month)")),
            default=15,
            exclude_from_list=True,
        ),
        Number(
            "commission_bp",
            label=later(N_("Commission on top, in hundredths of a percent")),
            default=0,
            exclude_from_list=True,
        ),
        Money(
            "min_payment_minor",
            label=later(N_("Smallest payment, ₽")),
            help_text=later(N_("A debt that is smaller can still be paid whole.")),
            default=1,
            exclude_from_list=True,
        ),
        Money(
            "max_payment_minor",
            label=later(N_("Largest payment, ₽")),
            default=15_000_000,
            exclude_from_list=True,
        ),
        Text("kpp", label=later(N_("КПП")), exclude_from_list=True),
        Text("bank_name", label=later(N_("Bank")), exclude_from_list=True),
        Text("bic", label=later(N_("БИК")), exclude_from_list=True),
        Text("bank_account", label=later(N_("Settlement account")), exclude_from_list=True),
        Text("correspondent_account", label=later(N_("Correspondent account")), exclude_from_list=True),
        Text("support_phone", label=later(N_("Support phone"))),
        Text("support_email", label=later(N_("Support e-mail")), exclude_from_list=True),
        LongText(
            "support_address",
            label=later(N_("Postal address for letters on paper")),
            exclude_from_list=True,
        ),
        Moment("created_at", label=later(N_("Added")), exclude_from_list=True),
    ]
    form_layout = (
        _panel(
            N_("Who it is"),
            "name",
            "name_en",
            ("kind", "inn"),
            "active",
            ("support_phone", "support_email"),
            "support_address",
        ),
        _panel(
            N_("Account numbers"),
            ("number_pattern", "number_example"),
            ("number_hint_ru", "number_hint_en"),
            "proof",
        ),
        _panel(
            N_("Readings and dates"),
            ("timezone", "due_day"),
            ("window_from", "window_to"),
            "window_strict",
            "max_use",
            "zero_use_allowed",
            "zero_crossing_allowed",
            "expired_verification_allowed",
            "earlier_date_allowed",
        ),
        _panel(
            N_("Money"),
            "commission_bp",
            ("min_payment_minor", "max_payment_minor"),
            ("kpp", "bic"),
            "bank_name",
            ("bank_account", "correspondent_account"),
        ),
    )
    searchable_fields: ClassVar[Sequence[str]] = ["name", "kind", "inn", "active", "created_at"]
    sortable_fields: ClassVar[Sequence[str]] = ["name", "kind", "inn", "active"]
    sortable_field_mapping: ClassVar[dict[str, Any]] = {"name": Provider.search_key}
    fields_default_sort: ClassVar[Sequence[Any]] = ["name"]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """The own provider, or all."""
        return query if desk.sees_all else query.where(Provider.id == desk.person.provider_id)  # pyright: ignore[reportArgumentType]

    def rows_of(self, request: Request, provider_id: str) -> list[tuple[str, str]]:
        """What belongs to the provider, in the reader's words, with the pages that show it."""
        return [(_(label), link) for label, link in rows_of(provider_id, desk_of(request))]

    def can_create(self, request: Request) -> bool:
        """Administrators."""
        return desk_of(request).person.may(Permission.ADD_PROVIDERS)

    def can_edit(self, request: Request) -> bool:
        """Administrators, and a clerk for the own provider."""
        return desk_of(request).person.may(Permission.EDIT_PROVIDERS)

    def can_access_field(
        self, request: Request, field: BaseField, action: RequestAction | None = None
    ) -> bool:
        """A clerk's form has no fields about the contract and the money."""
        action = action or request.state.action
        if action == RequestAction.EDIT and field.name in _FOR_OPERATOR and not desk_of(request).sees_all:
            return False
        return super().can_access_field(request, field, action)

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        """Add a provider through its service."""
        return await self._save(request, None, data)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        """Change a provider through its service; the row was found among the person's own."""
        provider = await self.find_by_pk(request, pk)
        if provider is None:
            raise HTTPException(404)
        return await self._save(request, provider.id, data)

    async def _save(self, request: Request, provider_id: UUID | None, data: dict[str, Any]) -> Provider:
        desk, values = desk_of(request), self._values(request, data)
        await finish_reading(request)
        try:
            async with unit_of_work() as session:
                old = await session.get(Provider, provider_id) if provider_id else None
                before = old.model_dump() if old else {}
                saved = await service.save_provider(provider_id, session=session, **values)
                row = await session.get_one(Provider, saved.id)
                was, now_is = changes(before, row.model_dump(exclude={"search_key"}))
                action = "edit" if provider_id else "create"
                await record(
                    desk.person.id, action, self.subject, row.id, was, now_is, desk.address, session=session
                )
                return row
        except NotFound:
            raise HTTPException(404) from None
        except CabinetError as error:
            raise at_fields(error, self.get_fields_list(request)) from None

    def _values(self, request: Request, data: dict[str, Any]) -> dict[str, Any]:
        """What the service takes, from the validated texts of the form."""
        values: dict[str, Any] = {}
        for field in self.get_fields_list(request):
            if field.read_only:
                continue
            typed = data.get(field.name)
            if isinstance(field, Number | Money):
                values[field.name] = field.value_of(str(typed))
            elif isinstance(field, YesNo):
                values[field.name] = bool(typed)
            else:
                values[field.name] = str(typed or "").replace("\x00", "").strip()
        if "kind" in values:
            values["kind"] = ProviderKind(values["kind"])
        if "proof" in values:
            values["proof"] = ProofKind(values["proof"])
        return values
