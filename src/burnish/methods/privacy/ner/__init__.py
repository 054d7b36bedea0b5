"""Names and addresses by a small model of our own: words, features, network, spans."""
