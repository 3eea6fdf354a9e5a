"""The function `web`: topping a card up in a browser, prices and terms."""
