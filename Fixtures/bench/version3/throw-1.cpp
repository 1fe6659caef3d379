// An exception thrown through 1 frame and caught.
// operations: 10000
// needs: exceptions
#define DEPTH 1
#include "throw.h"
