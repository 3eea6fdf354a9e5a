"""Those who have money for cards: Lajt mobile, and Plus with its vouchers."""
