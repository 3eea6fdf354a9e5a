"""The books are closed day by day, compared with the carrier, and corrected."""
