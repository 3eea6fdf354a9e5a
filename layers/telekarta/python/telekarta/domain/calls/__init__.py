"""A call and its price: the minimum to call, the quote, the charge."""
