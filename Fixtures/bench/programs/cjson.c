// cJSON: builds a document of records, prints it, parses the text and prints it again.
// package: cjson
// files: cJSON.c
// flags: -I.
#include "../bench.h"
#include <cJSON.h>
#include <stdlib.h>

enum { RECORDS = 400 };

static cJSON *document(void) {
    uint64_t state = 11;
    cJSON *records = cJSON_CreateArray();
    for (int i = 0; i < RECORDS; i++) {
        cJSON *record = cJSON_CreateObject(), *values = cJSON_CreateArray();
        char name[] = "name \"aaaa\"\n";
        for (int j = 6; j < 10; j++) name[j] += (bench_random(&state) >> 20) % 26;
        cJSON_AddStringToObject(record, "name", name);
        cJSON_AddBoolToObject(record, "even", i % 2 == 0);
        for (int j = 0; j < 8; j++)
            cJSON_AddItemToArray(values, cJSON_CreateNumber((double)(bench_random(&state) >> 40) / 8));
        cJSON_AddItemToObject(record, "values", values);
        cJSON_AddItemToArray(records, record);
    }
    return records;
}

uint64_t bench_run(void) {
    cJSON *built = document();
    char *text = cJSON_Print(built);
    cJSON *parsed = cJSON_Parse(text);
    char *again = parsed ? cJSON_PrintUnformatted(parsed) : NULL;
    uint64_t sum = again != NULL;
    for (const char *c = text; *c; c++) sum = bench_mix(sum, (uint8_t)*c);
    for (const char *c = again; c && *c; c++) sum = bench_mix(sum, (uint8_t)*c);
    free(text), free(again), cJSON_Delete(built), cJSON_Delete(parsed);
    return sum;
}
