"""Letters as documents: an accessible PDF in normal and in large print, and plain text."""
