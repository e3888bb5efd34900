"""Matters and open duties by the million, written by the database itself, spread as they are in life.

A third of the duties lie with the intake office, the rest over all units, the first of them much busier than the
last; a tenth is overdue; due dates are ends of days, so thousands are due at the same moment; in two matters of a
hundred somebody is excluded. Three places are involved in each matter, and one duty of each is open.
"""

from asyncio import gather

from models.database import connection

# Foreign keys are true by construction: checking seventeen million of them would take longer than all the rest.
# The ids are random as in life; written in their order, the indexes grow at one end.
_FILL = """
SET LOCAL session_replication_role = replica;
SET LOCAL work_mem = '256MB';

CREATE TEMP TABLE place ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY md5(u.code)) - 1 AS n, u.id AS unit, u.region_id AS region,
           array_agg(p.id ORDER BY p.id) AS posts
    FROM unit u JOIN post p ON p.unit_id = u.id AND p.role = 'handler' GROUP BY u.id;
CREATE TEMP TABLE officer ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY md5(p.id::text)) - 1 AS n, p.id AS post, p.unit_id AS unit
    FROM post p WHERE p.role = 'liaison';
CREATE TEMP TABLE registrar ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY p.id) - 1 AS n, p.id AS post, p.unit_id AS unit, p.person_id AS person
    FROM post p JOIN unit u ON u.id = p.unit_id WHERE p.role = 'registrar' AND u.code = '62-intake';

CREATE TEMP TABLE made ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, d.g, d.share, d.due, d.chance, f.unit, f.region,
           f.posts[1 + d.g % cardinality(f.posts)] AS post,
           o.post AS liaison_post, o.unit AS liaison_unit, r.post AS registrar_post, r.unit AS intake, r.person
    FROM (
        SELECT g, random() AS share, random() AS chance,
               floor(random() ^ 2 * (SELECT count(*) FROM place))::bigint AS place,
               floor(random() * (SELECT count(*) FROM officer))::bigint AS officer,
               floor(random() * (SELECT count(*) FROM registrar))::bigint AS registrar,
               date_trunc('day', now()) - interval '8 days' + floor(random() * 80) * interval '1 day'
                   + interval '23:59:59' AS due
        FROM generate_series({first}, {last}) g
    ) d JOIN place f ON f.n = d.place JOIN officer o ON o.n = d.officer JOIN registrar r ON r.n = d.registrar
    ORDER BY id;
ANALYZE made;

INSERT INTO matter (id, kind, number, stage, version, region_id, receiving_unit_id, rule_pack_id, opened_by_id, tier,
                    coarse, filed_on, internal_due, statutory_due, paused_since, ended_at, entries_made, head)
    SELECT id, 'case', 'SY2026-' || lpad(g::text, 9, '0'), CASE WHEN share < 0.3 THEN 'filed' ELSE 'handling' END,
           1, region, intake, (SELECT min(code) FROM rule_pack), NULL, 'normal', chance < 0.5,
           current_date - (chance * 300)::int, due, due, NULL, NULL, 1, sha256(g::text::bytea)
    FROM made;

INSERT INTO involvement (id, matter_id, relation, unit_id, post_id, since, until)
    SELECT gen_random_uuid(), id, 'intake', intake, NULL::uuid, now(), NULL::timestamptz FROM made UNION ALL
    SELECT gen_random_uuid(), id, 'lead', unit, NULL, now(), CASE WHEN share < 0.2 THEN now() END FROM made UNION ALL
    SELECT gen_random_uuid(), id, 'liaison', liaison_unit, NULL, now(), NULL FROM made WHERE share < 0.45 UNION ALL
    SELECT gen_random_uuid(), id, 'assignee', unit, post, now(), NULL FROM made WHERE share >= 0.45
    ORDER BY 2;

INSERT INTO recusal (id, matter_id, unit_id, person_id, reason, accused, since)
    SELECT gen_random_uuid(), m.id, CASE WHEN chance < 0.018 THEN f.unit END,
           CASE WHEN chance >= 0.018 THEN m.person END, '被举报', chance < 0.018, now()
    FROM made m JOIN place f ON f.n = m.g % (SELECT count(*) FROM place) WHERE m.chance < 0.02;

INSERT INTO duty (id, matter_id, name, role, unit_id, post_id, awaited_by_unit_id, awaited_by_post_id, returned,
                  on_clock, lapses_to, opened_at, due_at, overdue_told_at, closed_at)
    SELECT gen_random_uuid(), id,
           CASE WHEN share < 0.1 THEN 'accept' WHEN share < 0.2 THEN 'transfer' WHEN share < 0.3 THEN 'call_back'
                WHEN share < 0.45 THEN 'sign' WHEN share < 0.9 THEN 'handle' ELSE 'approve' END,
           CASE WHEN share < 0.2 THEN 'registrar' WHEN share < 0.3 THEN 'call_back_officer'
                WHEN share < 0.45 THEN 'liaison' WHEN share < 0.9 THEN 'handler' ELSE 'head' END,
           CASE WHEN share < 0.3 THEN intake WHEN share < 0.45 THEN liaison_unit ELSE unit END,
           CASE WHEN share < 0.06 THEN registrar_post WHEN share BETWEEN 0.45 AND 0.9 THEN post END,
           CASE WHEN share BETWEEN 0.3 AND 0.45 THEN intake WHEN share > 0.45 THEN unit END,
           CASE WHEN share BETWEEN 0.3 AND 0.45 THEN registrar_post WHEN share BETWEEN 0.45 AND 0.9 THEN liaison_post
                WHEN share > 0.9 THEN post END,
           g % 20 = 0, share BETWEEN 0.45 AND 0.9, CASE WHEN share < 0.1 THEN 'accept' END, now(), due,
           CASE WHEN due < now() THEN now() END, NULL
    FROM made;
"""

TABLES = ("matter", "involvement", "recusal", "duty")


async def filled(size: int) -> None:
    """Bring the matters to so many, an open duty in each; whoever is late has been told.

    The connection is the superuser's, and the demo province is there. Two halves at once keep two cores busy.
    """
    _, rows = await connection().execute_query("SELECT count(*) FROM matter WHERE number LIKE 'SY2026-%'")
    first = rows[0]["count"] + 1
    middle = (first + size) // 2
    halves = (first, middle), (middle + 1, size)
    await gather(*(connection().execute_script(_FILL.format(first=one, last=other)) for one, other in halves))
    for table in TABLES:
        await connection().execute_script(f"VACUUM ANALYZE {table}")
