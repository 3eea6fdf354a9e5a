"""Refunds: operators' commands, the applicant's form, the steps of the workflow, the hourly watch."""
