"""The AWS console, as far as operators use it: a dashboard with custom widgets, and runbooks as forms."""

from local.dashboard import automation, serving

routes = (*serving.routes, *automation.routes)
