"""Price lists are drafted, checked and published."""
