// Expat: parses a document of nested elements with attributes, entities and text.
// package: expat
// files: expat/lib/xmlparse.c expat/lib/xmlrole.c expat/lib/xmltok.c
// flags: -Iexpat/lib -DXML_POOR_ENTROPY -DXML_CONTEXT_BYTES=1024 -DXML_NS -DXML_DTD -DXML_GE=1 -DBYTEORDER=1234
#include "../bench.h"
#include <expat.h>
#include <stdio.h>
#include <string.h>

enum { ELEMENTS = 4000 };
static char text[ELEMENTS * 120 + 100];
static uint64_t sum;

static void XMLCALL start(void *context, const XML_Char *name, const XML_Char **attributes) {
    for (; *name; name++) sum = bench_mix(sum, (uint8_t)*name);
    for (; *attributes; attributes++) sum = bench_mix(sum, strlen(*attributes));
}
static void XMLCALL end(void *context, const XML_Char *name) { sum = bench_mix(sum, (uint8_t)name[0]); }
static void XMLCALL characters(void *context, const XML_Char *text, int count) {
    for (int i = 0; i < count; i++) sum = bench_mix(sum, (uint8_t)text[i]);
}

static int write_document(void) {
    uint64_t state = 5;
    char *at = text + sprintf(text, "<?xml version=\"1.0\"?>\n<root>\n");
    for (int i = 0; i < ELEMENTS; i++) {
        unsigned random = bench_random(&state) >> 40;
        at += sprintf(at, "<item id='%d' kind=\"k%u\"><name>n%u &amp; &lt;more&gt;</name>", i, random % 17, random);
        at += sprintf(at, "<!-- %u --><empty/></item>\n", random % 101);
    }
    return (int)(at + sprintf(at, "</root>\n") - text);
}

uint64_t bench_run(void) {
    static int size;
    if (!size) size = write_document();
    XML_Parser parser = XML_ParserCreate(NULL);
    XML_SetHashSalt(parser, 1);
    XML_SetElementHandler(parser, start, end);
    XML_SetCharacterDataHandler(parser, characters);
    sum = 1;
    if (XML_Parse(parser, text, size, 1) != XML_STATUS_OK) sum = 0;
    XML_ParserFree(parser);
    return sum;
}
