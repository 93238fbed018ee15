-- Settings that say who reaches the server, by what encryption, and how passwords are kept.
-- Versions: 13 on. Degrades: a setting that the role may not read is missing from the answer.
select
    name,
    setting as value
from pg_settings
where name in ('listen_addresses', 'ssl', 'ssl_min_protocol_version', 'password_encryption')
order by name
