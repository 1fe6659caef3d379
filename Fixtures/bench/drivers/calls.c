// A guest for calls both ways, with a memory of 16 pages. Built without a library.
__attribute__((import_module("env"), import_name("add"))) int host_add(int, int);

__attribute__((export_name("add"))) int add(int a, int b) { return a + b; }

__attribute__((export_name("call_host"))) int call_host(int count) {
    int sum = 0;
    while (count-- > 0) sum = host_add(sum, count);
    return sum;
}
