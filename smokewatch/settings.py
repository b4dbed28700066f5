"""One settings object: environment, then ``.env``, then ``smokewatch.toml``, both in the working folder."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ByteSize, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from smokewatch.domain.backlog import TRIAGE_THRESHOLD
from smokewatch.domain.risk import FwiClass
from smokewatch.domain.window import PRODUCTION_THRESHOLD
from smokewatch.errors import UsageError


def _named(name: str) -> Any:
    return AliasChoices(name, name.lower())


class Pin(BaseModel):
    """A release identity that a version must have."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["registry_digest", "image_id", "process"]
    value: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class Settings(BaseSettings):
    """Everything that can be set. Names are the environment variables' names; the TOML file takes them too."""

    model_config = SettingsConfigDict(
        env_file=".env", toml_file="smokewatch.toml", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    alert_api_url: str | None = Field(
        default=None, validation_alias=_named("ALERT_API_URL"), description="alert-api's address, without /api/v1"
    )
    alert_api_login: str | None = Field(
        default=None,
        validation_alias=_named("ALERT_API_LOGIN"),
        description="its login; an admin sees every organization",
    )
    alert_api_password: SecretStr | None = Field(
        default=None, validation_alias=_named("ALERT_API_PASSWORD"), description="its password"
    )
    annotator_api_url: str | None = Field(
        default=None,
        validation_alias=_named("ANNOTATOR_API_URL"),
        description="the annotator's address, without /api/v1",
    )
    annotator_api_login: str | None = Field(
        default=None,
        validation_alias=_named("ANNOTATOR_API_LOGIN"),
        description="its login; any account that is active may read everything",
    )
    annotator_api_password: SecretStr | None = Field(
        default=None, validation_alias=_named("ANNOTATOR_API_PASSWORD"), description="its password"
    )
    risk_api_url: str | None = Field(
        default=None, validation_alias=_named("RISK_API_URL"), description="risk-api's address"
    )
    risk_api_login: str | None = Field(
        default=None, validation_alias=_named("RISK_API_LOGIN"), description="its login (HTTP Basic)"
    )
    risk_api_pwd: SecretStr | None = Field(
        default=None, validation_alias=_named("RISK_API_PWD"), description="its password"
    )
    risk_thresholds: dict[FwiClass, Annotated[float, Field(ge=0, le=1)] | None] = Field(
        default_factory=dict,
        validation_alias=_named("SMOKEWATCH_RISK_THRESHOLDS"),
        description="JSON: class of a day -> the least max_conf that passes, null for all; classes left out are as in "
        'production, e.g. {"very_low": 0.6, "low": 0.45, "moderate": null}',
    )
    slack_webhook_url: SecretStr | None = Field(
        default=None,
        validation_alias=_named("SLACK_WEBHOOK_URL"),
        description="Slack's incoming webhook that is told of alerts; without, that of the SlackWebhook block default",
    )
    slack_webhooks: dict[str, SecretStr] = Field(
        default_factory=dict,
        validation_alias=_named("SMOKEWATCH_SLACK_WEBHOOKS"),
        description="JSON: organization, by name or slug -> its own webhook, "
        'e.g. {"sdis-07": "https://hooks.slack.com/services/…"}',
    )
    notification_block: str = Field(
        default="slack-incoming-webhook/default",
        validation_alias=_named("SMOKEWATCH_NOTIFICATION_BLOCK"),
        description="type/name of the Prefect block through which automations tell people; `smokewatch configure` "
        "makes the default of SLACK_WEBHOOK_URL",
    )
    platform_url: str = Field(
        default="https://platform.pyronear.org",
        validation_alias=_named("SMOKEWATCH_PLATFORM_URL"),
        description="the platform, to which messages link",
    )
    viewer_url: str | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_VIEWER_URL"),
        description="where `smokewatch serve` is reached, to which messages link; without, they do not",
    )
    notify_hours: Annotated[float, Field(gt=0)] = Field(
        default=3,
        validation_alias=_named("SMOKEWATCH_NOTIFY_HOURS"),
        description="people are told of smoke seen in so many last hours; what is older is history",
    )
    notify_an_hour: Annotated[int, Field(ge=0)] = Field(
        default=20,
        validation_alias=_named("SMOKEWATCH_NOTIFY_AN_HOUR"),
        description="an organization is told of so many alerts an hour one by one, of more in a digest",
    )
    notify_pause: Annotated[float, Field(ge=0)] = Field(
        default=1,
        validation_alias=_named("SMOKEWATCH_NOTIFY_PAUSE"),
        description="seconds between two messages to a webhook; Slack takes one a second",
    )
    api_connections: Annotated[int, Field(ge=1)] = Field(
        default=4,
        validation_alias=_named("SMOKEWATCH_API_CONNECTIONS"),
        description="connections to alert-api; each request costs it much: few at a time",
    )
    annotator_connections: Annotated[int, Field(ge=1)] = Field(
        default=12,
        validation_alias=_named("SMOKEWATCH_ANNOTATOR_CONNECTIONS"),
        description="connections to the annotator; it answers requests one by one, and each frame takes one: many wait "
        "out the way there, more than its 15 to its database gain nothing",
    )
    frame_connections: Annotated[int, Field(ge=1)] = Field(
        default=32,
        validation_alias=_named("SMOKEWATCH_FRAME_CONNECTIONS"),
        description="connections to the object store of the frames",
    )
    frame_hosts: str | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_FRAME_HOSTS"),
        description="hosts that frames may be fetched from, comma-separated (name, name:port or *.domain); without, "
        "those the API names, but no private address unless the API is on one",
    )
    catalog_url: str = Field(
        default="sqlite:///smokewatch-data/catalog.db",
        validation_alias=_named("SMOKEWATCH_CATALOG_URL"),
        description="the catalog, an SQLAlchemy URL",
    )
    frames: str = Field(
        default="smokewatch-data/frames",
        validation_alias=_named("SMOKEWATCH_FRAMES"),
        description="the frames: a folder, or s3://bucket/prefix (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, … as for aws)",
    )
    history: str | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_HISTORY"),
        description="the audit log of the replay history: a folder; without, history beside a SQLite catalog, else "
        "smokewatch-data/history",
    )
    bucket_template: str = Field(
        default="{server}-alert-api-{organization_id}",
        validation_alias=_named("SMOKEWATCH_BUCKET_TEMPLATE"),
        description="production's bucket names; {server} and {organization_id} are filled in",
    )
    server_name: str = Field(
        default="ovh-alert-api-prod-v2",
        validation_alias=_named("SMOKEWATCH_SERVER_NAME"),
        description="alert-api's SERVER_NAME, for {server} in the bucket names",
    )
    threshold: Annotated[float, Field(ge=0, le=1)] = Field(
        default=PRODUCTION_THRESHOLD,
        validation_alias=_named("SMOKEWATCH_THRESHOLD"),
        description="alert-api's TEMPORAL_MODEL_THRESHOLD: a score strictly above validates",
    )
    viewer_token: SecretStr | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_VIEWER_TOKEN"),
        description="who has it may read the page; needed where `smokewatch serve` listens beyond this machine",
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        validation_alias=_named("SMOKEWATCH_LOG_FORMAT"),
        description="json: one object a line on stderr, with run, release and sequence; docs/hosting.md",
    )
    runtime: Literal["docker", "process", "auto"] = Field(
        default="auto",
        validation_alias=_named("SMOKEWATCH_RUNTIME"),
        description="how releases run: docker, process, or auto (docker when an engine answers, else process when a "
        "release command is set)",
    )
    release_image: str = Field(
        default="pyronear/temporal-model-api:{version}",
        validation_alias=_named("SMOKEWATCH_RELEASE_IMAGE"),
        description="docker: a release's image, {version} filled in",
    )
    s3_image: str = Field(
        default="quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z",
        validation_alias=_named("SMOKEWATCH_S3_IMAGE"),
        description="docker: the throwaway S3 server's image; called with server /data it listens on port 9000",
    )
    registry_credentials: str | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_REGISTRY_CREDENTIALS"),
        description="docker: name of a saved DockerRegistryCredentials block; without, what docker login saved",
    )
    release_memory: ByteSize = Field(
        default=ByteSize(4 * 1024**3),
        validation_alias=_named("SMOKEWATCH_RELEASE_MEMORY"),
        description="docker: memory a replica may use, e.g. 4GiB",
    )
    release_cpus: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_RELEASE_CPUS"),
        description="docker: CPUs a replica may use; without, the engine's, shared by the replicas",
    )
    replicas: Annotated[int, Field(ge=1)] = Field(
        default=1,
        validation_alias=_named("SMOKEWATCH_REPLICAS"),
        description="containers or processes of one release; each infers one request at a time",
    )
    max_replicas: Annotated[int, Field(ge=1)] = Field(
        default=2,
        validation_alias=_named("SMOKEWATCH_MAX_REPLICAS"),
        description="how many may run at once on this machine, over all releases and runs",
    )
    replica_locks: str | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_REPLICA_LOCKS"),
        description="a folder that all who share that limit see, for workers in containers; without, one below the "
        "temporary folder",
    )
    release_command: str | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_RELEASE_COMMAND"),
        description="process: command that serves a release, {port} filled in; it runs in an empty folder: "
        "absolute paths",
    )
    release_env: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        validation_alias=_named("SMOKEWATCH_RELEASE_ENV"),
        description="process: JSON, temporal API version -> its environment, e.g. "
        '{"0.3.1": {"TEMPORAL_API_MODEL_PATH": "…"}}',
    )
    release_pins: dict[str, Pin] = Field(
        default_factory=dict,
        validation_alias=_named("SMOKEWATCH_RELEASE_PINS"),
        description="JSON: temporal API version -> the identity it must have, "
        'e.g. {"0.3.1": {"kind": "registry_digest", "value": "sha256:…"}}; unpinned: what was seen first',
    )
    health_seconds: Annotated[float, Field(gt=0)] = Field(
        default=300,
        validation_alias=_named("SMOKEWATCH_HEALTH_SECONDS"),
        description="how long a release may take to become healthy",
    )
    predict_seconds: Annotated[float, Field(gt=0)] = Field(
        default=600,
        validation_alias=_named("SMOKEWATCH_PREDICT_SECONDS"),
        description="how long one prediction may take",
    )
    allow_unnamed_model: bool = Field(
        default=False,
        validation_alias=_named("SMOKEWATCH_ALLOW_UNNAMED_MODEL"),
        description="accept a release whose /health names no model version",
    )
    triage_threshold: Annotated[float, Field(ge=0, le=1)] = Field(
        default=TRIAGE_THRESHOLD,
        validation_alias=_named("SMOKEWATCH_TRIAGE_THRESHOLD"),
        description="triage: a score at or above goes to people",
    )
    triage_models: str | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_TRIAGE_MODELS"),
        description="triage: paths of model packages (model.zip), comma-separated; of several the largest score counts",
    )
    model_loader: str = Field(
        default="temporal_model.core.model:BboxTubeTemporalModel.from_package",
        validation_alias=_named("SMOKEWATCH_MODEL_LOADER"),
        description="triage: module:callable that loads a package, called with its path and device",
    )
    triage_device: str = Field(
        default="auto",
        validation_alias=_named("SMOKEWATCH_TRIAGE_DEVICE"),
        description="triage: what models compute on, e.g. cpu or cuda; auto: a GPU when there is one",
    )
    triage_chunk: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=64,
        validation_alias=_named("SMOKEWATCH_TRIAGE_CHUNK"),
        description="triage: sequences of one task; a crash loses at most the chunk in work",
    )
    task_runner: Annotated[str, Field(pattern=r"^(threads|dask(:[1-9][0-9]*|:[a-z]+://.+)?)$")] = Field(
        default="threads",
        validation_alias=_named("SMOKEWATCH_TASK_RUNNER"),
        description="triage: where chunks are scored: threads (this process), dask (a worker process a core), dask:4 "
        "(so many), or dask:tcp://host:8786 (a cluster whose workers have the same settings)",
    )

    drift_baseline: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = Field(
        default="default",
        validation_alias=_named("SMOKEWATCH_DRIFT_BASELINE"),
        description="drift: name of the baseline that is built, compared with, and rolled on",
    )
    retrain_deployment: str | None = Field(
        default=None,
        validation_alias=_named("SMOKEWATCH_RETRAIN_DEPLOYMENT"),
        description="drift: flow/deployment that retrains, named in smokewatch.retrain.proposed for an automation to "
        "run; nothing retrains by itself",
    )

    qualification_limits: dict[str, float] = Field(
        default_factory=dict,
        validation_alias=_named("SMOKEWATCH_QUALIFICATION_LIMITS"),
        description='qualification: JSON, rule -> limit where it is another than {"smoke_lost": 0.05, "recall": 0.05, '
        '"alerts_a_day": 0.2}: the chance below which a loss is no chance, by how much recall may fall, how many more '
        "alerts there may be",
    )
    qualification_confidence: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.95,
        validation_alias=_named("SMOKEWATCH_QUALIFICATION_CONFIDENCE"),
        description="qualification: of every interval, and of the recall's bound",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment wins over ``.env``, ``.env`` over the TOML file."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        UsageError: when a value cannot be used; the message names the variable, never a secret.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(f"setting {first['loc'][0]}: {first['msg']}") from None
    except Exception as error:
        # pydantic-settings wraps unreadable JSON and TOML in errors of its own.
        raise UsageError(f"settings cannot be read: {error}") from error
