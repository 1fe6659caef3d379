// A loop with three calls.
// operations: 1000000
// needs: exceptions
#include "calls.h"
