"""The second look: an independent detector that reads masked text and says what is left in it."""
