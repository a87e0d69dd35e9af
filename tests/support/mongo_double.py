"""mongomock, taught to read the bulk operations of today's pymongo, which name an order that ours never have."""

import mongomock
from mongomock.collection import BulkOperationBuilder


class _Builder(BulkOperationBuilder):
    def add_update(self, *arguments, sort=None, **options):
        assert sort is None
        super().add_update(*arguments, **options)

    def add_replace(self, *arguments, sort=None, **options):
        assert sort is None
        super().add_replace(*arguments, **options)


mongomock.collection.BulkOperationBuilder = _Builder


def mongo_client():
    """A client of a server of its own, without documents."""
    return mongomock.MongoClient(tz_aware=True)
