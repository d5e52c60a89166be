"""A backup made by `deploy/backup.sh` is restored elsewhere by `deploy/restore.sh`, whole; a bad one is refused."""

import asyncio
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from cabinet.database import unit_of_work
from cabinet.launcher.postgres import create_database, libpq_address
from cabinet.payments import service as payments
from cabinet.payments.service import Wish
from tests.payments.conftest import FakeProcessor, settle_in
from tests.town.backup import back_up, restore

TABLES = ("resident", "account", "payment", "journal", "entry", "letter", "procrastinate_jobs")


def place(url: str, folder: Path) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    return {"CABINET_DATABASE_URL": url, "CABINET_DATA_DIR": str(folder)}


def photo_in(folder: Path) -> Path:
    """A file that a resident sent."""
    (folder / "uploads").mkdir(exist_ok=True)
    return folder / "uploads" / "photo"


def rows(url: str) -> list[list[str]]:
    """All rows of the tables that matter, as text."""
    with psycopg.connect(libpq_address(url)) as connection:
        asked = [connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1".encode()) for name in TABLES]
        return [[row[0] for row in cursor] for cursor in asked]


@pytest.fixture
async def backup(committed: str, fake: FakeProcessor, tmp_path: Path) -> Path:
    """Of a town with a settled payment and a file that somebody sent."""
    async with unit_of_work() as session:
        people = await settle_in(session)
    started = await payments.start_payment(
        people.alice.id, [Wish(people.gas.id)], attempt=uuid4().hex, locale="ru"
    )
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    here = place(committed, tmp_path / "here")
    photo_in(tmp_path / "here").write_bytes(b"of a meter")
    return await asyncio.to_thread(back_up, here, tmp_path / "backups")


@pytest.fixture
def elsewhere(committed: str, tmp_path: Path) -> dict[str, str]:
    return place(create_database(committed, f"restored_{uuid4().hex[:12]}"), tmp_path / "elsewhere")


async def test_everything_comes_back(
    backup: Path, committed: str, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    said = await asyncio.to_thread(restore, backup, elsewhere)
    assert "Restored and verified" in said
    before = rows(committed)
    assert rows(elsewhere["CABINET_DATABASE_URL"]) == before
    assert all(before)
    assert photo_in(tmp_path / "elsewhere").read_bytes() == b"of a meter"


async def test_a_full_database_is_left_alone(backup: Path, committed: str, tmp_path: Path) -> None:
    before = rows(committed)
    with pytest.raises(AssertionError, match="not empty"):
        await asyncio.to_thread(restore, backup, place(committed, tmp_path / "here"))
    assert rows(committed) == before


async def test_a_damaged_backup_is_refused(backup: Path, elsewhere: dict[str, str]) -> None:
    dump = backup / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-100])
    with pytest.raises(AssertionError, match="checksum"):
        await asyncio.to_thread(restore, backup, elsewhere)
    with psycopg.connect(libpq_address(elsewhere["CABINET_DATABASE_URL"])) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert found == (0,)


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="connection"):
        back_up(place("postgresql+psycopg://nobody@127.0.0.1:1/x", tmp_path / "here"), tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
