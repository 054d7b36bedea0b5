"""The gauntlet: whole projects with one planted fault each, taken through the whole flow."""
