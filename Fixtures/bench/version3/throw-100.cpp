// An exception thrown through 100 frames and caught.
// operations: 10000
// needs: exceptions
#define DEPTH 100
#include "throw.h"
