"""What the database itself refuses: unbalanced or changed books, illegal steps, refunds above the payment."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("journal", "entry", "allocation", "deallocation", "audit_record")

FUNCTIONS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION journal_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM entry WHERE journal_id = NEW.journal_id GROUP BY currency HAVING sum(amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'journal % does not balance', NEW.journal_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION allocation_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount_minor) FROM allocation WHERE item_id = NEW.item_id)
        <> (SELECT amount_minor FROM payment_item WHERE id = NEW.item_id) THEN
        RAISE EXCEPTION 'allocations of item % do not add up', NEW.item_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION items_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE payment_ref uuid;
BEGIN
    IF TG_TABLE_NAME = 'payment' THEN payment_ref := NEW.id; ELSE payment_ref := NEW.payment_id; END IF;
    IF (SELECT coalesce(sum(amount_minor), 0) FROM payment_item WHERE payment_id = payment_ref)
        <> (SELECT amount_minor FROM payment WHERE id = payment_ref) THEN
        RAISE EXCEPTION 'items of payment % do not add up', payment_ref USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION payment_step_is_legal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.amount_minor, NEW.commission_minor, NEW.currency, NEW.resident_id, NEW.processor, NEW.idempotency_key)
        IS DISTINCT FROM
        (OLD.amount_minor, OLD.commission_minor, OLD.currency, OLD.resident_id, OLD.processor, OLD.idempotency_key)
    THEN
        RAISE EXCEPTION 'what was agreed for payment % is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.session_ref <> NEW.session_ref OR OLD.charge_ref <> NEW.charge_ref
        OR (OLD.session_ref IS NOT NULL AND NEW.session_ref IS NULL)
        OR (OLD.charge_ref IS NOT NULL AND NEW.charge_ref IS NULL) THEN
        RAISE EXCEPTION 'the processor references of payment % are frozen', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
        'created>pending', 'created>succeeded', 'created>failed', 'created>canceled', 'created>review',
        'pending>succeeded', 'pending>failed', 'pending>canceled', 'pending>review',
        'failed>succeeded', 'failed>review', 'canceled>succeeded', 'canceled>review',
        'review>succeeded', 'review>canceled',
        'succeeded>disputed', 'disputed>succeeded', 'disputed>lost'
    ])) THEN
        RAISE EXCEPTION 'payment % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION item_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.payment_id, NEW.account_id, NEW.amount_minor, NEW.period)
        IS DISTINCT FROM (OLD.payment_id, OLD.account_id, OLD.amount_minor, OLD.period) THEN
        RAISE EXCEPTION 'item % is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION refunds_fit_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE whole bigint; refunded bigint;
BEGIN
    SELECT amount_minor + commission_minor INTO whole FROM payment WHERE id = NEW.payment_id FOR UPDATE;
    -- A payment that came with another sum may give back all that was received.
    SELECT greatest(whole, coalesce(sum(entry.amount_minor), 0)) INTO whole
        FROM journal JOIN entry ON entry.journal_id = journal.id
        WHERE journal.key = 'suspense:' || NEW.payment_id AND entry.account = 'asset:processor';
    SELECT coalesce(sum(amount_minor), 0) INTO refunded FROM refund
        WHERE payment_id = NEW.payment_id AND state <> 'failed' AND id <> NEW.id;
    IF NEW.state <> 'failed' AND refunded + NEW.amount_minor > whole THEN
        RAISE EXCEPTION 'refunds of payment % exceed it', NEW.payment_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION refund_step_is_legal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.payment_id, NEW.amount_minor, NEW.requested_by, NEW.idempotency_key)
        IS DISTINCT FROM (OLD.payment_id, OLD.amount_minor, OLD.requested_by, OLD.idempotency_key)
        OR OLD.processor_ref <> NEW.processor_ref
        OR (OLD.processor_ref IS NOT NULL AND NEW.processor_ref IS NULL) THEN
        RAISE EXCEPTION 'what was agreed for refund % is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
        'created>pending', 'created>succeeded', 'created>failed', 'pending>succeeded', 'pending>failed',
        'succeeded>failed'
    ])) THEN
        RAISE EXCEPTION 'refund % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state IN ('pending', 'succeeded') AND NEW.needs_approval AND NEW.approved_by IS NULL THEN
        RAISE EXCEPTION 'refund % waits for a second person', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION deallocation_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What a failed refund had taken back counts no more.
    IF (SELECT sum(d.amount_minor) FROM deallocation d LEFT JOIN refund r ON r.id = d.refund_id
            WHERE d.allocation_id = NEW.allocation_id AND r.state IS DISTINCT FROM 'failed')
        > (SELECT amount_minor FROM allocation WHERE id = NEW.allocation_id) THEN
        RAISE EXCEPTION 'more than allocation % is taken back', NEW.allocation_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE CONSTRAINT TRIGGER journal_is_balanced AFTER INSERT ON entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_is_balanced();
CREATE CONSTRAINT TRIGGER allocation_adds_up AFTER INSERT ON allocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allocation_adds_up();
CREATE CONSTRAINT TRIGGER items_add_up AFTER INSERT ON payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION items_add_up();
CREATE CONSTRAINT TRIGGER items_add_up AFTER INSERT ON payment_item
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION items_add_up();
CREATE TRIGGER payment_step_is_legal BEFORE UPDATE ON payment
    FOR EACH ROW EXECUTE FUNCTION payment_step_is_legal();
CREATE TRIGGER payment_is_kept BEFORE DELETE ON payment FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER item_is_frozen BEFORE UPDATE OR DELETE ON payment_item
    FOR EACH ROW EXECUTE FUNCTION item_is_frozen();
CREATE TRIGGER refund_step_is_legal BEFORE UPDATE ON refund
    FOR EACH ROW EXECUTE FUNCTION refund_step_is_legal();
CREATE CONSTRAINT TRIGGER deallocation_fits AFTER INSERT ON deallocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deallocation_fits();
CREATE TRIGGER refunds_fit_payment BEFORE INSERT OR UPDATE ON refund
    FOR EACH ROW EXECUTE FUNCTION refunds_fit_payment();
"""


def upgrade() -> None:
    """Create the functions and hang them on the tables."""
    connection = op.get_bind()
    connection.exec_driver_sql(FUNCTIONS.replace("%", "%%"))
    connection.exec_driver_sql(TRIGGERS)
    for table in APPEND_ONLY:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_is_kept BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Take the guards away."""
    op.execute(
        "DROP FUNCTION refuse_change, journal_is_balanced, allocation_adds_up, items_add_up, "
        "payment_step_is_legal, item_is_frozen, refund_step_is_legal, refunds_fit_payment, deallocation_fits CASCADE"
    )
