"""Those who have money for cards, as far as the product speaks to them: Lajt mobile, and Plus's vouchers."""

from local.partners.serving import routes

__all__ = ["routes"]
