"""A tuned model judged beside its base: answers, measures, statistics and the declared rule."""
