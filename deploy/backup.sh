#!/usr/bin/env bash
# A backup of the database and of the files, while everything runs: deploy/backup.sh FOLDER
# Wants CABINET_DATABASE_URL and CABINET_DATA_DIR (set -a; . /etc/cabinet/cabinet.env; set +a) and the pg_dump of the
# server's version (or PG_DUMP="docker compose … exec -T postgres pg_dump"). Writes FOLDER/<time>/, whole or not at all.
set -euo pipefail
umask 077
[ $# -eq 1 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
: "${CABINET_DATABASE_URL:?name the database}" "${CABINET_DATA_DIR:?name the data folder}"
address=${CABINET_DATABASE_URL/+psycopg/}
mkdir -p "$1"
made="$1/$(date -u +%Y%m%dT%H%M%SZ)"
[ ! -e "$made" ] || { echo "$made is there already: try again." >&2; exit 1; }
trap 'rm -rf "$made.partial"' EXIT
mkdir "$made.partial"

# The rows first: a file is written before the row that names it, so every row of the dump finds its file.
${PG_DUMP:-pg_dump} --format=custom --no-owner --no-privileges --dbname="$address" > "$made.partial/database.dump"
present=()
for folder in uploads registries exchange; do
  [ ! -d "$CABINET_DATA_DIR/$folder" ] || present+=("$folder")
done
# Files may come and go meanwhile (tar says so with 1): whatever the dump names is not among them.
tar --create --gzip --file="$made.partial/files.tar.gz" --directory="$CABINET_DATA_DIR" --warning=no-file-changed \
  --warning=no-file-removed --files-from=/dev/null "${present[@]}" || [ $? -eq 1 ]
(cd "$made.partial" && sha256sum database.dump files.tar.gz > SHA256SUMS)
mv "$made.partial" "$made"
echo "$made"
