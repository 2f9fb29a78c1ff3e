"""Searches for values in all that an installation has written down: the files below folders, each topic's records, each table and view,
each datasource of Druid. Packed forms are unpacked: Kafka's batches, gzip, zip, RocksDB's tables, and the sealed fields of orders for
which there still is a key.

Reads one JSON object from the standard input; a place that it does not name is not searched:
  values    name -> text, or bytes as {"hex": ...}
  folders   each file below them is read
  kafka     librdkafka's settings
  postgres  libpq's settings; `password_file` instead of a password. The role has to see all tables
  kms       the key file of a KMS of the kind `file`; the customers' keys are in `postgres`
  druid     url; ca, cert and key, files in PEM
Prints one JSON object: `found`, place -> names of values; `opened`, place -> names of values that were sealed there and opened by a key;
`read`, how much was read; `unreadable`, what could not be. Ends with an error where a place cannot be reached at all.
"""

import gzip
import io
import json
import os
import re
import ssl
import sys
import urllib.request
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import psycopg
from psycopg import sql

import rocksdb
from forms import Needles
from sealed import Opener
from topics import all_topics, read


class Search:
    def __init__(self, needles, opener):
        self._needles, self._opener = needles, opener
        self.found, self.opened, self.read, self.unreadable = {}, {}, Counter(), []

    def look(self, place, data):
        for name in self._needles.within(data):
            self.found.setdefault(place, set()).add(name)

    def look_sealed(self, place, data):
        """The same, for what may be a message or have one in it."""
        for name in self._needles.within(self._opener.plain_in(data)):
            self.opened.setdefault(place, set()).add(name)


def unpacked(search, place, data):
    """What is packed in a file's bytes, with what has packed it."""
    if data.startswith(b"\x1f\x8b"):
        try:
            yield "gzip", gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            search.unreadable.append(place)
    if data.startswith(b"PK\x03\x04") and not place.endswith(".jar"):  # programs
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield "zip", archive.read(name)
    if rocksdb.MAGIC in data:
        try:
            for table in rocksdb.tables(data):
                yield "rocksdb", table
        except (IndexError, ValueError):
            search.unreadable.append(place)


def search_folder(search, folder):
    for where, _folders, files in os.walk(folder):
        for name in files:
            path = Path(where, name)
            place = f"file {path.relative_to(folder)}"
            try:
                data = path.read_bytes() if path.is_file() else b""
            except FileNotFoundError:  # deleted meanwhile
                continue
            search.read["files"] += 1
            search.read["bytes"] += len(data)
            # Kafka and ZooKeeper make room for what comes, in hundreds of megabytes of zeros.
            search.look(place, data.rstrip(b"\0") + b"\0")
            for kind, content in unpacked(search, place, data):
                search.read[f"{kind} contents"] += 1
                search.look(f"{place} ({kind})", content)


def search_topics(search, settings):
    for topic in all_topics(settings):
        for record in read(settings, topic, {}):
            headers = [part for pair in record.headers() or [] for part in pair]
            for part in [record.key(), record.value(), *headers]:
                data = part.encode() if isinstance(part, str) else part or b""
                search.look(f"topic {topic}", data)
                search.look_sealed(f"topic {topic}", data)
            search.read[f"records of {topic}"] += 1


def search_tables(search, connection):
    relations = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm') ORDER BY 1, 2"
    ).fetchall()
    for relation in relations:
        place = "table " + ".".join(relation)
        try:
            rows = connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(*relation))).fetchall()
        except psycopg.Error:  # no right to it, or nothing that this machine has
            search.unreadable.append(place)
            continue
        for (row,) in rows:
            search.look(place, row.encode())
            # Quoted once or several times over, as texts within records and arrays are.
            search.look(place, re.sub(r'[\\"]', "", row).encode())
            for data in re.findall(r"\\x((?:[0-9a-f]{2})+)", row):
                search.look_sealed(place, bytes.fromhex(data))
        search.read["tables"] += 1
        search.read["rows"] += len(rows)


def search_druid(search, url, ca, cert, key):
    tls = ssl.create_default_context(cafile=ca)
    tls.load_cert_chain(cert, key)

    def query(text):
        request = urllib.request.Request(
            f"{url}/druid/v2/sql",
            json.dumps({"query": text, "resultFormat": "arrayLines"}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, context=tls) as answer:
            return [line for line in answer.read().split(b"\n") if line]

    for line in query("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'druid'"):
        (datasource,) = json.loads(line)
        for row in query(f'SELECT * FROM "{datasource}"'):
            search.read[f"rows of {datasource}"] += 1
            search.look(f"datasource {datasource}", row)


def connect(password_file, **settings):
    return psycopg.connect(**settings, password=Path(password_file).read_text().strip(), autocommit=True)


def main(task):
    opener = Opener()
    search = Search(Needles(task["values"]), opener)
    if "postgres" in task:
        with connect(**task["postgres"]) as connection:
            if "kms" in task:
                opener.take(connection.execute("SELECT key_id, wrapped, kms_key FROM customer_keys"), task["kms"])
            search_tables(search, connection)
    if "kafka" in task:
        search_topics(search, task["kafka"])
    if "druid" in task:
        search_druid(search, **task["druid"])
    for folder in task.get("folders", []):
        search_folder(search, folder)
    search.read.update({"keys": opener.keys, "fields opened": opener.opened, "fields that stay sealed": opener.closed})
    lists = {name: {place: sorted(names) for place, names in sorted(getattr(search, name).items())} for name in ("found", "opened")}
    print(json.dumps({**lists, "read": search.read, "unreadable": sorted(search.unreadable)}))


if __name__ == "__main__":
    main(json.load(sys.stdin))
