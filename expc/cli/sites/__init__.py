"""The cluster: how a workflow is run there, and whether it is as its site file says."""
