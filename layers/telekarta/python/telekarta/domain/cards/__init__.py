"""Cards and accounts: their codes, how they are issued, and when they are suspended."""
