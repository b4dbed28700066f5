"""The catalog's tables. SQL that SQLite and PostgreSQL both take; times are aware UTC, scores float64."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time: TIMESTAMPTZ on PostgreSQL, naive UTC text on SQLite. Naive values are refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# `source` is the server a row came from: ids are unique within it only.

organizations = sa.Table(
    "organizations",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

cameras = sa.Table(
    "cameras",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("organization_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("lat", sa.Double),
    sa.Column("lon", sa.Double),
    sa.Column("angle_of_view", sa.Double),
    sa.Column("is_trustable", sa.Boolean),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

sequences = sa.Table(
    "sequences",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("organization_id", sa.BigInteger, nullable=False),
    sa.Column("camera_id", sa.BigInteger, nullable=False),
    sa.Column("pose_id", sa.BigInteger),
    sa.Column("camera_azimuth", sa.Double),
    sa.Column("sequence_azimuth", sa.Double),
    sa.Column("cone_angle", sa.Double),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("imported_at", UtcDateTime, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False, comment="the current inputs"),
    sa.Column("outcome", sa.Integer, nullable=False, comment="the current outcome"),
    sa.Column("deleted_at", UtcDateTime, comment="when the server was first found to have deleted it; it is kept"),
    # In the order in which they are listed, with what the gate looks a class up by.
    sa.Index("ix_sequences_listing", "started_at", "source", "id", "camera_id", "deleted_at"),
    sa.Index(None, "source", "camera_id", "started_at"),
    sa.Index(None, "source", "organization_id", "started_at", "id"),
)

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("sequence_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("inputs_sha256", sa.Text, nullable=False, comment="over every row and every frame's content"),
    sa.Column("detections_count", sa.Integer, comment="as listed when last read; null where the server is silent"),
    sa.Column("frames_missing", sa.Integer, nullable=False),
    sa.Column("read_at", UtcDateTime, nullable=False, comment="when these inputs were last found to be so"),
)

detections = sa.Table(
    "detections",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("sequence_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("camera_id", sa.BigInteger, nullable=False),
    sa.Column("pose_id", sa.BigInteger),
    sa.Column("bucket_key", sa.Text, nullable=False),
    sa.Column("bbox", sa.Text, nullable=False),
    sa.Column("others_bboxes", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("frame_sha256", sa.Text, sa.ForeignKey("frames.sha256"), comment="null: the bytes could not be had"),
    sa.Index(None, "frame_sha256"),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("sequence_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("outcome", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("observed_at", UtcDateTime, nullable=False),
    sa.Column("is_wildfire", sa.Text),
    sa.Column("temporal_model_score", sa.Double),
    sa.Column("temporal_model_version", sa.Text),
    sa.Column("temporal_api_version", sa.Text),
    sa.Column("is_validated", sa.Boolean),
    sa.Column("max_conf", sa.Double),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
    # Holds all that counting reads.
    sa.Index(
        "ix_outcomes_counting",
        "source",
        "sequence_id",
        "outcome",
        "is_wildfire",
        "temporal_model_score",
        "temporal_api_version",
        "temporal_model_version",
    ),
)

frames = sa.Table(
    "frames",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False, comment="bytes"),
    sa.Column("flag", sa.Text, comment="what is odd about the bytes"),
    sa.Column("stored_at", UtcDateTime, nullable=False),
)

frame_profiles = sa.Table(
    "frame_profiles",
    metadata,
    sa.Column("sha256", sa.Text, sa.ForeignKey("frames.sha256"), primary_key=True),
    sa.Column("decoder", sa.Text, primary_key=True, comment="and scale; profiles of two decoders are not compared"),
    sa.Column("width", sa.Integer, comment="of the stored raster; null: the head cannot be read"),
    sa.Column("height", sa.Integer),
    sa.Column("mode", sa.Text, comment="Pillow's name for the file's pixels"),
    sa.Column("histograms", sa.LargeBinary, comment="red, green, blue, luma: 4 x 256 counts; null: undecodable"),
    sa.Column("undecodable", sa.Text, comment="the reason; null: it was decoded"),
    sa.Column("detail", sa.Text, comment="one line for people"),
    sa.Column("profiled_at", UtcDateTime, nullable=False),
)

skips = sa.Table(
    "skips",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("sequence_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("skipped_at", UtcDateTime, nullable=False),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("organization_id", sa.BigInteger, nullable=False),
    sa.Column("lat", sa.Double),
    sa.Column("lon", sa.Double),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False, comment="when it was last found to be so"),
    sa.Column("deleted_at", UtcDateTime, comment="when the server was first found to have deleted it; it is kept"),
    sa.Index(None, "started_at", "source", "id"),
    sa.Index(None, "source", "organization_id", "started_at", "id"),
)

alert_sequences = sa.Table(
    "alert_sequences",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("alert_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sequence_id", sa.BigInteger, primary_key=True, autoincrement=False, comment="it may not be stored"),
    sa.Column("seen_at", UtcDateTime, nullable=False, comment="when it was first seen in the alert"),
    sa.Column("gone_at", UtcDateTime, comment="when it was first seen out of it; null: it is in it"),
    sa.Index(None, "source", "sequence_id"),
)

scans = sa.Table(
    "scans",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True, comment="what is looked for: days, account, organizations"),
    sa.Column("start", sa.BigInteger, nullable=False),
    sa.Column("up", sa.BigInteger, nullable=False),
    sa.Column("down", sa.BigInteger, nullable=False),
    sa.Column("missing_above", sa.Integer, nullable=False),
    sa.Column("older", sa.Integer, nullable=False),
    sa.Column("missing_below", sa.Integer, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column("identity_kind", sa.Text, nullable=False),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
)

healths = sa.Table(
    "healths",
    metadata,
    sa.Column("release_identity", sa.Text, primary_key=True),
    sa.Column("model_version", sa.Text, comment="as its /health says; null: it does not say"),
    sa.Column("seen_at", UtcDateTime, nullable=False),
)

replays = sa.Table(
    "replays",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("release_identity", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False, comment="the exact body"),
    sa.Column("frame_sha256s", sa.JSON, nullable=False, comment="in request order"),
    sa.Column("answer", sa.Text, nullable=False, comment="the exact 200 answer"),
    sa.Column("probability", sa.Double),
    sa.Column("tubes", sa.Integer, comment="kept tubes; null: the answer does not say"),
    sa.Column("milliseconds", sa.Double, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("replayed_at", UtcDateTime, nullable=False),
)

enrichments = sa.Table(
    "enrichments",
    metadata,
    sa.Column("key", sa.Text, sa.ForeignKey("replays.key"), primary_key=True, comment="the pinned release's answer"),
    sa.Column("trigger_key", sa.Text, sa.ForeignKey("replays.key"), nullable=False, comment="the newer image's"),
    sa.Column("trigger_image", sa.Text, nullable=False),
    sa.Column("difference", sa.Double, comment="of their probabilities; null: the newer image gave none"),
    sa.Column("reproduced", sa.Boolean, nullable=False, comment="only then are the trigger fields true of the answer"),
)

verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sequence_id", sa.BigInteger, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Integer, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False, comment="exact, window, unexplained or dropped"),
    sa.Column("drop_reason", sa.Text),
    sa.Column("detail", sa.Text, nullable=False, comment="one line for people"),
    sa.Column("recorded_score", sa.Double),
    sa.Column("replayed_score", sa.Double, comment="of the matched window, or of the nearest one"),
    sa.Column("full_score", sa.Double, comment="with all the evidence"),
    sa.Column("difference", sa.Double),
    sa.Column("matched_frames", sa.Integer, comment="distinct frames production had seen"),
    sa.Column("windows", sa.JSON, nullable=False, comment="the probe table: every window, its score where known"),
    sa.Column(
        "ties", sa.JSON, nullable=False, server_default="[]", comment="frames seen by other windows that give it too"
    ),
    sa.Column("ambiguous", sa.Boolean, nullable=False),
    sa.Column("ledger_key", sa.Text, comment="of the matched window, or of the nearest one"),
    sa.Column("full_ledger_key", sa.Text),
    sa.Column("request_sha256", sa.Text),
    sa.Column("release_reference", sa.Text),
    sa.Column("release_identity", sa.Text),
    sa.Column("identity_kind", sa.Text),
    sa.Column("model_version", sa.Text),
    sa.Column("api_version", sa.Text),
    sa.Column("runtime", sa.Text),
    sa.Column("isolation", sa.Text, comment="what the release could reach"),
    sa.Column("milliseconds", sa.Double, comment="that the matched or nearest window took when it was computed"),
    # The sequence's own, kept here too, so that an index gives the history in order.
    sa.Column("organization_id", sa.BigInteger, comment="null: the sequence is not stored"),
    sa.Column("camera_id", sa.BigInteger, comment="null: the sequence is not stored"),
    sa.Column("frames", sa.Integer, comment="distinct ones of the full window; null: none was made"),
    # Holds all that counting reads of a sequence's newest verdict: its row is wide.
    sa.Index("ix_verdicts_newest", "source", "sequence_id", "id", "verdict", "drop_reason", "release_identity"),
    sa.Index(None, "run_id"),
    # Holds all that match rates read.
    sa.Index(
        "ix_verdicts_history", "decided_at", "id", "verdict", "source", "organization_id", "api_version", "frames"
    ),
    sa.Index("ix_verdicts_history_organization", "source", "organization_id", "decided_at", "id"),
    sa.Index("ix_verdicts_history_camera", "source", "camera_id", "decided_at", "id"),
    sa.Index("ix_verdicts_history_release", "api_version", "decided_at", "id"),
    sa.Index("ix_verdicts_history_verdict", "verdict", "decided_at", "id"),
)

backlog_sequences = sa.Table(
    "backlog_sequences",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("source_api", sa.Text, nullable=False),
    sa.Column("alert_api_id", sa.BigInteger, nullable=False),
    sa.Column("platform_alert_id", sa.BigInteger, comment="with source_api, the alert that lanes belong to"),
    sa.Column("organization_id", sa.BigInteger, nullable=False),
    sa.Column("organization_name", sa.Text, nullable=False),
    sa.Column("camera_id", sa.BigInteger, nullable=False),
    sa.Column("camera_name", sa.Text, nullable=False),
    sa.Column("azimuth", sa.Integer, comment="degrees clockwise from north"),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False, comment="when it was imported into the annotator"),
    sa.Column("is_wildfire", sa.Text),
    sa.Column("temporal_model_score", sa.Double, comment="production's; null: unknown, not low"),
    sa.Column("temporal_model_version", sa.Text),
    sa.Column("temporal_api_version", sa.Text),
    sa.Column("is_manual", sa.Boolean, nullable=False),
    sa.Column("stage", sa.Text, nullable=False, comment="of the queue that listed it last"),
    sa.Column("pulled_at", UtcDateTime, nullable=False, comment="when its frames were first stored"),
    sa.Column("listed_at", UtcDateTime, nullable=False, comment="when the queue last listed it"),
    sa.Column("left_at", UtcDateTime, comment="when the queue was first found without it; null: it waits"),
    sa.Column("inputs_sha256", sa.Text, nullable=False, comment="over the frames' contents, in order"),
    sa.Column("frames", sa.Integer, nullable=False, comment="how many are stored"),
    sa.Column("frames_missing", sa.Integer, nullable=False, comment="whose bytes could not be had"),
    sa.Column(
        "changes",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="how often its row, its frames or its place in the queue became others",
    ),
    sa.Index(None, "inputs_sha256"),
    sa.Index(None, "source", "source_api", "platform_alert_id"),
)

backlog_frames = sa.Table(
    "backlog_frames",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("sequence_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False, comment="0 is the oldest"),
    sa.Column("id", sa.BigInteger, nullable=False, comment="the annotator's detection"),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("bucket_key", sa.Text, nullable=False),
    sa.Column("frame_sha256", sa.Text, sa.ForeignKey("frames.sha256"), comment="null: the bytes could not be had"),
    sa.Index(None, "frame_sha256"),
)

triage_models = sa.Table(
    "triage_models",
    metadata,
    sa.Column("identity", sa.Text, primary_key=True),
    sa.Column("identity_kind", sa.Text, nullable=False, comment="package, or a release identity's kind"),
    sa.Column("reference", sa.Text, nullable=False, comment="the package's path or the release's reference"),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("config", sa.JSON, nullable=False, comment="what model_config.json tells of it"),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
)

triage_scores = sa.Table(
    "triage_scores",
    metadata,
    sa.Column("inputs_sha256", sa.Text, primary_key=True, comment="over the frames' contents, in order"),
    sa.Column("model_identity", sa.Text, sa.ForeignKey("triage_models.identity"), primary_key=True),
    sa.Column("score", sa.Double, nullable=False, comment="the largest kept tube's probability, 0.0 without tubes"),
    sa.Column("tubes", sa.Integer, nullable=False, comment="kept tubes"),
    sa.Column("logit", sa.Double, comment="the largest of the kept tubes'; null: no tube"),
    sa.Column("trigger_frame_index", sa.Integer, comment="in the padded sequence; null: none"),
    sa.Column("milliseconds", sa.Double, nullable=False, comment="of the model, its share where several ran at once"),
    sa.Column("device", sa.Text, nullable=False, comment="cpu, cuda, … or the release's runtime"),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("scored_at", UtcDateTime, nullable=False),
)

triage_answers = sa.Table(
    "triage_answers",
    metadata,
    sa.Column("inputs_sha256", sa.Text, primary_key=True),
    sa.Column("model_identity", sa.Text, primary_key=True),
    sa.Column("answer", sa.LargeBinary, nullable=False, comment="the whole answer, JSON compressed by zlib"),
    sa.ForeignKeyConstraint(
        ["inputs_sha256", "model_identity"], ["triage_scores.inputs_sha256", "triage_scores.model_identity"]
    ),
    comment="apart from the scores, which are read all at once",
)

triage_drops = sa.Table(
    "triage_drops",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("sequence_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("model_identity", sa.Text, primary_key=True),
    sa.Column("inputs_sha256", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, comment="one line for people"),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("dropped_at", UtcDateTime, nullable=False),
)

triages = sa.Table(
    "triages",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("models", sa.JSON, nullable=False, comment="their identities, in the order of the run"),
    sa.Column("threshold", sa.Double, nullable=False),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Index(None, "source", "began_at"),
)

risk_classes = sa.Table(
    "risk_classes",
    metadata,
    sa.Column("source", sa.Text, primary_key=True, comment="whose camera it is"),
    sa.Column("camera_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Date, primary_key=True, comment="UTC"),
    sa.Column("fwi_class", sa.Text, nullable=False, comment="very_low, low, moderate, high, very_high or extreme"),
    sa.Column("fwi", sa.Double, comment="null: risk-api told the class only"),
    sa.Column("fetched_at", UtcDateTime, nullable=False, comment="when risk-api computed it; the latest holds"),
    sa.Column("asked_at", UtcDateTime, nullable=False, comment="when it was last told so"),
    sa.Index(None, "source", "day"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("organization_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, comment="alert, or digest of several"),
    sa.Column("alert_id", sa.BigInteger, comment="one message each; null: a digest"),
    sa.Column("digest_id", sa.Integer, comment="the digest that tells it instead, whose fate it shares"),
    sa.Column("body", sa.JSON, nullable=False, comment="as it is sent"),
    sa.Column(
        "state",
        sa.Text,
        nullable=False,
        comment="waiting, claimed, sent, refused (for good), unknown (perhaps delivered: never sent again)",
    ),
    sa.Column("attempts", sa.Integer, nullable=False, comment="claims; those that provably failed wait again"),
    sa.Column("retry_after", UtcDateTime, comment="not before; null: at once"),
    sa.Column("claimed_by", sa.Text, comment="the run that sent or sends it; over without an outcome: unknown"),
    sa.Column("claimed_at", UtcDateTime, comment="before anything was sent"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime, comment="when it became sent, refused or unknown"),
    sa.Column("detail", sa.Text, nullable=False, comment="of the last attempt, one line for people; empty: none yet"),
    sa.UniqueConstraint("source", "alert_id"),
    sa.Index(None, "state", "id"),
    sa.Index(None, "source", "organization_id", "settled_at"),
)

drift_days = sa.Table(
    "drift_days",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True, comment="over scope and summary; a day made anew is another row"),
    sa.Column("scope", sa.Text, nullable=False, comment="whose frames: all, organizations as JSON, or images"),
    sa.Column("day", sa.Date, nullable=False, comment="UTC"),
    sa.Column("inputs_sha256", sa.Text, nullable=False, comment="over what it was made of; other inputs: made anew"),
    sa.Column("summary", sa.LargeBinary, nullable=False, comment="JSON with a schema version, compressed by zlib"),
    sa.Column("frames", sa.Integer, nullable=False),
    sa.Column("sequences", sa.Integer, nullable=False, comment="with a score"),
    sa.Column("summarized_at", UtcDateTime, nullable=False, comment="the latest of a scope and day holds"),
    sa.Index(None, "scope", "day", "summarized_at"),
)

drift_baselines = sa.Table(
    "drift_baselines",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("scope", sa.Text, nullable=False, comment="of its days; the same in every version"),
    sa.Column("origin", sa.Text, nullable=False, comment="built, or rolled on by a checked day"),
    sa.Column("days", sa.JSON, nullable=False, comment="their summaries' sha256, ascending by day"),
    sa.Column("first_day", sa.Date, nullable=False, comment="UTC"),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("left_out", sa.JSON, nullable=False, comment="days that were asked for and are not in it, by reason"),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    comment="never changed: other days are another version",
)

drift_checks = sa.Table(
    "drift_checks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("scope", sa.Text, nullable=False, comment="of the day"),
    sa.Column("baseline", sa.Text, nullable=False),
    sa.Column("baseline_version", sa.Integer, nullable=False),
    sa.Column("day", sa.Date, nullable=False, comment="UTC; its newest check counts"),
    sa.Column("day_sha256", sa.Text, sa.ForeignKey("drift_days.sha256"), nullable=False),
    sa.Column("severity", sa.Text, nullable=False, comment="insufficient_data, none, low, medium or high"),
    sa.Column("strict_severity", sa.Text, nullable=False, comment="by the fixed thresholds alone"),
    sa.Column("alerts", sa.Boolean, nullable=False, comment="whether the calibrated verdict tells people"),
    sa.Column("proposes_retraining", sa.Boolean, nullable=False),
    sa.Column("cameras", sa.JSON, nullable=False, comment="with a medium or high finding, the worst first"),
    sa.Column("check", sa.LargeBinary, nullable=False, comment="JSON with a schema version, compressed by zlib"),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("checked_at", UtcDateTime, nullable=False),
    sa.Index(None, "scope", "baseline", "day", "id"),
)

qualifications = sa.Table(
    "qualifications",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("qualified_at", UtcDateTime, nullable=False),
    sa.Column("candidate", sa.Text, nullable=False, comment="the reference, as it was asked for"),
    sa.Column("baseline", sa.Text, nullable=False, comment="recorded, or a reference"),
    sa.Column("first_day", sa.Date, nullable=False, comment="UTC"),
    sa.Column("last_day", sa.Date, nullable=False, comment="UTC"),
    sa.Column("verdict", sa.Text, nullable=False, comment="go, no-go or undecided"),
    sa.Column("compared", sa.Integer, nullable=False, comment="sequences"),
    sa.Column("lost", sa.Integer, nullable=False, comment="sequences kept by the baseline alone"),
    sa.Column("gained", sa.Integer, nullable=False, comment="sequences kept by the candidate alone"),
    sa.Column("report", sa.LargeBinary, nullable=False, comment="JSON with a schema version, by zlib"),
    sa.Index(None, "qualified_at"),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("state", sa.Text, nullable=False, comment="running, completed, failed or lost"),
    sa.Column("summary", sa.JSON),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("pid_started_at", sa.Double, nullable=False, comment="tells pids apart"),
    sa.Index(None, "kind", "started_at"),
    sa.Index(None, "started_at", "id"),
    sa.Index(None, "state", "started_at"),
)

run_progress = sa.Table(
    "run_progress",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("phase", sa.Text, comment="what it does now; null: not told"),
    sa.Column("total", sa.Integer, comment="null: not known"),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("cached", sa.Integer, nullable=False),
    sa.Column("sequence", sa.Text, comment="the key of the one begun last"),
    sa.Column("organization", sa.Text, comment="its name"),
    sa.Column("camera", sa.Text, comment="its name"),
    sa.Column("release_reference", sa.Text),
    sa.Column("release_identity", sa.Text),
    sa.Column("identity_kind", sa.Text),
    sa.Column("api_version", sa.Text),
    sa.Column("last_error", sa.Text, comment="one line for people"),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    comment="told at most once a second, and at the end",
)

throughput = sa.Table(
    "throughput",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime, nullable=False),
    sa.Column("release_reference", sa.Text, nullable=False),
    sa.Column("release_identity", sa.Text, nullable=False),
    sa.Column("api_version", sa.Text, nullable=False),
    sa.Column("runtime", sa.Text, nullable=False),
    sa.Column("concurrency", sa.Integer, nullable=False, comment="replicas"),
    sa.Column("sequences", sa.Integer, nullable=False, comment="that the release was asked about"),
    sa.Column("predict_calls", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False, comment="without the start of the release"),
    sa.Column("phases", sa.JSON, nullable=False, comment="phase -> milliseconds, summed over threads"),
    sa.Column("ram_bytes", sa.BigInteger, comment="the most that was in use on the machine; null: not known"),
    sa.Index(None, "finished_at", "id"),
    sa.Index(None, "run_id"),
    sa.Index(None, "release_reference", "finished_at"),
)

processes = sa.Table(
    "processes",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("pid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("started_at", sa.Double, primary_key=True, comment="tells pids apart"),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("folder", sa.Text, comment="removed with the process"),
)
