"""The doubles: every port in the memory of one process, under the same contract suites as the real thing."""
