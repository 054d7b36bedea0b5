"""People's review of answers: which cases, shown blind, and how far two people agree."""
