"""Money onto cards: payments, vouchers, orders by SMS, and the receipts that tell of them."""
