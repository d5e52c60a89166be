#!/usr/bin/env bash
# Restores a backup into an empty database and a data folder, then verifies the books: deploy/restore.sh BACKUP
# Wants CABINET_DATABASE_URL (an existing, empty database) and CABINET_DATA_DIR; no process of Cabinet may run on them.
# With containers also PSQL, PG_RESTORE and CABINET, the program: docs/operating.md.
set -euo pipefail
umask 077
[ $# -eq 1 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
: "${CABINET_DATABASE_URL:?name the database}" "${CABINET_DATA_DIR:?name the data folder}"
address=${CABINET_DATABASE_URL/+psycopg/}
backup=$(cd "$1" && pwd)
(cd "$backup" && sha256sum --check --quiet SHA256SUMS)
tables=$(${PSQL:-psql} --dbname="$address" -Atc "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
[ "$tables" = 0 ] || { echo "The database is not empty ($tables tables): make a new one." >&2; exit 1; }
${PG_RESTORE:-pg_restore} --single-transaction --exit-on-error --no-owner --no-privileges --dbname="$address" < "$backup/database.dump"
mkdir -p "$CABINET_DATA_DIR"
tar --extract --gzip --file="$backup/files.tar.gz" --directory="$CABINET_DATA_DIR" --no-same-owner
# As root: what came out of the backup belongs to whom the folder belongs; nothing else in it is touched.
for folder in uploads registries exchange; do
  [ "$(id -u)" != 0 ] || [ ! -d "$CABINET_DATA_DIR/$folder" ] ||
    chown -R --reference="$CABINET_DATA_DIR" "$CABINET_DATA_DIR/$folder"
done
cd "$(dirname "$0")/.."
cabinet() { if [ "${CABINET:-}" ]; then $CABINET "$@"; else "${PYTHON:-.venv/bin/python}" -m cabinet "$@"; fi; }
cabinet migrate
cabinet ledger verify
echo "Restored and verified. Run \`python -m cabinet reconcile --since …\` for the time after the backup."
