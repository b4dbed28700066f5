"""What the demo shows of its alerts: what the fire-risk gate held back, and what people were told, once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

_ALERT = re.compile(r"/alert/(\d+)\|")
"""A message's link to an alert of the platform."""


@dataclass(frozen=True)
class NotifyStory:
    """A wet day and a dry one, behind the gate and told."""

    facts: Mapping[str, Any]
    """Of risk-api and the wet day, as the pretend production told them."""
    to_tell: Sequence[int]
    """Alerts of the other day that people must be told of."""
    risk: Mapping[str, Any]
    wet: Mapping[str, Any]
    """The summary after the wet day."""
    dry: Mapping[str, Any]
    """After the other day, for which it was too much one by one."""
    again: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]
    """What Slack took, in order: ``channel``, ``body``, ``text``."""
    own: Sequence[str]
    """Organizations with a channel of their own."""

    @classmethod
    def of(
        cls,
        facts: Mapping[str, Any],
        to_tell: Sequence[int],
        risk: Mapping[str, Any],
        told: tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]],
    ) -> NotifyStory:
        """Ask the pretend Slack what it took."""
        # Plain HTTP on this machine: no proxy, no certificates.
        answer = httpx.get(f"{facts['slack']['url']}/messages", trust_env=False, verify=False)
        own = list(facts["slack"]["webhooks"])
        return cls(facts["risk_api"], to_tell, risk, *told, answer.raise_for_status().json(), own)

    @property
    def told(self) -> Counter[int]:
        """Alert id -> in how many messages people were told of it."""
        return Counter(int(each) for message in self.messages for each in _ALERT.findall(message["text"]))

    def checks(self) -> dict[str, bool]:
        """What must hold, whatever the models say."""
        must = {*self.facts["told"], *self.to_tell}
        own = [message for message in self.messages if message["channel"] in self.own]
        others = [message for message in self.messages if message["channel"] not in self.own]
        return {
            "risk-api knew the wet day and the other one": self.risk["days"] == 2 and not self.risk["failed"],
            "the gate held alerts back on the wet day": self.wet["held_alerts"] == len(self.facts["held"]) > 0,
            "no message tells of what was held back": not self.told.keys() & set(self.facts["held"]),
            "every other alert was told": self.told.keys() == must,
            "and each of them once": set(self.told.values()) == {1},
            "those of the wet day one by one": self.wet["sent"] == len(self.facts["told"]) > 0,
            "too many alerts came as digests": self.dry["digests"] > 0,
            "an organization with its own channel is told nowhere else": bool(own)
            and not any(name in message["text"] for message in others for name in self.own),
            "another run had nothing to tell": self.again["sent"] == self.again["new"] == 0,
        }

    @property
    def as_expected(self) -> bool:
        """Whether all of it holds."""
        return all(self.checks().values())

    def risk_summary(self) -> dict[str, Any]:
        """``risk`` of ``summary.json``."""
        return {
            "refresh": dict(self.risk),
            "wet_day": self.facts["day"],
            "alerts_held": self.facts["held"],
            "never_validated": self.facts["not_validated"],
        }

    def summary(self) -> dict[str, Any]:
        """``notify`` of ``summary.json``."""
        return {
            "wet_day": dict(self.wet),
            "day": dict(self.dry),
            "again": dict(self.again),
            "messages": len(self.messages),
            "alerts_told": len(self.told),
            "checks": self.checks(),
        }

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the told story: what, and what became of it."""
        held = ", ".join(f"{count} {name}" for name, count in self.wet["held"].items())
        classes = ", ".join(f"{count} {name}" for name, count in self.risk["classes"].items())
        failed = [says for says, kept in self.checks().items() if not kept]
        return [
            ("risk", f"{self.risk['rows']} classes of {self.risk['days']} days: {classes}"),
            (
                "held back",
                f"[bold]{self.wet['held_alerts']} of {self.wet['alerts']}[/bold] alerts of the wet day, "
                f"{self.facts['day']} ({held}); never validated: {len(self.facts['not_validated'])}",
            ),
            (
                "told",
                f"{len(self.told)} alerts in {len(self.messages)} Slack messages: {self.wet['sent']} one by one, "
                f"the rest in {self.dry['digests']} digests; {self.dry['false_positive']} were known to be nothing",
            ),
            ("told again", f"{self.again['sent']} messages"),
            *(("[red]not as it must[/red]", says) for says in failed),
        ]
