"""Settings, read once from the environment; `docs/operating.md` has the same table in words."""

from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_SECRET = "for-demonstration-only-never-in-production"  # noqa: S105  # production refuses it

# A message's template at WeChat: its id, and for each of its keys which value stands there (docs/operating.md).
TEMPLATE = r"^(|[\w-]{4,64}( [a-z_]{3,20}\d{1,2}=(text|state|remark|time|due|count|late))+)$"


class Profile(StrEnum):
    """What this installation is for; only the demo offers its persons by one click."""

    DEMO = "demo"
    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _absolute(path: Path) -> Path:
    return path if path.is_absolute() else ROOT / path


def _master(key: SecretStr) -> bytes:
    return sha256(b"master\0" + key.get_secret_value().encode()).digest()


class Settings(BaseSettings):
    """Every knob. Names of the environment are the fields' names in capitals."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)

    profile: Profile = Field(Profile.DEMO, description="demo, development or production")
    host: str = Field("127.0.0.1", description="address the web process listens on")
    port: int = Field(8080, ge=1, le=65535, description="port the web process listens on")
    public_url: str = Field("", description="address people reach us by; empty: http://HOST:PORT")
    var: Annotated[Path, AfterValidator(_absolute)] = Field(
        Path("var"), description="folder of the embedded servers' data, stored files and anchors"
    )
    database_url: str = Field("", description="postgres://… of the application's login; empty: embedded")
    migration_database_url: str = Field("", description="login that owns the tables; empty: DATABASE_URL")
    redis_url: str = Field("", description="redis:// or unix:// of Valkey; empty: embedded")
    storage_url: str = Field("", description="file:// or s3://; empty: a folder below VAR")
    clamav: str = Field(
        "",
        pattern=r"^(|/.+|[^/\s]+:\d{1,5})$",
        description="clamd's socket, a path or host:port; empty: files are not checked for malware",
    )
    anchor_path: Annotated[Path | None, AfterValidator(lambda path: path and _absolute(path))] = Field(
        None, description="file of the daily anchors, outside the database; empty: VAR/anchors.jsonl"
    )
    h5_path: Annotated[Path, AfterValidator(_absolute)] = Field(
        Path("miniprogram/dist/build/h5"), description="folder of the phone's pages, as `make h5` leaves it"
    )
    master_key: SecretStr = Field(SecretStr(DEFAULT_SECRET), min_length=32, description="wraps the vault's data keys")
    master_key_previous: SecretStr = Field(
        SecretStr(""), description="another key that still opens what it sealed, during a rotation"
    )
    index_key: SecretStr = Field(
        SecretStr(DEFAULT_SECRET), min_length=32, description="keys the hashes of secrets and tokens"
    )
    index_key_previous: SecretStr = Field(
        SecretStr(""), description="the index key before; receipts and printed codes need it for as long as they serve"
    )
    cipher: str = Field("aes", pattern="^(aes|sm4)$", description="aes (AES-256-GCM) or sm4 (SM4-GCM)")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least level logged")
    log_format: str = Field("", pattern="^(|text|json)$", description="text or json; empty: by profile")
    log_retention_days: int = Field(365, ge=1, description="days that logs are kept; at least 365 in production")
    body_limit: int = Field(1 << 20, ge=1024, description="largest JSON body in bytes")
    session_idle_minutes: int = Field(30, ge=1, description="a session unused for so long ends")
    session_hours: int = Field(12, ge=1, description="a session ends after so many hours in any case")
    sign_in_attempts: int = Field(5, ge=1, description="wrong sign-ins before an account locks")
    lockout_minutes: int = Field(15, ge=1, description="how long an account stays locked")
    receipt_guesses_per_minute: int = Field(
        120, ge=1, description="wrong receipts answered in a minute, over everybody"
    )
    reports_per_minute: int = Field(600, ge=0, description="reports in a minute above which a proof of work is asked")
    proof_bits: int = Field(18, ge=1, le=30, description="difficulty of that proof, in leading zero bits")
    metrics_token: SecretStr = Field(SecretStr(""), description="bearer token of /metrics; empty: loopback only")
    wechat_official_app_id: str = Field("", description="AppID of the official account; empty: there is none")
    wechat_official_original_id: str = Field("", description="its original id, gh_…")
    wechat_official_secret: SecretStr = Field(SecretStr(""), description="its AppSecret")
    wechat_official_token: SecretStr = Field(SecretStr(""), description="token of its callback")
    wechat_official_aes_key: SecretStr = Field(SecretStr(""), description="EncodingAESKey of its callback")
    wechat_official_previous_aes_key: SecretStr = Field(SecretStr(""), description="the key before that one")
    wechat_official_mode: str = Field(
        "safe", pattern="^(safe|compatible|plain)$", description="how WeChat pushes; production takes safe only"
    )
    wechat_mini_app_id: str = Field("", description="AppID of the mini-program; empty: there is none")
    wechat_mini_original_id: str = Field("", description="its original id, gh_…")
    wechat_mini_secret: SecretStr = Field(SecretStr(""), description="its AppSecret")
    wechat_mini_token: SecretStr = Field(SecretStr(""), description="token of its callback")
    wechat_mini_aes_key: SecretStr = Field(SecretStr(""), description="EncodingAESKey of its callback")
    wechat_mini_previous_aes_key: SecretStr = Field(SecretStr(""), description="the key before that one")
    wechat_mini_mode: str = Field(
        "safe", pattern="^(safe|compatible|plain)$", description="how WeChat pushes; production takes safe only"
    )
    wechat_open_platform: bool = Field(
        False,  # a field's default
        description="both accounts belong to one open-platform account, so that their people can be told to be one",
    )
    wechat_mini_progress: str = Field(
        "", pattern=TEMPLATE, description="one-time subscription for reporters: ID key=value …; empty: none"
    )
    wechat_mini_progress_lasting: str = Field(
        "", pattern=TEMPLATE, description="the same as a long-term subscription, where WeChat grants one"
    )
    wechat_mini_duty: str = Field("", pattern=TEMPLATE, description="one-time subscription for officers")
    wechat_official_progress: str = Field(
        "", pattern=TEMPLATE, description="template message for reporters who follow the official account"
    )
    wechat_official_duty: str = Field("", pattern=TEMPLATE, description="template message for officers who follow it")
    wechat_api: str = Field("https://api.weixin.qq.com", description="address of WeChat's API; the demo has its own")
    wechat_pages: str = Field("https://open.weixin.qq.com", description="address of WeChat's consent pages")
    wechat_files: Annotated[Path | None, AfterValidator(lambda path: path and _absolute(path))] = Field(
        None, description="folder of WeChat's domain verification files (MP_verify_….txt …); empty: VAR/wechat"
    )
    staff_networks: str = Field("", description="CIDRs staff may come from, comma-separated; empty: any")
    trusted_proxies: int = Field(0, ge=0, description="how many proxies in front append to X-Forwarded-For")

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        if self.profile is not Profile.PRODUCTION:
            return self
        wrong = [
            name.upper()
            for name in ("master_key", "index_key")
            if getattr(self, name).get_secret_value() == DEFAULT_SECRET
        ]
        if wrong:
            raise ValueError(f"生产环境必须设置密钥 {', '.join(wrong)}")
        if self.master_key.get_secret_value() == self.index_key.get_secret_value():
            raise ValueError("MASTER_KEY 与 INDEX_KEY 不得相同")
        if self.log_retention_days < 365:
            raise ValueError("LOG_RETENTION_DAYS 不得少于 365 天（《互联网政务应用安全管理规定》第二十条）")
        if any(mode != "safe" for mode in (self.wechat_official_mode, self.wechat_mini_mode)):
            raise ValueError("生产环境的微信消息推送必须使用安全模式（WECHAT_…_MODE=safe）")
        missing = [name.upper() for name in ("database_url", "redis_url", "public_url") if not getattr(self, name)]
        if missing:
            raise ValueError(f"生产环境必须设置 {', '.join(missing)}")
        return self

    @property
    def url(self) -> str:
        """The address people reach this installation by, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def anchors(self) -> Path:
        """The file that holds the daily anchors."""
        return self.anchor_path or self.var / "anchors.jsonl"

    @property
    def wechat_folder(self) -> Path:
        """The folder of the files by which WeChat sees that our domain is ours."""
        return self.wechat_files or self.var / "wechat"

    @cached_property
    def master(self) -> bytes:
        """32 bytes of key that wrap the vault's data keys."""
        return _master(self.master_key)

    @cached_property
    def masters(self) -> tuple[bytes, ...]:
        """The keys that open what is sealed: the present one, and during a rotation another."""
        previous = self.master_key_previous
        return (self.master, _master(previous)) if previous.get_secret_value() else (self.master,)

    @cached_property
    def before(self) -> "Settings | None":
        """These settings with the index key before, to find what was hashed with that; None if there was none."""
        if not self.index_key_previous.get_secret_value():
            return None
        return self.altered(index_key=self.index_key_previous, index_key_previous=SecretStr(""))

    def altered(self, **changes: Any) -> "Settings":
        """These settings with some changed; `model_copy` would keep the keys that were worked out from the old ones."""
        return Settings.model_construct(**{name: getattr(self, name) for name in Settings.model_fields} | changes)

    @cached_property
    def index(self) -> bytes:
        """32 bytes of key for keyed hashes."""
        return sha256(b"index\0" + self.index_key.get_secret_value().encode()).digest()
