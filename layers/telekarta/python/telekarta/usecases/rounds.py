"""How often a use case decides anew when somebody else changes the card while it works."""

# Each round was lost to somebody else's successful change: more rounds than this mean a fault, not bad luck.
ROUNDS = 4
