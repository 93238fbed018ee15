-- In a session of its own: the one that deleted must have told its counters first.

analyze shop.bloated, "Odd.Schema"."Bloated, too", shop.breathing, shop.small_and_dead;
