"""Days, working days, working hours, and the deadlines that the law and the terms count in them."""
