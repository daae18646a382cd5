"""The same answers for programs, and what guards the door that pages and programs share."""
