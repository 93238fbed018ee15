"""This machine's packages, as updates of them are applied, and what needs a restart then."""
