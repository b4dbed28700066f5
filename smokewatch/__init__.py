"""What the wildfire-smoke model decided in production, and why."""
