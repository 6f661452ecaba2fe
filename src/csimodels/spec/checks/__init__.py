"""What is wrong with a spec that can be read: a module a subject, each from the raw sections to findings."""
