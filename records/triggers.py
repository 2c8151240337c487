"""SQL that keeps records true in the database itself; used by the migrations of every room.

The mechanisms, and what each was measured to cost, are told in docs/decisions/0003-trail.md.
"""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

NO_FACT = "AT001"  # our SQLSTATE: a regulated write without a fact in its transaction
FROZEN = "AT002"  # our SQLSTATE: a write to what may not change any more

NOTE_FACT = """
CREATE FUNCTION records_note_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('attest.fact', NEW.id || ':' || pg_current_xact_id(), true);
    RETURN NULL;
END $$;
CREATE TRIGGER note_fact AFTER INSERT ON records_event
    FOR EACH ROW WHEN (NEW.kind = 'fact') EXECUTE FUNCTION records_note_fact();
"""

REFUSE = f"""
CREATE FUNCTION records_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: this table is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '{FROZEN}';
END $$;
"""

CAPTURE = f"""
CREATE FUNCTION records_without(value jsonb, hidden text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN hidden = '{{}}' THEN value ELSE (
        SELECT jsonb_object_agg(key, CASE WHEN key = ANY (hidden) THEN '"(hidden)"'::jsonb ELSE member END)
        FROM jsonb_each(value) AS pairs (key, member)) END
$$;

CREATE FUNCTION records_capture() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    noted text := current_setting('attest.fact', true);
    fact records_event;
    hidden text[] := TG_ARGV;
    written bigint;
BEGIN
    IF noted <> '' AND split_part(noted, ':', 2) = pg_current_xact_id()::text THEN
        SELECT * INTO fact FROM records_event
        WHERE id = split_part(noted, ':', 1)::bigint AND xid = pg_current_xact_id();
    END IF;
    IF fact.id IS NULL THEN
        IF TG_OP = 'DELETE' THEN
            IF NOT EXISTS (SELECT 1 FROM old_rows) THEN RETURN NULL; END IF;
        ELSIF NOT EXISTS (SELECT 1 FROM new_rows) THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION '% of % needs a fact in the same transaction', TG_OP, TG_TABLE_NAME
            USING ERRCODE = '{NO_FACT}';
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO records_event (kind, verb, occurred_at, actor_id, actor_name, actor_roles, subject_type,
            subject_id, payload, new, reason, fact_id, request_id, app_version)
        SELECT 'capture', 'inserted', fact.occurred_at, fact.actor_id, fact.actor_name, fact.actor_roles,
            TG_TABLE_NAME, coalesce(value->>'id', value->>'certificate_id', value->>'activity_id'), '{{}}', records_without(value, hidden),
            '', fact.id, fact.request_id, fact.app_version
        FROM (SELECT to_jsonb(n) AS value FROM new_rows n) AS fresh;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO records_event (kind, verb, occurred_at, actor_id, actor_name, actor_roles, subject_type,
            subject_id, payload, old, reason, fact_id, request_id, app_version)
        SELECT 'capture', 'deleted', fact.occurred_at, fact.actor_id, fact.actor_name, fact.actor_roles,
            TG_TABLE_NAME, coalesce(value->>'id', value->>'certificate_id', value->>'activity_id'), '{{}}', records_without(value, hidden),
            '', fact.id, fact.request_id, fact.app_version
        FROM (SELECT to_jsonb(o) AS value FROM old_rows o) AS gone;
    ELSE
        INSERT INTO records_event (kind, verb, occurred_at, actor_id, actor_name, actor_roles, subject_type,
            subject_id, payload, old, new, reason, fact_id, request_id, app_version)
        SELECT 'capture', 'updated', fact.occurred_at, fact.actor_id, fact.actor_name, fact.actor_roles,
            TG_TABLE_NAME, id, '{{}}',
            (SELECT jsonb_object_agg(key, CASE WHEN key = ANY (hidden) THEN '"(hidden)"'::jsonb ELSE member END)
             FROM jsonb_each(before) AS p (key, member) WHERE after IS NULL OR member IS DISTINCT FROM after->key),
            (SELECT jsonb_object_agg(key, CASE WHEN key = ANY (hidden) THEN '"(hidden)"'::jsonb ELSE member END)
             FROM jsonb_each(after) AS p (key, member) WHERE before IS NULL OR member IS DISTINCT FROM before->key),
            '', fact.id, fact.request_id, fact.app_version
        FROM (SELECT to_jsonb(o) AS before, coalesce(to_jsonb(o)->>'id', to_jsonb(o)->>'activity_id') AS id FROM old_rows o) AS earlier
        FULL JOIN (SELECT to_jsonb(n) AS after, coalesce(to_jsonb(n)->>'id', to_jsonb(n)->>'activity_id') AS id FROM new_rows n) AS later USING (id)
        WHERE before IS DISTINCT FROM after;
    END IF;
    RETURN NULL;
END $$;
"""


def append_only(table: str) -> RunSQL:
    """Return the operation that lets rows of `table` be added and nothing else, whoever asks."""
    return RunSQL(
        f"""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION records_refuse();
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION records_refuse();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_truncate;
        """,
        f"DROP TRIGGER refuse_change ON {table}; DROP TRIGGER refuse_truncate ON {table};",
    )


def regulate(table: str, *, hide: tuple[str, ...] = ()) -> RunSQL:
    """Return the operation that captures each change of `table` in the trail.

    A change without a fact in its transaction is refused. The columns of `hide` (secrets) are
    captured as changed, without their values. Truncating is refused.
    """
    arguments = ", ".join(f"'{column}'" for column in hide)
    triggers = "".join(
        f"""
        CREATE TRIGGER capture_{event.lower()} AFTER {event} ON {table} REFERENCING {rows}
            FOR EACH STATEMENT EXECUTE FUNCTION records_capture({arguments});
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER capture_{event.lower()};
        """
        for event, rows in (
            ("INSERT", "NEW TABLE AS new_rows"),
            ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("DELETE", "OLD TABLE AS old_rows"),
        )
    )
    return RunSQL(
        triggers
        + f"""
        CREATE TRIGGER refuse_truncate_regulated BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION records_refuse();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_truncate_regulated;
        """,
        "".join(f"DROP TRIGGER capture_{event} ON {table};" for event in ("insert", "update", "delete"))
        + f"DROP TRIGGER refuse_truncate_regulated ON {table};",
    )
