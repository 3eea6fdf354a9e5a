"""What customers write to us by e-mail."""
