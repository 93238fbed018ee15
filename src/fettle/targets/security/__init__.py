"""What looks for known weaknesses: auditors, apt, sites, TLS, and connections to databases."""
