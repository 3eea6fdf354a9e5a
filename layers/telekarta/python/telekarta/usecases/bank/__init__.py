"""A bank statement is read, credited and answered with a report."""
