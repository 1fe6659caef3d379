// SQLite: a database in memory, with an index, joins, groups and transactions.
// package: sqlite3
// files: sqlite3.c
// flags: -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OS_OTHER -DSQLITE_TEMP_STORE=3 -DSQLITE_OMIT_WAL -DSQLITE_OMIT_LOCALTIME -DSQLITE_DQS=0
#include "../bench.h"
#include <sqlite3.h>

// No system: the database lives in memory, time stands still, and what is random is not.
static int open_nothing(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    return SQLITE_CANTOPEN;
}
static int random_bytes(sqlite3_vfs *vfs, int count, char *bytes) {
    for (int i = 0; i < count; i++) bytes[i] = (char)(i + 1);
    return count;
}
static int current_time(sqlite3_vfs *vfs, double *day) { return *day = 2460000, SQLITE_OK; }
static sqlite3_vfs nothing = {
    .iVersion = 1,
    .szOsFile = sizeof(sqlite3_file),
    .mxPathname = 64,
    .zName = "nothing",
    .xOpen = open_nothing,
    .xRandomness = random_bytes,
    .xCurrentTime = current_time};

int sqlite3_os_init(void) { return sqlite3_vfs_register(&nothing, 1); }
int sqlite3_os_end(void) { return SQLITE_OK; }

static const char *const statements[] = {
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, town INTEGER, age INTEGER)",
    "CREATE TABLE town (id INTEGER PRIMARY KEY, name TEXT)",
    "BEGIN",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
    " INSERT INTO town SELECT i, 'town ' || char(97 + i % 26) || i FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
    " INSERT INTO person SELECT i, substr('anneberndclaradorisemil', i % 18, 5) || (i * 7919 % 1000), i * 31 % 100 + 1,"
    " i * 17 % 90 FROM n",
    "COMMIT",
    "CREATE INDEX person_name ON person (name)",
    "UPDATE person SET age = age + 1 WHERE town IN (SELECT id FROM town WHERE name LIKE '%a%')",
    "DELETE FROM person WHERE age BETWEEN 20 AND 24",
    "SELECT town.name, count(*), avg(age), max(person.name) FROM person JOIN town ON town.id = person.town"
    " GROUP BY town.id ORDER BY 2 DESC, 1",
    "SELECT a.name, b.id FROM person a JOIN person b ON a.name = b.name AND a.id < b.id"
    " ORDER BY a.name, b.id LIMIT 500",
    "SELECT name, row_number() OVER (PARTITION BY town ORDER BY age, id) FROM person WHERE name GLOB '*9*' ORDER BY id",
};

static int add_row(void *sum, int count, char **values, char **names) {
    (void)names;
    for (int i = 0; i < count; i++)
        for (const char *text = values[i] ? values[i] : "null"; *text; text++)
            *(uint64_t *)sum = bench_mix(*(uint64_t *)sum, (uint8_t)*text);
    return 0;
}

uint64_t bench_run(void) {
    sqlite3 *database;
    uint64_t sum = 0;
    if (sqlite3_open(":memory:", &database) != SQLITE_OK) return 0;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (sqlite3_exec(database, statements[i], add_row, &sum, NULL) != SQLITE_OK) return i;
    sqlite3_close(database);
    return sum;
}
