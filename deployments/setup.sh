#!/bin/sh
# A Prefect server (PREFECT_API_URL) made ready for smokewatch: pools, deployments, blocks, automations. Again: only what
# differs changes. In the folder of prefect.yaml, with the settings in the environment.
set -eu

for pool in process docker; do
    prefect work-pool inspect "$pool" >/dev/null 2>&1 || prefect work-pool create "$pool" --type "$pool"
done
prefect --no-prompt deploy --all
smokewatch configure
if [ -n "${SLACK_WEBHOOK_URL:-}${SMOKEWATCH_NOTIFICATION_BLOCK:-}" ]; then
    python3 -m deployments.automations
else
    echo "no automations: nobody is told when a run fails, until SLACK_WEBHOOK_URL is set and this runs again" >&2
fi
