// A loop with three calls in a try block, which nothing is thrown in.
// operations: 1000000
// needs: exceptions
#define TRY
#include "calls.h"
