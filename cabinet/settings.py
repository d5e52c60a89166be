"""Every setting of the program: one typed object, read once from the environment and `.env`.

Nothing else reads the environment. A wrong value stops the start and names the variable.
"""

import re
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "CABINET_"


class Environment(StrEnum):
    """Where the program runs; production and staging refuse the conveniences of development."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How the lines of the log look."""

    TEXT = "text"
    """For people."""
    JSON = "json"
    """One object a line, for machines."""


class LogLevel(StrEnum):
    """What is written from this level up."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class PasswordPolicy(StrEnum):
    """Which passwords a resident may choose."""

    INSTRUCTION = "instruction"
    """Latin letters and digits, 5 to 10 characters: the operator's instruction."""
    LONG = "long"
    """Any characters, 12 to 128."""


class StaffSecondFactor(StrEnum):
    """Whether staff may work with the password alone."""

    OPTIONAL = "optional"
    REQUIRED = "required"


class Retention(BaseModel):
    """How long each kind of data is kept, in days; the nightly job deletes what is older."""

    unconfirmed_sign_ups: int = 30
    used_tokens: int = 30
    ended_sessions: int = 90
    half_sign_ins: int = 1
    known_devices: int = 365
    deleted_cabinets: int = 1096
    attempts: int = 2
    sent_letters: int = 365
    closed_ticket_files: int = 365
    finished_jobs: int = 30
    reminders: int = 400
    api_answers: int = 30
    webhook_deliveries: int = 90
    log_files: int = 90
    registry_files: int = 365


Days = Annotated[int, Field(ge=1)]


class Settings(BaseSettings):
    """The settings, each from the environment variable `CABINET_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ROOT / ".env",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
    )

    env: Environment = Environment.DEVELOPMENT
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    public_url: str = ""
    """Origin that residents type, without a path; links in letters start with it."""
    data_dir: Path = Path("var")
    exchange_dir: Path | None = None
    """Where registries for providers are put; it must exist. Empty: `exchange` in the data folder."""
    database_url: str = ""
    """`postgresql://…` of a server; empty: the embedded one in the data folder."""
    redis_url: str = ""
    secret_key: SecretStr = SecretStr("")
    old_secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Keys before this one, with commas: calendars, webhooks and app codes made with them go on working."""
    trusted_proxy_hops: Annotated[int, Field(ge=0)] = 0
    workers: Annotated[int, Field(ge=1)] = 1
    jobs_in_process: bool = True
    maintenance: bool = False
    """Closed for work: every page answers 503 with a sentence."""
    offline_page: bool = True
    """Browsers keep a page for when there is no connection; `false` takes it away from all who have it."""
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat | None = None
    """Empty: text in development, JSON elsewhere."""
    metrics_token: SecretStr = SecretStr("")
    """What Prometheus has to show at /metrics; without it there is no such page."""
    metrics_dir: Annotated[Path | None, Field(validation_alias="PROMETHEUS_MULTIPROC_DIR")] = None
    """Set by the launcher for workers that share a port: they count in common files."""
    work_metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where a process that runs jobs alone answers for itself; 0: nowhere."""
    sentry_dsn: SecretStr = SecretStr("")
    """Where reports of errors go; empty: nowhere."""

    smtp_url: str = ""
    mail_from: str = "cabinet@localhost"

    stripe_secret_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    sandbox_url: str = ""
    """Origin of a sandbox that runs as a process of its own; empty: within this one."""
    payment_minimum_minor: Annotated[int, Field(ge=1)] = 5000
    payment_expiry_minutes: Annotated[int, Field(ge=30, le=1440)] = 30
    refund_approval_above_minor: Annotated[int, Field(ge=0)] = 5_000_000
    """Refunds of one payment that add up to more need a second person."""

    password_policy: PasswordPolicy = PasswordPolicy.INSTRUCTION
    email_dns_check: bool = False
    staff_second_factor: StaffSecondFactor = StaffSecondFactor.OPTIONAL
    """`required`: who works here can do nothing before a second factor is on."""
    staff_idle_minutes: Annotated[int, Field(ge=1)] = 30
    staff_session_hours: Annotated[int, Field(ge=1)] = 12
    resident_idle_days: Days = 30
    resident_session_days: Days = 180
    confirm_link_hours: Annotated[int, Field(ge=1)] = 24
    reset_link_hours: Annotated[int, Field(ge=1)] = 2
    geoip_database: Path | None = None
    """A database in MaxMind's format that tells the country or city of an address; empty: no places are told."""
    upload_max_bytes: int = 10 * 1024 * 1024
    registry_max_bytes: Annotated[int, Field(ge=1)] = 512 * 1024 * 1024
    """The largest registry that a provider may send."""
    support_reopen_days: Days = 14
    """So long after closing an answer opens a request again; later it begins a new one."""
    support_silence_days: Days = 10
    """An answered request is closed after so many days without a word."""
    support_warning_days: Days = 3
    """So many days before that a letter tells of it."""
    api_requests_per_key: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    """Requests a minute of one key of the API."""
    api_requests_per_token: Annotated[int, Field(ge=1, le=1_000_000)] = 60
    """Requests a minute of one personal token of a resident."""
    api_requests_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 1200
    """Requests a minute to the API from one address, whoever makes them."""
    api_max_bytes: Annotated[int, Field(ge=1024)] = 10 * 1024 * 1024
    keep_days: Retention = Retention()

    operator_name: str = "ООО «Единый кабинет»"
    operator_inn: str = "7700000009"
    operator_address: str = "101000, г. Москва, ул. Примерная, д. 1"
    operator_phone: str = "8 800 000-00-00"
    operator_email: str = "help@cabinet.example"
    operator_hours: str = "пн–пт 9:00–18:00 (МСК)"

    @field_validator("public_url", "sandbox_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not re.fullmatch(r"https?://[^/?#\s]+", value):
            raise ValueError("must be an origin such as https://cabinet.example, without a path")
        return value

    @field_validator("database_url")
    @classmethod
    def _psycopg(cls, value: str) -> str:
        if value and not re.match(r"postgres(ql)?(\+psycopg)?://", value):
            raise ValueError("must start with postgresql://")
        return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", value)

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str) -> str:
        if value and not re.match(r"smtps?://[^/\s]+", value):
            raise ValueError("must look like smtp://host:port")
        return value

    @field_validator("stripe_secret_key")
    @classmethod
    def _stripe_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.match(r"(sk|rk)_(test|live)_", value.get_secret_value()):
            raise ValueError("must start with sk_test_, sk_live_, rk_test_ or rk_live_")
        return value

    @field_validator("old_secret_keys", mode="before")
    @classmethod
    def _old_keys(cls, value: object) -> object:
        return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value

    @field_validator("metrics_token")
    @classmethod
    def _metrics_token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"[\x21-\x7e]{16,}", value.get_secret_value()):
            raise ValueError("needs at least 16 characters, without spaces")
        return value

    @field_validator("sentry_dsn")
    @classmethod
    def _dsn(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(
            r"https?://\w+(:\w+)?@[^/@\s]+/\S+", value.get_secret_value()
        ):
            raise ValueError("must look like https://key@host/project")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("operator_inn")
    @classmethod
    def _inn(cls, value: str) -> str:
        from cabinet.kit.requisites import is_inn

        if not is_inn(value):
            raise ValueError("is not an ИНН: 10 or 12 digits with right check digits")
        return value

    @field_validator("data_dir", "exchange_dir", "geoip_database")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value if value is None or value.is_absolute() else ROOT / value

    @field_validator("geoip_database")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value and not value.is_file():
            raise ValueError("must name a file in MaxMind's format (.mmdb)")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.support_warning_days >= self.support_silence_days:
            raise ValueError("SUPPORT_WARNING_DAYS must be less than SUPPORT_SILENCE_DAYS")
        if not self.public_url:
            self.public_url = f"http://localhost:{self.port}"
        if self.is_development:
            if not self.secret_key.get_secret_value():
                self.secret_key = SecretStr(_kept_secret(self.data_dir / "secret_key"))
        else:
            self._refuse_conveniences()
        return self

    def _refuse_conveniences(self) -> None:
        problems = [
            (len(self.secret_key.get_secret_value()) < 32, "SECRET_KEY", "needs at least 32 characters"),
            (not self.smtp_url, "SMTP_URL", "is required: the local mailbox is for development"),
            (
                not self.public_url.startswith("https://") and not self.is_staging,
                "PUBLIC_URL",
                "must be https://",
            ),
            (
                self.is_production and self.uses_sandbox,
                "STRIPE_SECRET_KEY",
                "is required: the sandbox takes no money",
            ),
            (
                not self.uses_sandbox and not self.stripe_webhook_secret.get_secret_value(),
                "STRIPE_WEBHOOK_SECRET",
                "is required with STRIPE_SECRET_KEY",
            ),
        ]
        said = [
            f"{PREFIX}{name} {reason} ({PREFIX}ENV={self.env})" for wrong, name, reason in problems if wrong
        ]
        if said:
            raise ValueError("; ".join(said))

    @property
    def secret_keys(self) -> list[bytes]:
        """The key and those before it, the newest first."""
        return [key.get_secret_value().encode() for key in (self.secret_key, *self.old_secret_keys)]

    @property
    def is_development(self) -> bool:
        """Whether demo data, the local mailbox and the sandbox are welcome."""
        return self.env is Environment.DEVELOPMENT

    @property
    def is_staging(self) -> bool:
        """As hard as production, but may use the sandbox."""
        return self.env is Environment.STAGING

    @property
    def is_production(self) -> bool:
        """Real residents and real money."""
        return self.env is Environment.PRODUCTION

    @property
    def uses_sandbox(self) -> bool:
        """No key of Stripe: payments go to our own processor, which takes no money."""
        return not self.stripe_secret_key.get_secret_value()

    @property
    def is_https(self) -> bool:
        """Whether residents reach us over TLS, so cookies can be Secure."""
        return self.public_url.startswith("https://")

    @property
    def logs_as_json(self) -> bool:
        """Whether machines read the log."""
        chosen = self.log_format or (LogFormat.TEXT if self.is_development else LogFormat.JSON)
        return chosen is LogFormat.JSON

    @property
    def keeps_letters_here(self) -> bool:
        """No SMTP server: letters are read at /dev/mail."""
        return not self.smtp_url


def _kept_secret(path: Path) -> str:
    """The development secret of this data folder, made on first use."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def load_settings() -> Settings:
    """Read the settings, or end the program with one sentence for each wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [_complaint(".".join(map(str, e["loc"])), e["msg"]) for e in error.errors()]
        raise SystemExit("\n".join(lines)) from None


def _complaint(field: str, message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{PREFIX}{field.replace('.', '__').upper()}: {message}" if field else message


settings = load_settings()
