"""Registers the day's organizations, users and cameras in alert-api, as an administrator did long before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from demo.alert_api import registry
from demo.alert_api.services import Services
from demo.cameras import ADMIN_ORGANIZATION, ORGANIZATIONS, Site

ADMIN_LOGIN = "admin"
ADMIN_PASSWORD = "demo-admin"
AGENT_PASSWORD = "demo-agent"


def agent_login(organization: str) -> str:
    """The login of an organization's agent."""
    return f"agent-{organization}"


@dataclass(frozen=True)
class Known:
    """The ids alert-api gave: organizations by name; cameras, and poses, in the order of the sites and their views."""

    organizations: dict[str, int]
    cameras: list[int]
    poses: list[list[int]]


def register(services: Services, sites: Sequence[Site]) -> Known:
    """Organizations with an agent and a user each, an administrator, and every camera with its poses."""
    admins = registry.add_organization(services, ADMIN_ORGANIZATION)
    registry.add_user(services, admins, ADMIN_LOGIN, ADMIN_PASSWORD, "admin")
    ids = {ADMIN_ORGANIZATION: admins}
    for name in ORGANIZATIONS:
        ids[name] = registry.add_organization(services, name)
        registry.add_user(services, ids[name], agent_login(name), AGENT_PASSWORD, "agent")
        registry.add_user(services, ids[name], f"user-{name}", AGENT_PASSWORD, "user")
    # An update: from now on the organizations are listed in another order than their ids'.
    registry.set_slack_hook(services, ids[ORGANIZATIONS[0]], "https://hooks.slack.com/services/T0DEMO/B0DEMO/none")
    cameras, poses = [], []
    for site in sites:
        camera_id = registry.add_camera(
            services,
            ids[ORGANIZATIONS[site.organization]],
            site.name,
            angle_of_view=site.angle_of_view,
            elevation=site.elevation,
            lat=site.lat,
            lon=site.lon,
            is_trustable=site.is_trustable,
        )
        cameras.append(camera_id)
        poses.append(
            [
                registry.add_pose(services, camera_id, view.azimuth, patrol_id=number + 1)
                for number, view in enumerate(site.views)
            ]
        )
        registry.add_pose(services, camera_id, (site.views[0].azimuth + 7.0) % 360, active=False)
    return Known(ids, cameras, poses)
