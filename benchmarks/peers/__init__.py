"""Other job queues, doing the same work on the same machine beside ours."""
