-- A city of invented people: five accounts of five providers belong to three residents, who have one, two and two.
-- Each account has three bills of two lines; the first is paid, and every second account has paid the other two as well.
-- Twelve entries for each account on average. One more
-- person is the administrator. {accounts} is a multiple of ten.

CREATE FUNCTION pg_temp.ident(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN md5(kind || number)::uuid;
CREATE FUNCTION pg_temp.payer(account bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN pg_temp.ident('resident', account / 5 * 3 + (account % 5 + 1) / 2);
CREATE FUNCTION pg_temp.period(month int) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
    RETURN date_trunc('month', now() + make_interval(months => month - 3))::date;
CREATE FUNCTION pg_temp.volume(account bigint, month int, line int) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE line WHEN 0 THEN 50 + (account * 7 + month * 13) % 150 ELSE 1 + (account * 3 + month) % 20 END;
CREATE FUNCTION pg_temp.price(line int) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE line WHEN 0 THEN 643 ELSE 4830 END;
CREATE FUNCTION pg_temp.billed(account bigint, month int) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN pg_temp.volume(account, month, 0) * pg_temp.price(0) + pg_temp.volume(account, month, 1) * pg_temp.price(1);

INSERT INTO resident (id, email, email_key, password_hash, role, full_name, phone, locale, theme, letters_about_payments,
    letters_about_bills, letters_about_readings, letters_about_notices, search_key, created_at, confirmed_at, welcomed_at)
SELECT pg_temp.ident('resident', n), email, email, '-',
    CASE n WHEN {accounts} / 5 * 3 THEN 'administrator' ELSE 'resident' END, name, '', 'ru', 'system', true,
    true, true, true, lower(email || ' ' || name), born, born, born
FROM generate_series(0, {accounts} / 5 * 3) n,
LATERAL (SELECT 'resident' || n || '@mail.example' AS email, now() - make_interval(days => n % 700, mins => n % 1440) AS born,
    (ARRAY['Сомов Глеб', 'Рыбина Анна', 'Щукина Вера', 'Карпов Лев'])[n % 4 + 1] || ' ' || n AS name) v;

INSERT INTO login_session (id, token_hash, resident_id, created_at, last_seen_at, expires_at, device, address)
SELECT pg_temp.ident('session', n), sha256(convert_to('resident' || n, 'UTF8')), pg_temp.ident('resident', n),
    now(), now(), now() + interval '30 days', 'Firefox', '192.0.2.1'
FROM generate_series(0, {accounts} / 5 * 3) n;

INSERT INTO account (id, provider_id, number, owner_name, address, els, fias, search_key, pin_hash, created_at)
SELECT pg_temp.ident('account', n), pg_temp.ident('provider', n % 5), number, owner, address, '', '',
    lower(number || ' ' || owner || ' ' || address), '', now() - interval '2 years'
FROM generate_series(0, {accounts} - 1) n,
LATERAL (SELECT '37' || lpad(n::text, 7, '0') AS number,
    (ARRAY['Сомов Глеб', 'Рыбина Анна', 'Щукина Вера', 'Карпов Лев'])[n % 4 + 1] || ' Иванович' AS owner,
    'г. Тестов, ул. ' || (ARRAY['Садовая', 'Лесная', 'Речная', 'Полевая'])[n / 5000 % 4 + 1]
        || ', д. ' || n / 500 + 1 || ', кв. ' || n / 5 % 100 + 1 AS address) v;

INSERT INTO account_link (id, resident_id, account_id, level, role, own_name, proved_at, created_at)
SELECT pg_temp.ident('link', n), pg_temp.payer(n), pg_temp.ident('account', n), 'full', 'owner', '', at, at
FROM generate_series(0, {accounts} - 1) n, LATERAL (SELECT now() - make_interval(days => n % 690) AS at) v;

-- The first provider has no meters; the second counts by day and by night.
INSERT INTO meter (id, account_id, kind, serial, unit, digits, decimals, ratio, verification_due, installed_on)
SELECT pg_temp.ident('meter', n), pg_temp.ident('account', n),
    (ARRAY['electricity', 'gas', 'cold_water', 'heat'])[n % 5], 'S' || n, (ARRAY['кВт·ч', 'м³', 'м³', 'Гкал'])[n % 5],
    6, 0, 1, current_date + 1000 + n::int % 2000, current_date - 1000
FROM generate_series(0, {accounts} - 1) n WHERE n % 5 > 0;

INSERT INTO tariff_zone (id, meter_id, number)
SELECT pg_temp.ident('zone' || zone, n), pg_temp.ident('meter', n), zone
FROM generate_series(0, {accounts} - 1) n, generate_series(1, 2) zone WHERE n % 5 = 1 OR (n % 5 > 1 AND zone = 1);

INSERT INTO reading (id, zone_id, value, taken_on, period, source, state, declined_because, zero_crossing, doubts,
    resident_id, decided_at, created_at)
SELECT pg_temp.ident('reading' || zone || month, n), pg_temp.ident('zone' || zone, n), 1000 + 100 * month + n % 900,
    at::date, date_trunc('month', at), 'resident', CASE WHEN is_open THEN 'submitted' ELSE 'accepted' END, '', false, '',
    pg_temp.payer(n), CASE WHEN NOT is_open THEN at + interval '1 day' END, at
FROM generate_series(0, 2) month, generate_series(0, {accounts} - 1) n, generate_series(1, 2) zone,
LATERAL (SELECT now() - make_interval(days => 30 * (2 - month) + 5 + n::int % 10, mins => n::int % 600) AS at,
    month = 2 AND n % 100 = 7 AS is_open) v
WHERE n % 5 = 1 OR (n % 5 > 1 AND zone = 1);

INSERT INTO bill (id, account_id, period, due_on, number, gap_minor, issued_at, corrections)
SELECT pg_temp.ident('bill' || month, n), pg_temp.ident('account', n), pg_temp.period(month),
    pg_temp.period(month + 1) + 14, 'К-' || month || '-' || n, 0,
    now() - make_interval(days => 30 * (2 - month) + 28, mins => n::int % 1440), 0
FROM generate_series(0, 2) month, generate_series(0, {accounts} - 1) n;

INSERT INTO charge (id, bill_id, position, kind, service, volume, unit, tariff, recalculation_minor, amount_minor)
SELECT pg_temp.ident('charge' || month || line, n), pg_temp.ident('bill' || month, n), line, 'service',
    (ARRAY['Услуга по счётчику', 'Содержание'])[line + 1], volume, (ARRAY['ед.', 'м²'])[line + 1],
    pg_temp.price(line) / 100.0, 0, volume * pg_temp.price(line)
FROM generate_series(0, 2) month, generate_series(0, {accounts} - 1) n, generate_series(0, 1) line,
LATERAL (SELECT pg_temp.volume(n, month, line) AS volume) v;

INSERT INTO journal (id, key, kind, at, memo)
SELECT pg_temp.ident('charged' || month, n), 'bill:' || pg_temp.ident('bill' || month, n), 'charge',
    now() - make_interval(days => 30 * (2 - month) + 28, mins => n::int % 1440), ''
FROM generate_series(0, 2) month, generate_series(0, {accounts} - 1) n;

INSERT INTO entry (journal_id, account, amount_minor, currency)
SELECT pg_temp.ident('charged' || month, n), side.account, side.sign * pg_temp.billed(n, month), 'RUB'
FROM generate_series(0, 2) month, generate_series(0, {accounts} - 1) n,
LATERAL (VALUES ('receivable:' || pg_temp.ident('account', n), 1), ('clearing:' || pg_temp.ident('provider', n % 5), -1))
    side (account, sign);

-- Two payments at most: of the first bill, long ago; and of both others, this month.
CREATE TEMP TABLE paid AS
SELECT n, turn, pg_temp.ident('payment' || turn, n) AS id,
    CASE turn WHEN 0 THEN pg_temp.billed(n, 0) ELSE pg_temp.billed(n, 1) + pg_temp.billed(n, 2) END AS amount,
    now() - make_interval(days => CASE turn WHEN 0 THEN 60 ELSE 1 END + n::int % 25, mins => n::int % 1440) AS at
FROM generate_series(0, 1) turn, generate_series(0, {accounts} - 1) n WHERE turn = 0 OR n % 2 = 0;

INSERT INTO payment (id, resident_id, amount_minor, commission_minor, currency, processor, origin, state, reason,
    idempotency_key, session_ref, charge_ref, locale, created_at, settled_at)
SELECT id, pg_temp.payer(n), amount, 0, 'RUB', 'sandbox', 'hosted', 'succeeded', '',
    id, 'cs_' || id, 'pi_' || id, 'ru', at - interval '2 minutes', at
FROM paid ORDER BY at;

INSERT INTO payment_item (id, payment_id, account_id, amount_minor)
SELECT pg_temp.ident('item' || turn, n), id, pg_temp.ident('account', n), amount FROM paid ORDER BY at;

INSERT INTO allocation (id, item_id, kind, charge_id, amount_minor, created_at)
SELECT pg_temp.ident('part' || month || line, n), pg_temp.ident('item' || turn, n), 'charge',
    pg_temp.ident('charge' || month || line, n), pg_temp.volume(n, month, line) * pg_temp.price(line), at
FROM paid, generate_series(0, 2) month, generate_series(0, 1) line WHERE (month = 0) = (turn = 0);

INSERT INTO journal (id, key, kind, at, memo)
SELECT pg_temp.ident('credited' || turn, n), 'payment:' || id, 'payment', at, '' FROM paid ORDER BY at;

INSERT INTO entry (journal_id, account, amount_minor, currency)
SELECT pg_temp.ident('credited' || turn, n), side.account, side.sign * amount, 'RUB' FROM paid,
LATERAL (VALUES ('asset:processor', 1), ('payable:' || pg_temp.ident('provider', n % 5), -1),
    ('clearing:' || pg_temp.ident('provider', n % 5), 1), ('receivable:' || pg_temp.ident('account', n), -1))
    side (account, sign) ORDER BY at;

INSERT INTO balance (account_id, amount_minor, currency, updated_at)
SELECT pg_temp.ident('account', n), CASE n % 2 WHEN 1 THEN pg_temp.billed(n, 1) + pg_temp.billed(n, 2) ELSE 0 END, 'RUB', now()
FROM generate_series(0, {accounts} - 1) n;
