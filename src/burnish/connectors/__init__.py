"""WHERE records come from: files of this machine, object storage, databases, services, hubs."""
