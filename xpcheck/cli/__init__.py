"""The command ``xpcheck``. Each command imports what it needs when it runs, so that ``--version`` stays instant."""
