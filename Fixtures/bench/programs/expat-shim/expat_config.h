// What Expat's own configuration would find out stands among the flags; WASI has no processes.
#include <unistd.h>
#define getpid() 7
