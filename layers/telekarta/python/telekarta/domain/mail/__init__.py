"""What is written to customers and what they write: letters, incoming e-mails, and what is starred out."""
