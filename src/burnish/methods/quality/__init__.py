"""Is a text worth learning from: measures, language, judgement with a reason."""
