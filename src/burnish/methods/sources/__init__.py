"""What records of a source have beside their text: a time, a place in a lake, a later version."""
