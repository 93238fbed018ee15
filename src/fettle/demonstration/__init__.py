"""A shop at work, to look around in: its last days as a story, and a database with real troubles.

`fettle up --demo` shows it; the tests of the pages and their pictures tell the same story.
It stands on a store of its own, which is gone when it ends, and calls nobody outside.
"""
