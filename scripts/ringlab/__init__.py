"""The lab: real calls under impairments that are known, in network namespaces of its own."""
