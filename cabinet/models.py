"""Every table, imported in one place: what migrations and tests know of the database."""

# pyright: reportUnusedImport=false
# ruff: noqa: F401

from sqlmodel import SQLModel

import cabinet.accounts.models
import cabinet.audit.models
import cabinet.autopay.models
import cabinet.billing.models
import cabinet.exchange.exports.models
import cabinet.exchange.imports.models
import cabinet.factors.models
import cabinet.keys.models
import cabinet.keys.personal_models
import cabinet.ledger.models
import cabinet.limits.models
import cabinet.mail.models
import cabinet.meters.models
import cabinet.notices.models
import cabinet.payments.models
import cabinet.providers.models
import cabinet.reminders.models
import cabinet.residents.models
import cabinet.support.models
import cabinet.webhooks.models

metadata = SQLModel.metadata
