"""Jobs carried through Redis in the data model of RQ: broker and worker."""
