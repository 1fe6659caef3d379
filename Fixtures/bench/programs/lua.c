// Lua: a script with tables, strings, closures and metatables.
// package: lua5.4
// files: src/lapi.c src/lauxlib.c src/lbaselib.c src/lcode.c src/lctype.c src/ldebug.c src/ldo.c src/ldump.c src/lfunc.c src/lgc.c src/llex.c src/lmathlib.c src/lmem.c src/lobject.c src/lopcodes.c src/lparser.c src/lstate.c src/lstring.c src/lstrlib.c src/ltable.c src/ltablib.c src/ltm.c src/lundump.c src/lvm.c src/lzio.c
// flags: -Isrc -Dl_signalT=int -Dl_randomizePivot()=0u -Dluai_makeseed(state)=7
#include "../bench.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static const char script[] =
    "local seed = 42\n"
    "local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed // 65536 % n + 1 end\n"
    "local Point = {} Point.__index = Point\n"
    "Point.__add = function(a, b) return setmetatable({x = a.x + b.x, y = a.y + b.y}, Point) end\n"
    "local sum = setmetatable({x = 0, y = 0}, Point)\n"
    "for i = 1, 6000 do sum = sum + setmetatable({x = i, y = i / 2}, Point) end\n"
    "local words, counts = {}, {}\n"
    "for i = 1, 4000 do words[i] = string.char(96 + random(26), 96 + random(26)) end\n"
    "for _, word in ipairs(words) do counts[word] = (counts[word] or 0) + 1 end\n"
    "local keys = {}\n"
    "for word in pairs(counts) do keys[#keys + 1] = word end\n"
    "table.sort(keys, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)\n"
    "local text = table.concat(words, ' ', 1, 1500)\n"
    "local found = 0\n"
    "for word in text:gmatch('%a+') do if word:find('[aeiou]') then found = found + 1 end end\n"
    "text = text:gsub('a(%a)', '%1a'):upper()\n"
    "local function fibonacci(n) if n < 2 then return n end return fibonacci(n - 1) + fibonacci(n - 2) end\n"
    "local sieve, primes = {}, 0\n"
    "for i = 2, 8000 do if not sieve[i] then primes = primes + 1"
    " for j = i * i, 8000, i do sieve[j] = true end end end\n"
    "return string.format('%d %g %s %d %d %d %d', sum.x, sum.y, keys[1], found, #text, fibonacci(18), primes)\n";

uint64_t bench_run(void) {
    lua_State *state = luaL_newstate();
    luaL_requiref(state, "_G", luaopen_base, 1);
    luaL_requiref(state, "string", luaopen_string, 1);
    luaL_requiref(state, "table", luaopen_table, 1);
    luaL_requiref(state, "math", luaopen_math, 1);
    uint64_t sum = 0;
    if (luaL_loadstring(state, script) == LUA_OK && lua_pcall(state, 0, 1, 0) == LUA_OK)
        for (const char *text = lua_tostring(state, -1); *text; text++) sum = bench_mix(sum, (uint8_t)*text);
    lua_close(state);
    return sum;
}
