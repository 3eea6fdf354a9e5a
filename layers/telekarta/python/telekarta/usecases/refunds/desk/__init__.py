"""What operators command about refunds: one verb a file."""
