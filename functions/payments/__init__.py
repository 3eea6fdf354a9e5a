"""The function `payments`: what payment providers tell."""
