"""What the invented providers tell their residents."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cabinet.demo.catalogue import CATALOGUE, demo_id
from cabinet.notices.models import Notice, NoticeKind


def make_notices(moment: datetime) -> list[Notice]:
    """News of a new way to read the meter, and an outage in three days."""
    providers = {demo.slug: demo.provider for demo in CATALOGUE}
    gas, water = providers["gas"], providers["water"]
    zone = ZoneInfo(water.timezone)
    day = (moment.astimezone(zone) + timedelta(days=3)).date()
    return [
        Notice(
            id=demo_id("notice", "news"),
            provider_id=gas.id,
            kind=NoticeKind.NEWS,
            title_ru="Поверка счётчиков газа по вечерам",
            title_en="Gas meters are verified in the evenings, too",
            text_ru="Мастер теперь приходит и по вечерам, до 21:00. Запишитесь по телефону поставщика.",
            text_en="The engineer now comes in the evenings, too, until 21:00. Call the provider for a time.",
            shown_from=moment - timedelta(days=5),
            shown_until=moment + timedelta(days=40),
            created_at=moment - timedelta(days=5),
        ),
        Notice(
            id=demo_id("notice", "outage"),
            provider_id=water.id,
            kind=NoticeKind.OUTAGE,
            title_ru="Плановое отключение холодной воды",
            title_en="Cold water will be off",
            text_ru="Меняем участок трубы. Запаситесь водой заранее. После включения вода может быть мутной 10 минут.",
            text_en="We replace a pipe. Please store some water. It may be cloudy for ten minutes afterwards.",
            happens_from=datetime.combine(day, time(9), zone),
            happens_until=datetime.combine(day, time(17), zone),
            shown_from=moment - timedelta(days=1),
            shown_until=datetime.combine(day, time(20), zone),
            created_at=moment - timedelta(days=1),
        ),
    ]
