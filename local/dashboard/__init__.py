"""The AWS console, as far as operators use it: a dashboard with custom widgets, runbooks, a bucket."""

from local.dashboard import automation, serving, shelf

routes = (*serving.routes, *automation.routes, *shelf.routes)
