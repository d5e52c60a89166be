"""Column types that every table uses, so that each kind of value is stored in one way."""

import re
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import BigInteger, DateTime, Index, text
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from cabinet.kit.dates import now

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """What every table is made from: its name is that of the class, `LoginSession` → `login_session`."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


def random_id() -> Any:
    """A primary key that tells nothing: a random UUID."""
    return Field(default_factory=uuid4, primary_key=True)


def moment(**options: Any) -> Any:
    """A point in time, UTC with zone."""
    return Field(sa_type=DateTime(timezone=True), **options)


def created_moment() -> Any:
    """The moment the row was made."""
    return Field(default_factory=now, sa_type=DateTime(timezone=True), index=True)


def minor_units(**options: Any) -> Any:
    """An amount of money in minor units (kopecks)."""
    return Field(sa_type=BigInteger, **options)


def choice(values: type[StrEnum], **options: Any) -> Any:
    """One of a closed list, stored as its text and checked by the database."""
    kind = EnumType(
        values,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=f"{values.__name__.lower()}_known",
        values_callable=lambda enum: [member.value for member in enum],
    )
    return Field(sa_type=kind, **options)


def found_by_parts(table: str) -> Index:
    """The index by which rows are found whose `search_key` holds a text of three letters or more."""
    return Index(f"ix_{table}_trigrams", text("trigrams(search_key)"), postgresql_using="gin")
