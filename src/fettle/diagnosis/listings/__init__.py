"""The tables that every report of a database shows, healthy or not: one SQL file each."""
