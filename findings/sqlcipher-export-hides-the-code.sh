#!/bin/sh
# Package: sqlcipher3 0.6.2 (SQLCipher's SQLite, as its wheel brings it), Python 3.11 on Linux.
#
# What one would guess: SELECT sqlcipher_export('aside'), SQLCipher's way to copy a database under another key, fails on
# a disk that takes no more with the result code that any other statement fails with there (SQLITE_FULL, SQLITE_IOERR).
# What happens: the copy fails with code 1, SQLITE_ERROR, whatever was wrong; only the English words of the message tell
# ("disk I/O error"). A program that goes by codes, as SQLite's documents advise, cannot tell a full disk from a slip in
# its SQL, and only sees it with databases larger than the page cache: small ones fail at COMMIT, with the right code.
#
# Seen: "insert: 10 SQLITE_IOERR", then "export: 1 SQLITE_ERROR (disk I/O error)". Exits 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install sqlcipher3==0.6.2
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import resource
import sys

from sqlcipher3 import dbapi2 as sqlite

MEBIBYTE = 1 << 20
source = sqlite.connect("source.db", isolation_level=None)
source.execute("CREATE TABLE page (content BLOB)")
source.executemany("INSERT INTO page VALUES (randomblob(100000))", [()] * 120)

# a disk that takes files of 6 MiB and no more
resource.setrlimit(resource.RLIMIT_FSIZE, (6 * MEBIBYTE, 6 * MEBIBYTE))


def failure(statement: str) -> tuple[int, str, str]:
    try:
        source.execute(statement).fetchall()
    except sqlite.Error as error:
        return error.sqlite_errorcode, error.sqlite_errorname, str(error)
    return 0, "no error", ""


source.execute("ATTACH 'plainly.db' AS plainly KEY ''")
source.execute("CREATE TABLE plainly.page (content BLOB)")
insert = failure("INSERT INTO plainly.page SELECT content FROM main.page")
source.execute("ATTACH 'aside.db' AS aside KEY ''")
export = failure("SELECT sqlcipher_export('aside')")
print("insert:", *insert[:2])
print("export:", *export[:2], f"({export[2]})")
sys.exit((insert[0], export[0], export[2]) != (10, 1, "disk I/O error"))
PYTHON
