"""The CloudWatch console, as far as operators use it: a dashboard with custom widgets."""

from local.dashboard.serving import routes

__all__ = ["routes"]
