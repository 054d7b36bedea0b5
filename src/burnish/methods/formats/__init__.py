"""From files to records, from records to messages, from messages to token ids with a loss mask."""
