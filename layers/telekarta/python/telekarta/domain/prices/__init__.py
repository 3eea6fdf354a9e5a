"""What a call costs: numbers and where they lead, price lists, and changes of price lists."""
