"""Exact and near duplicates: hashing, MinHash, LSH, true Jaccard, survivors, contamination."""
