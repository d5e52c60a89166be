"""The job queue's own schema, as its pinned version brings it."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the queue."""
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))


def downgrade() -> None:
    """The queue is dropped with the database: its objects are not ours to list."""
    raise NotImplementedError("drop the database instead")
