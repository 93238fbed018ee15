"""Registries of packages and images, asked at the addresses that their own clients are set to."""
