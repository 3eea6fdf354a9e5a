"""Money that comes onto cards: payments, vouchers, orders by SMS, promotions, transfers between cards."""
