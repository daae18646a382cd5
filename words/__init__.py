"""Rupa's words in both languages, for whoever speaks to people: the pages by `ui/`, the report by `training/`."""
