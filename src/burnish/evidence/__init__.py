"""What happened, provably: keys, signatures, sign-offs, the ledger."""
