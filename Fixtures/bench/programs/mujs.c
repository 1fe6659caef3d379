// MuJS: a script with objects, closures, strings, sorting and regular expressions.
// package: mujs
// files: jsarray.c jsboolean.c jsbuiltin.c jscompile.c jsdate.c jsdtoa.c jsdump.c jserror.c jsfunction.c jsgc.c jsintern.c jslex.c jsmath.c jsnumber.c jsobject.c json.c jsparse.c jsproperty.c jsregexp.c jsrepr.c jsrun.c jsstate.c jsstring.c jsvalue.c regexp.c utf.c
// flags: -I. -Dstrcmp=plain_strcmp
#include "../bench.h"
#include <mujs.h>

// Two fifths of the time. The same in every build: glibc's is written in vectors by hand, and no measure of a compiler.
int strcmp(const char *a, const char *b) {
    for (; *a && *a == *b; a++, b++) {}
    return (uint8_t)*a - (uint8_t)*b;
}

static const char script[] =
    "var seed = 42;\n"
    "function random(n) { seed = (seed * 16807) % 2147483647; return seed % n; }\n"
    "function Point(x, y) { this.x = x; this.y = y; }\n"
    "Point.prototype.plus = function (p) { return new Point(this.x + p.x, this.y + p.y); };\n"
    "var sum = new Point(0, 0), i, words = [], counts = {};\n"
    "for (i = 0; i < 3000; i++) sum = sum.plus(new Point(i, i / 2));\n"
    "for (i = 0; i < 1500; i++) words.push(String.fromCharCode(97 + random(26), 97 + random(26)));\n"
    "words.forEach(function (w) { counts[w] = (counts[w] || 0) + 1; });\n"
    "words.sort(function (a, b) { return counts[b] - counts[a] || (a < b ? -1 : a > b ? 1 : 0); });\n"
    "var text = words.join(' ').replace(/([aeiou])(\\w)/g, '$2$1');\n"
    "function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }\n"
    "[sum.x, sum.y, words[0], text, fibonacci(15), JSON.stringify(counts)].join(' ')\n";

uint64_t bench_run(void) {
    js_State *state = js_newstate(NULL, NULL, JS_STRICT);
    uint64_t sum = 1;
    if (js_ploadstring(state, "script", script)) return 0;
    js_pushundefined(state);
    if (js_pcall(state, 0)) return 0;
    for (const char *text = js_tostring(state, -1); *text; text++) sum = bench_mix(sum, (uint8_t)*text);
    js_freestate(state);
    return sum;
}
