"""Usual words, by what they do in a sentence: those that name nothing, and those that count."""

_BEGINNING = """
a about according accordingly additionally after afterwards all almost also alternatively although
an analyse analyze and another any anything apparently are around as ask assess at based be
because been before begin behind being both but by can check clear clearly compare confirm
consequently consider correlate could count currently despite determine did do does due during
each earlier either ensure establish even ever every everyone evidence evidently examine far few
find first focus for frequent from further furthermore given had has have here high how however
identify if immediately in inspect instead investigate is it its itself just keep large last later
less let likely list long longer look low main make many may meanwhile measure might missing
monitor more moreover most mostly much must near nearly neither new next no none nor not notably
note nothing now of often old on once one only open or other others otherwise our overall own
particularly perhaps possibly presumably probably rather read recent recently repeated reproduce
review right roughly run same search see seen several shall shortly should similarly simply
simultaneously since slow slower small so some someone something soon specifically start still
subsequently such sure take test than that the their them then there therefore these they this
those though through thus together too toward towards trace trouble try under unless until up use
using usually validate verify very view waiting was watch we well went were what whatever when
where whether which while who whose why will with within without work worth would yet you your
"""
_OF_THE_TRADE = """
access answer answers application availability backend behaviour cache caches calls cause causes
change changes client clients code configuration connection connections customers database
databases dependencies dependency deploy deployment deploys disk error errors everything failures
figures incident issue issues latency likeness load locks logs memory movement network nobody
normally performance pool processor queries query queue queues release replicas report reports
request requests response responses server servers service services sessions statements storage
suspicion system systems time timeouts timing traffic usage users version versions waits
"""
_SOFTWARE = """
akamai amazon anthropic apache aws azure caddy cassandra celery clickhouse cloudflare consul
datadog django docker elasticsearch envoy etcd fastly github gitlab google grafana graphql
gunicorn haproxy heroku java javascript kafka kubernetes linux loki mariadb memcached mongo
mongodb mysql netlify nginx openai oracle pgbouncer php postgres postgresql prometheus puma
python rabbitmq rails redis ruby rust sentry shopify sidekiq sqlite sqs stripe
supabase systemd terraform tomcat traefik twilio ubuntu uvicorn varnish vercel zookeeper
"""
_MEASURING = """
twice thrice double doubled doubling triple tripled tripling quadrupled tenfold twofold threefold
half halved halving third quarter dozen dozens hundred hundreds thousand thousands million
millions billion billions twenty thirty forty fifty sixty seventy eighty ninety thirteen fourteen
fifteen sixteen seventeen eighteen nineteen
"""
_COUNTING = "zero - two three four five six seven eight nine ten eleven twelve"

# With these sentences begin in a capital letter, and name nothing by it.
BEGINNING = frozenset((*_BEGINNING.split(), *_OF_THE_TRADE.split()))
# What is named although it is written like any other word.
SOFTWARE = frozenset(_SOFTWARE.split())
# What says how much, without a number.
MEASURING = frozenset(_MEASURING.split())
# Each at the place of its value; "the one that moved" counts nothing.
COUNTING = tuple(_COUNTING.split())
