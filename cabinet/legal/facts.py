"""What the placeholders of the texts stand for."""

from cabinet.settings import settings


def facts() -> dict[str, str]:
    """Every placeholder with its value: the operator, the terms of keeping, the rules of payments."""
    return {
        "operator_name": settings.operator_name,
        "operator_inn": settings.operator_inn,
        "operator_address": settings.operator_address,
        "operator_phone": settings.operator_phone,
        "operator_email": settings.operator_email,
        "operator_hours": settings.operator_hours,
        "site": settings.public_url,
    }
