"""The languages of messages, by the country that a camera is in (contracts/alert-api, "Notifications")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pytz

from smokewatch.domain.risk import FwiClass

_FRENCH = frozenset(("BE", "FR", "GF", "GP", "LU", "MC", "MQ", "NC", "PF", "PM", "RE", "WF", "YT"))
_SPANISH = frozenset(
    ("AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "ES", "GT", "HN", "MX", "NI", "PA", "PE", "PY", "SV", "UY", "VE")
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says in one language."""

    title: str
    digest: str
    """The title of a digest, its {count} to be filled in."""
    site: str
    azimuth: str
    organization: str
    score: str
    risk: str
    classes: Mapping[FwiClass, str]
    unknown: str
    platform: str
    """The label of the link to the platform."""
    viewer: str
    alert: str
    more: str
    """How many others there are, the {count} to be filled in."""


_ENGLISH = Words(
    title="A fire has been detected!",
    digest="{count} alerts",
    site="Site name",
    azimuth="Detection azimuth",
    organization="Organization",
    score="Model score",
    risk="Fire risk",
    classes={each: each.replace("_", " ") for each in FwiClass},
    unknown="unknown",
    platform="View the alert in detail on the Pyronear platform",
    viewer="What the model saw",
    alert="alert {id}",
    more="and {count} more",
)
_WORDS = {
    "en": _ENGLISH,
    "fr": Words(
        title="Un feu a été détecté !",
        digest="{count} alertes",
        site="Nom du site concerné",
        azimuth="Azimuth de détection",
        organization="Organisation",
        score="Score du modèle",
        risk="Risque d'incendie",
        classes=dict(zip(FwiClass, ("très faible", "faible", "modéré", "élevé", "très élevé", "extrême"), strict=True)),
        unknown="inconnu",
        platform="Visualiser l'alerte en détail sur la plateforme Pyronear",
        viewer="Ce que le modèle a vu",
        alert="alerte {id}",
        more="et {count} autres",
    ),
    "es": Words(
        title="¡Se ha detectado un incendio!",
        digest="{count} alertas",
        site="Nombre del sitio afectado",
        azimuth="Acimut de detección",
        organization="Organización",
        score="Puntuación del modelo",
        risk="Riesgo de incendio",
        classes=dict(zip(FwiClass, ("muy bajo", "bajo", "moderado", "alto", "muy alto", "extremo"), strict=True)),
        unknown="desconocido",
        platform="Ver la alerta en detalle en la plataforma Pyronear",
        viewer="Lo que vio el modelo",
        alert="alerta {id}",
        more="y {count} más",
    ),
}


def words_of(zone: str) -> Words:
    """The words of the country that a time zone belongs to; English where production has no other."""
    country = _countries().get(zone)
    return _WORDS["fr" if country in _FRENCH else "es" if country in _SPANISH else "en"]


@cache
def _countries() -> dict[str, str]:
    return {zone: country for country, zones in pytz.country_timezones.items() for zone in zones}
